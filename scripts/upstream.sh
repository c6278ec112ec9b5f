#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# usage: scripts/upstream.sh FOLDER
# Builds the kernel's own test of MSG_ZEROCOPY, selftests/net/msg_zerocopy, in
# FOLDER, to be timed beside this one. Where the running kernel has no dummy
# device, and the test wants one, a bridge without ports takes its place: it
# drops what it is given as dummy does.
set -eu

folder=${1:?usage: scripts/upstream.sh FOLDER}
top=$(dirname "$(readlink -f "$0")")/..
net=tools/testing/selftests/net
"$top/scripts/kernel_source.sh" "$folder" $net/msg_zerocopy.c $net/msg_zerocopy.sh
${CC:-gcc} -O2 -o "$folder/msg_zerocopy" "$folder/msg_zerocopy.c"
if ! unshare -n ip link add name probe type dummy 2>/dev/null; then
	sed -i 's/type dummy/type bridge/' "$folder/msg_zerocopy.sh"
fi
chmod +x "$folder/msg_zerocopy.sh"
