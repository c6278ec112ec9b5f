#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# strace 6.13 (Debian 13; 7.2 does the same) prints "cmsg_data=???" for the control message with
# which a send asks for time stamps of its own: it looks for the struct that recvmsg() returns in
# the four bytes of flags. Of messages that it knows nothing of, such as SO_MARK's, it shows the
# bytes.
#
# Expected: the flags, or the bytes. The kernel's networking/timestamping.rst, 1.3.4: the data of the
# message is a u32 of SOF_TIMESTAMPING_* flags.
# A search of public issue trackers found no report of it.

# shellcheck source=findings/lib.sh
. "$(dirname "$0")/lib.sh"

debian_programs trixie strace=6.13+ds-1 python3
about "strace 6.13" "cmsg_data=[SOF_TIMESTAMPING_TX_SOFTWARE], or the four bytes (networking/timestamping.rst, 1.3.4)"

cat >"$work/root/send.py" <<'END'
import socket, struct
SO_MARK, SO_TIMESTAMPING, SOF_TIMESTAMPING_TX_SOFTWARE = 36, 37, 2
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
    for kind in SO_MARK, SO_TIMESTAMPING:
        flags = struct.pack("=I", SOF_TIMESTAMPING_TX_SOFTWARE)
        sender.sendmsg([b"x"], [(socket.SOL_SOCKET, kind, flags)], 0, ("127.0.0.1", 9))
END
inside strace -qq -e trace=sendmsg python3 /send.py >"$work/trace" 2>&1
shown() {
	sed -n "$1p" "$work/trace" | grep -oE 'cmsg_type=.*\}\], .*= -?[0-9]+' | sed -E 's/\}\], .* = / = /'
}
stated "SO_MARK" 'cmsg_type=0x24 /* SCM_??? */, cmsg_data="\x02\x00\x00\x00" = 1' "$(shown 1)"
stated "SO_TIMESTAMPING" 'cmsg_type=SO_TIMESTAMPING_OLD, cmsg_data=??? = 1' "$(shown 2)"
finish
