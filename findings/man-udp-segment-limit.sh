#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# udp(7) of man-pages 6.9.1 (Debian 13; 6.20 is the same) says that UDP_SEGMENT sends at most 64
# datagrams in a call. It sends up to 128. A program that splits its data by the page makes twice as
# many calls as it needs, and a test that expects an error for 65 datagrams fails.
#
# Expected: include/linux/udp.h: UDP_MAX_SEGMENTS is 1 << 7 in Linux 6.1, 6.12 and 7.3 of Debian.
# A search of public issue trackers found no report of it.

# shellcheck source=findings/lib.sh
. "$(dirname "$0")/lib.sh"

debian_programs trixie manpages=6.9.1-1 python3
about "man-pages 6.9.1" "the limit of the kernel, 128 (include/linux/udp.h, UDP_MAX_SEGMENTS)"

cat >"$work/root/segments.py" <<'END'
import os, socket
UDP_SEGMENT, SEGMENT = 103, 10
for number in 64, 65, 128, 129:
    sender, receiver = (socket.socket(type=socket.SOCK_DGRAM) for _ in range(2))
    receiver.bind(("127.0.0.1", 0))
    sender.connect(receiver.getsockname())
    sender.setsockopt(socket.IPPROTO_UDP, UDP_SEGMENT, SEGMENT)
    received = 0
    try:
        sender.send(bytes(number * SEGMENT))
        while receiver.recv(SEGMENT, socket.MSG_DONTWAIT):
            received += 1
    except BlockingIOError:
        pass
    except OSError as error:
        received = os.strerror(error.errno)
    print(f"{number}: {received}")
END
inside python3 /segments.py >"$work/out" 2>"$work/log" || cannot_be_tried "$(tail -n 1 "$work/log")"
stated "udp(7)" "at most 64 datagrams are sent in a single call" \
	"$(gzip -dc "$work/root/usr/share/man/man7/udp.7.gz" | grep -o 'at most 64 datagrams are sent in a single call')"
stated "datagrams that arrive of 64" "64" "$(sed -n 's/^64: //p' "$work/out")"
stated "datagrams that arrive of 65" "65" "$(sed -n 's/^65: //p' "$work/out")"
stated "datagrams that arrive of 128" "128" "$(sed -n 's/^128: //p' "$work/out")"
stated "datagrams that arrive of 129" "Invalid argument" "$(sed -n 's/^129: //p' "$work/out")"
finish
