#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# usage: scripts/tidy.sh HEADER_FILTER FILE.cc...
# clang-tidy over the files as one translation unit: it spends nine tenths of its time on the
# headers of the standard library, and they are read once so. Files that do not go together
# (two have a static function of one name) are divided until they do.
# Prints complaints; exit status 1 where there are any.
set -eu
filter=$1
shift
flags='-x c++ -std=c++20 -I. -Isrc -Ibuild/kselftest'

if [ $# -eq 1 ]; then
	unit=$1
else
	mkdir -p build/tidy
	unit=build/tidy/$(echo "$1" | tr / _)
	printf '#include "%s" // NOLINT(bugprone-suspicious-include)\n' "$@" >"$unit"
	# shellcheck disable=SC2086
	if ! clang++ -fsyntax-only -w $flags "$unit" 2>/dev/null; then
		status=0
		half=$(($# / 2))
		first=
		while [ $half -gt 0 ]; do
			first="$first $1"
			shift
			half=$((half - 1))
		done
		# shellcheck disable=SC2086
		"$0" "$filter" $first || status=1
		"$0" "$filter" "$@" || status=1
		exit $status
	fi
fi
# shellcheck disable=SC2086
clang-tidy --quiet --warnings-as-errors='*' --header-filter="$filter" "$unit" -- $flags
