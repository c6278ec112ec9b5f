#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The entry `memory` of the collection in a kernel tree: memory as source that a machine
# has where it is set up for it. Elsewhere: ./run_tests.sh --entry memory
exec "$(dirname "$0")/msg_zerocopy" --entry memory "$@"
