#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# usage: unpack_kselftest.sh FOLDER
# Puts the kernel's kselftest.h into FOLDER: from the kernel tree KSRC where that
# is set, else from the newest linux-source package under /usr/src.
set -eu

folder=$1
mkdir -p "$folder"
header=tools/testing/selftests/kselftest.h

if [ -n "${KSRC:-}" ]; then
	if [ ! -f "$KSRC/$header" ]; then
		echo "unpack_kselftest.sh: KSRC=$KSRC has no $header; point KSRC to the top of a kernel tree" >&2
		exit 1
	fi
	cp "$KSRC/$header" "$folder/"
	exit
fi

newest=$(find /usr/src -maxdepth 1 -name 'linux-source-*.tar.xz' 2>/dev/null | sort -V | tail -n 1)
if [ -z "$newest" ]; then
	echo "unpack_kselftest.sh: no kernel sources: install the package linux-source, or set KSRC to a kernel tree" >&2
	exit 1
fi
# The whole archive must be read to find one file: once, into a name that only
# a complete file gets.
xz -T0 -dc "$newest" | tar -xO --wildcards "*/$header" >"$folder/kselftest.h.part"
mv "$folder/kselftest.h.part" "$folder/kselftest.h"
