#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# usage: check.sh check|lint|builds
# What `make check`, `make lint` and `make builds` do, setting up for themselves.
set -eu
cd "$(dirname "$(readlink -f "$0")")"

./set_up.sh "$1"
jobs=$(nproc)
case $1 in
check)
	make -s -j"$jobs" all unit_tests lying_kernel
	exec "$(./find_python.sh pytest)" -m pytest -n "$jobs" pytest/
	;;
lint)
	sources=$(git ls-files '*.cc' '*.h')
	# shellcheck disable=SC2086
	clang-format --dry-run --Werror --style=file $sources
	# It knows no .c++ by its name.
	clang-format --dry-run --Werror --style=file --assume-filename=main.cc <msg_zerocopy.c++
	git ls-files '*.sh' .ci/run | xargs shellcheck
	cppcheck --quiet --std=c++20 --language=c++ --enable=warning,performance,portability \
		--inline-suppr --error-exitcode=1 -I. -j"$jobs" \
		os errqueue transport netns limits catalogue harness conformance lying_kernel msg_zerocopy.c++
	make -s kselftest
	git ls-files '*.cc' | xargs -P"$jobs" -I{} clang-tidy --quiet --warnings-as-errors='*' {} -- \
		-std=c++20 -I. -Ibuild/kselftest 2>/dev/null
	;;
builds)
	make -s -j"$jobs" CXX=clang++ OUTPUT=build/clang USERCFLAGS=-Werror
	for target in i686 aarch64 powerpc64le s390x; do
		make -s -j"$jobs" CROSS_COMPILE=$target-linux-gnu- OUTPUT=build/$target CXXFLAGS=-O0 USERCFLAGS=-Werror
	done
	make -s -j"$jobs" OUTPUT=build/sanitize STATIC= USERCFLAGS='-fsanitize=address,undefined -fno-sanitize-recover=all'
	build/sanitize/msg_zerocopy
	# The kernel's compat layer gives 32-bit programs the same answers (ZC-PA-10).
	if [ "$(uname -m)" = x86_64 ]; then
		build/i686/msg_zerocopy
	fi
	;;
esac
