#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# usage: each_bug.sh PROGRAM BUG OPTIONS [BUG OPTIONS]...
# In a guest of this folder's kernel: gives it one bug after the other and runs the suite
# with each, OPTIONS being one word. What the suite says of a bug follows a line
# "# bug: BUG", and a line "# bug ends: STATUS" follows that.
set -f # a glob in OPTIONS is for the suite
program=$1
shift
while [ $# -gt 0 ]; do
	echo "# bug: $1"
	echo "$1" >/sys/module/zerocopy_broken/parameters/bug || exit
	# shellcheck disable=SC2086 # several options
	"$program" $2
	echo "# bug ends: $?"
	shift 2
done
