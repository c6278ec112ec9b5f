#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# usage: report_tap.sh <OUTPUT
# Reports each test of msg_zerocopy as a LAVA test case. Devices may lack Python, so this is
# POSIX shell. If the output ends before the plan does, the script fails, and so does the
# test case every-planned-result.

planned=
seen=0
while read -r line; do
	case $line in
	1..*)
		planned=${line#1..}
		planned=${planned%% *}
		continue
		;;
	"ok "*" # SKIP"*) result=skip ;;
	"ok "*) result=pass ;;
	"not ok "*) result=fail ;;
	*) continue ;;
	esac
	name=${line#not }
	name=${name#ok * }
	directive=${name#* # }
	name=${name%% *}
	time=${directive##*time=}
	seen=$((seen + 1))
	case $time in
	"$directive") lava-test-case "$name" --result "$result" ;;
	*) lava-test-case "$name" --result "$result" --measurement "${time%ms*}" --units ms ;;
	esac
done
if [ "$seen" = "$planned" ]; then
	lava-test-case every-planned-result --result pass
else
	lava-test-case every-planned-result --result fail
	echo "report_tap.sh: $seen results of ${planned:-no plan}" >&2
	exit 1
fi
