#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# One entry of the collection in a kernel tree. The Makefile copies this file to
# run_ENTRY.sh beside the program, for each entry that many kernels lack parts of.
# Elsewhere: ./run_tests.sh --entry ENTRY
entry=${0##*/run_}
exec "$(dirname "$0")/msg_zerocopy" --entry "${entry%.sh}" "$@"
