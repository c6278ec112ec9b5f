#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# mausezahn of netsniff-ng 0.6.9 (Debian 13; that of sid is of the same version) sends TCP, UDP and
# ICMPv6 over IPv6 with the checksum 0. Receivers drop all three: over IPv6 even UDP must have a
# checksum. Over IPv4 the checksums are right.
#
# Expected: mausezahn(8), UDP: length and checksum "will be set correctly by default"; RFC 8200, 8.1.
# A search of public issue trackers found no report of it.

# shellcheck source=findings/lib.sh
. "$(dirname "$0")/lib.sh"

debian_programs trixie netsniff-ng=0.6.9-1 python3
about "mausezahn of netsniff-ng 0.6.9" "the checksums of TCP, UDP and ICMPv6 are set (mausezahn(8); RFC 8200, 8.1)"

cat >"$work/root/capture.py" <<'END'
import socket, struct, subprocess, sys
AT = {socket.IPPROTO_TCP: 16, socket.IPPROTO_UDP: 6, socket.IPPROTO_ICMPV6: 2}
def total(data):
    value = sum(struct.unpack(f"!{(len(data) + 1) // 2}H", data + bytes(len(data) % 2)))
    while value >> 16:
        value = (value & 0xFFFF) + (value >> 16)
    return value
with socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0) as capture:
    capture.bind(("lo", 3))
    capture.settimeout(5)
    subprocess.run(["mausezahn", "lo", "-q", "-c", "1", "-a", "02:00:00:00:00:01", "-b", "02:00:00:00:00:02"]
                   + sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
    packet = capture.recv(2048)
if packet[0] >> 4 == 6:
    protocol, addresses, payload = packet[6], packet[8:40], packet[40:]
else:
    protocol, addresses, payload = packet[9], packet[12:20], packet[20:]
right = total(addresses + struct.pack("!II", len(payload), protocol) + payload) == 0xFFFF
at = AT[protocol]
print("right" if right else "wrong: 0x" + payload[at:at + 2].hex())
END
checksum() {
	inside python3 /capture.py "$@" 2>"$work/log" || tail -n 1 "$work/log"
}
four=(-A 127.0.0.1 -B 127.0.0.1)
six=(-6 -A ::1 -B ::1)
stated "UDP over IPv4" "right" "$(checksum "${four[@]}" -t udp dp=9 -P hello)"
stated "TCP over IPv4" "right" "$(checksum "${four[@]}" -t tcp dp=9)"
stated "UDP over IPv6" "wrong: 0x0000" "$(checksum "${six[@]}" -t udp dp=9 -P hello)"
stated "TCP over IPv6" "wrong: 0x0000" "$(checksum "${six[@]}" -t tcp dp=9)"
stated "ICMPv6" "wrong: 0x0000" "$(checksum "${six[@]}" -t icmp6 type=128)"
finish
