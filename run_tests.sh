#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# usage: run_tests.sh [--no-setup] [OPTION of msg_zerocopy]...
# Sets up what is missing, builds, and runs the conformance suite on the running
# kernel. Nothing is ever installed with --no-setup, nor inside a kernel tree.
# Exit status: that of msg_zerocopy (see --help); 4 where something is missing
# and may not be installed; 1 where the build fails; 125 for either with --bisect.
set -eu
cd "$(dirname "$(readlink -f "$0")")"

untestable=
for word; do
	[ "$word" != --bisect ] || untestable=125
done

if [ "${1:-}" = --no-setup ]; then
	shift
else
	./set_up.sh run || exit "${untestable:-$?}"
fi
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
# In a kernel tree lib.mk builds beside the sources.
program=build/msg_zerocopy
[ ! -f ../lib.mk ] || program=msg_zerocopy
# By its whole name: what it prints to run again works from any folder.
exec "$PWD/$program" "$@"
