#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The entry `vsock` of the collection in a kernel tree: everything over VSOCK loopback.
# Elsewhere: ./run_tests.sh --entry vsock
exec "$(dirname "$0")/msg_zerocopy" --entry vsock "$@"
