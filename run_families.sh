#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The entry `families` of the collection in a kernel tree: other families than TCP and
# UDP, of which many kernels lack some. Elsewhere: ./run_tests.sh --entry families
exec "$(dirname "$0")/msg_zerocopy" --entry families "$@"
