#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The entry `io_uring` of the collection in a kernel tree: SEND_ZC where it shares the
# machinery of MSG_ZEROCOPY. Elsewhere: ./run_tests.sh --entry io_uring
exec "$(dirname "$0")/msg_zerocopy" --entry io_uring "$@"
