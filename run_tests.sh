#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# usage: run_tests.sh [--no-setup] [OPTION of msg_zerocopy]...
#        run_tests.sh [--no-setup] --kernel KERNEL [--results FOLDER] [OPTION of msg_zerocopy]...
#        run_tests.sh [--no-setup] --matrix [KERNEL]... [--results FOLDER] [OPTION of msg_zerocopy]...
#        run_tests.sh [--no-setup] --vsock-guest [KERNEL] [--results FOLDER] [OPTION of msg_zerocopy]...
#        run_tests.sh --list-kernels
#        run_tests.sh --check-config --kernel PATH/TO/linux
# Sets up what is missing, builds, and runs the conformance suite: on the running
# kernel, on another one in a virtual machine, or on several, with a report; or its VSOCK
# cases between a guest and its host, in both directions, minutes for each. KERNEL: a
# version (7.3, 6.12.95, 7.3-rt, 7.3-amd64) or a package that Debian has, a vmlinuz
# with its modules, a kernel build tree, or 'running'. See docs/kernels.md.
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
purpose=run
for word; do
	case $word in
	--no-setup)
		echo "run_tests.sh: --no-setup must be the first option" >&2
		exit 1
		;;
	-h | --help)
		# The comment at the top, then the program's own.
		sed -n '4,/^set /s/^# \{0,1\}//p' run_tests.sh
		break
		;;
	--kernel | --kernel=* | --matrix | --vsock-guest | --vsock-guest=*)
		purpose=guest
		;;
	--list-kernels | --check-config)
		purpose=ask
		break
		;;
	esac
done
# guest WORD...: what is done in Python, from where it was called.
guest() {
	python=$(scripts/find_python.sh lzma)
	here=$PWD
	cd "$called_from"
	exec "$python" "$here/guest" "$@"
}

[ "$purpose" != ask ] || guest "$@"
[ "$setup" = no ] || scripts/set_up.sh "$purpose" || exit "${untestable:-$?}"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
if ! make -j"$(nproc)" all >"$log" 2>&1; then
	grep -E 'error|Error|No such|cannot|denied|kernel_source' "$log" | head -n 10 >&2
	echo "run_tests.sh: the build failed; 'make' shows all of it" >&2
	exit "${untestable:-1}"
fi
rm -f "$log"
[ "$purpose" != guest ] || guest "$@"
# In a kernel tree lib.mk builds beside the sources.
program=build/msg_zerocopy
[ ! -f ../lib.mk ] || program=msg_zerocopy
# By its whole name: what it prints to run again works from any folder.
exec "$PWD/$program" "$@"
