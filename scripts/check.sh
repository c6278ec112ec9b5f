#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# usage: check.sh check|guests|lint|builds
# What `make check`, `make guests`, `make lint` and `make builds` do, setting up for themselves.
set -eu
cd "$(dirname "$(readlink -f "$0")")/.."

case $1 in
guests)
	scripts/set_up.sh guest
	scripts/set_up.sh check
	;;
*) scripts/set_up.sh "$1" ;;
esac
jobs=$(nproc)

# The linters, each a function that fails where it has a complaint.

lint_folders() {
	in_a_room="^(msg_zerocopy|($(echo "$rooms" | tr ' ' '|'))/[^/]+)\."
	# broken_kernel/ is for the kernel's compiler.
	if git ls-files '*.cc' '*.h' '*.c++' ':!broken_kernel' | grep -Ev "$in_a_room"; then
		echo "check.sh: these are in no folder that the Makefile knows: see its ROOMS" >&2
		return 1
	fi
}

lint_clang_format() {
	status=0
	git ls-files '*.cc' '*.h' ':!broken_kernel' | xargs clang-format --dry-run --Werror --style=file || status=1
	# It knows no .c++ by its name.
	clang-format --dry-run --Werror --style=file --assume-filename=main.cc <msg_zerocopy.c++ || status=1
	return $status
}

lint_shellcheck() {
	git grep -lIE '^#!/bin/(ba)?sh' | xargs shellcheck
}

lint_black() {
	git ls-files '*.py' | xargs black --check --quiet --diff
}

lint_pylint() {
	git ls-files '*.py' | xargs pylint --score=no --jobs="$jobs"
}

lint_cppcheck() {
	# What At's operator-> leads to outlives the expression: it takes it for a temporary.
	# shellcheck disable=SC2086
	cppcheck --quiet --std=c++20 --language=c++ --enable=warning,performance,portability \
		--suppress=danglingTempReference --suppress=returnTempReference \
		--inline-suppr --library=googletest --error-exitcode=1 -I. -Isrc -j"$jobs" $rooms msg_zerocopy.c++
}

lint_clang_tidy() {
	make -s kselftest || return 1
	# Neighbours, eight at a time: they include the same.
	git ls-files '*.cc' '*.c++' | sort | xargs -P"$jobs" -n8 scripts/tidy.sh \
		"(^|/)($(echo "$rooms" | tr ' ' '|'))/" >build/clang-tidy.log 2>&1 || {
		grep -v 'warnings\? generated' build/clang-tidy.log >&2
		return 1
	}
}

case $1 in
check)
	make -s -j"$jobs" all unit_tests lying_kernel explore bench
	exec "$(scripts/find_python.sh pytest xdist)" -m pytest -rs -n "$jobs" pytest/
	;;
guests)
	make -s -j"$jobs" all
	# More than two guests at once would only wait for each other.
	exec "$(scripts/find_python.sh pytest xdist)" -m pytest -rs -n 2 --guests="${GUESTS:-}" pytest/test_guest*.py pytest/test_vsock_guest.py pytest/test_lies.py
	;;
lint)
	rooms=$(make -s rooms)
	# All of them, whatever the first ones say.
	unclean=
	for linter in folders clang-format shellcheck black pylint cppcheck clang-tidy; do
		echo "$linter"
		"lint_$(echo "$linter" | tr - _)" || unclean="$unclean $linter"
	done
	if [ "$unclean" ]; then
		echo "check.sh: lint: see above:$unclean" >&2
		exit 1
	fi
	echo "lint: clean"
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
