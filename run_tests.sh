#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# usage: run_tests.sh [--no-setup] [OPTION of msg_zerocopy]...
#        run_tests.sh [--no-setup] --kernel KERNEL [--results FOLDER] [OPTION of msg_zerocopy]...
#        run_tests.sh [--no-setup] --matrix [KERNEL]... [--results FOLDER] [OPTION of msg_zerocopy]...
#        run_tests.sh [--no-setup] --vsock-guest [KERNEL] [--results FOLDER] [OPTION of msg_zerocopy]...
#        run_tests.sh [--no-setup] --pair KERNEL KERNEL [--stack NAME] [--results FOLDER] [OPTION of msg_zerocopy]...
#        run_tests.sh [--no-setup] --bench [--kernel KERNEL] [OPTION of zerocopy_bench]...
#        run_tests.sh --compare OLD NEW... [--results FOLDER]
#        run_tests.sh --list-kernels
#        run_tests.sh --check-config --kernel PATH/TO/linux
# Sets up what is missing, builds, and runs the conformance suite: on the running
# kernel, on another one in a virtual machine, or on several, with a report; or its VSOCK
# cases between a guest and its host, in both directions, minutes for each; or the first of two
# kernels with a wire to the second, by --stack as one of vxlan, geneve, gre, vlan, esp, or with
# a device that lacks an offload (no-tso, no-checksum). KERNEL: a version (7.3, 6.12.95,
# 7.3-rt, 7.3-amd64, 7.2-ppc64el-64k) or a package that Debian has, one to be built from
# Debian's sources (7.3+small, 7.3+debug, 7.3+broken), a vmlinuz with its modules, a kernel
# build tree, or 'running'. See docs/kernels.md.
# --bench measures whether the flag is worth it, here or on that kernel, and judges nothing:
# see --bench --help.
# --compare takes files of results, the program's TAP or JSON, from any machine: it tells
# what changed since OLD, makes a report of them, and exits 1 where something got worse.
# Nothing is ever installed with --no-setup, nor inside a kernel tree.
# Exit status: that of msg_zerocopy (see --help); 4 where something is missing
# and may not be installed; 1 where the build fails, or a kernel does not boot or
# ends before its verdict; 125 for any of these with --bisect.
set -eu
called_from=$PWD
cd "$(dirname "$(readlink -f "$0")")"

untestable=
for word; do
	[ "$word" != --bisect ] || untestable=125
done

setup=yes
if [ "${1:-}" = --no-setup ]; then
	setup=no
	shift
fi
# The name of the program, below build/.
program=msg_zerocopy target=all
if [ "${1:-}" = --bench ]; then
	program=zerocopy_bench target=bench
	shift
	purpose=$(scripts/purpose.sh --bench "$@") || exit 1
	[ "$purpose" != help ] || exec cat bench/help.txt
else
	purpose=$(scripts/purpose.sh "$@") || exit "${untestable:-1}"
fi
if [ "$purpose" = help ]; then
	# The comment at the top, then the program's own.
	sed -n '4,/^set /s/^# \{0,1\}//p' run_tests.sh
	exec cat src/harness/help.txt
fi
if [ "$purpose" = version ]; then
	echo "$program $(scripts/version.sh)"
	exit
fi
# guest WORD...: what is done in Python, from where it was called.
guest() {
	python=$(scripts/find_python.sh lzma) || exit "${untestable:-4}"
	here=$PWD
	cd "$called_from"
	exec "$python" "$here/guest" "$@"
}

[ "$purpose" != ask ] || guest "$@"
[ "$setup" = no ] || scripts/set_up.sh "$purpose" "$@" || exit "${untestable:-$?}"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
# A build takes minutes in silence, so announce one; but not where it cannot even begin.
outdated=0
make -q $target >/dev/null 2>&1 || outdated=$?
if [ "$outdated" -eq 1 ] && [ -w . ] &&
	{ [ "$setup" = yes ] || scripts/set_up.sh --check "$purpose" "$@" >/dev/null 2>&1; }; then
	echo "run_tests.sh: building (minutes, the first time)" >&2
fi
if ! LC_ALL=C make -j"$(nproc)" $target >"$log" 2>&1; then
	# What was not set up may be why.
	[ "$setup" = yes ] || scripts/set_up.sh --check "$purpose" "$@" || exit "${untestable:-$?}"
	refused=$(grep -oE -m 1 'Read-only file system|Permission denied' "$log") || refused=
	if [ "$refused" ]; then
		echo "run_tests.sh: cannot build in $PWD: $refused; build it as its owner, or in a copy of your own" >&2
	else
		grep -E 'error|Error|No such|cannot|denied|kernel_source' "$log" | head -n 10 >&2
		echo "run_tests.sh: the build failed; 'make' shows all of it" >&2
	fi
	exit "${untestable:-1}"
fi
rm -f "$log"
[ $target != all ] || [ "$purpose" != guest ] || guest "$@"
# In a kernel tree lib.mk builds beside the sources.
[ -f ../lib.mk ] || program=build/$program
# By its whole name: what it prints to run again works from any folder.
program=$PWD/$program
# Files that options name are where this was called from.
top=$PWD
cd "$called_from"
if [ $target = bench ]; then
	script='' module=lzma
	[ "$purpose" != guest ] || script=guest/bench.py
	for word; do
		case $word in
		--page | --page=*) script=bench/page.py module=matplotlib ;;
		esac
	done
	if [ "$script" ]; then
		python=$("$top/scripts/find_python.sh" $module) || exit 4
		exec "$python" "$top/$script" "$@"
	fi
fi
exec "$program" "$@"
