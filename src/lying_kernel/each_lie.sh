#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# usage: each_lie.sh PROGRAM LIBRARY [OPTION of msg_zerocopy]...
# Runs the cases that the options select under every lie about their promises, and says
# which lies were caught, and which cases failed under none: for machines without
# pytest, such as a guest. PROGRAM is msg_zerocopy.dynamic, LIBRARY lying_kernel.so;
# LIES names some of the lies, between spaces.
# Exit status: 0 where each lie is caught and each case fails under one.
set -u

program=$1
library=$2
shift 2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

case_names() {
	sed 's/\..*//' | sort -u
}

# Those that can be judged here.
LYING_KERNEL='' LD_PRELOAD=$library "$program" "$@" >"$folder/output" 2>&1
sed -n '/ # SKIP /d; s/^\(not \)\?ok [0-9]* \([^ ]*\).*/\2/p' "$folder/output" | case_names >"$folder/cases"
LYING_KERNEL=list LD_PRELOAD=$library "$program" --help >"$folder/lies"
: >"$folder/failed"
caught=0
missed=
while IFS='	' read -r name breaks _; do
	case " ${LIES:-$name} " in
	*" $name "*) ;;
	*) continue ;;
	esac
	# Words of the selection that select nothing are refused: one at a time.
	selection=
	for requirement in $breaks; do
		! "$program" "$@" -l -r "$requirement" >"$folder/list" 2>&1 ||
			selection="$selection -r $requirement"
	done
	[ -n "$selection" ] || continue
	# shellcheck disable=SC2086 # words
	LYING_KERNEL=$name LD_PRELOAD=$library "$program" "$@" $selection >"$folder/output" 2>&1
	sed -n 's/^not ok [0-9]* \([^ ]*\).*/\1/p' "$folder/output" | case_names >"$folder/now"
	cat "$folder/now" >>"$folder/failed"
	if [ -s "$folder/now" ]; then
		caught=$((caught + 1))
		echo "caught $name: $(wc -l <"$folder/now") cases"
	else
		missed="$missed $name"
		echo "missed $name"
	fi
done <"$folder/lies"
sort -u "$folder/failed" >"$folder/seen"
never=$(grep -vxF -f "$folder/seen" "$folder/cases" | tr '\n' ' ')
echo "lies caught: $caught, missed:${missed:- none}"
echo "cases seen to fail: $(wc -l <"$folder/seen") of $(wc -l <"$folder/cases"), never: ${never:-none}"
[ -z "$missed" ] && [ -z "$never" ]
