#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# tcp(7) of man-pages 6.9.1 (Debian 13; 6.20 is the same) says that SIOCOUTQ returns the amount of
# unsent data. It returns what is not acknowledged, which the peer may have read already: who waits
# for 0 before a measurement ends waits for a round trip more. For unsent data there is SIOCOUTQNSD,
# which no page names.
#
# Expected: net/ipv4/tcp.c, tcp_ioctl(): write_seq - snd_una for SIOCOUTQ, write_seq - snd_nxt for
# SIOCOUTQNSD. A search of public issue trackers found no report of it.

# shellcheck source=findings/lib.sh
. "$(dirname "$0")/lib.sh"

debian_programs trixie manpages=6.9.1-1 python3
about "man-pages 6.9.1" "SIOCOUTQ counts data without an acknowledgement, sent or not (net/ipv4/tcp.c, tcp_ioctl())"

# The way back of the acknowledgements is closed ahead of the send.
cat >"$work/root/queue.py" <<'END'
import fcntl, socket, struct, subprocess
SIOCOUTQ, SIOCOUTQNSD = 0x5411, 0x894B
def ask(request):
    return struct.unpack("i", fcntl.ioctl(sender, request, bytes(4)))[0]
with socket.create_server(("127.0.0.2", 0)) as listener:
    sender = socket.create_connection(listener.getsockname(), source_address=("127.0.0.1", 0))
    receiver, _ = listener.accept()
for rule in "add pref 2 lookup local", "del pref 0", "add pref 1 from 127.0.0.2 blackhole":
    subprocess.run(["ip", "rule", *rule.split()], check=True)
sender.send(bytes(100))
print(len(receiver.recv(100)), ask(SIOCOUTQ), ask(SIOCOUTQNSD))
END
inside python3 /queue.py >"$work/out" 2>"$work/log" || cannot_be_tried "$(tail -n 1 "$work/log")"
read -r received unacknowledged unsent <"$work/out"
pages=$work/root/usr/share/man
stated "tcp(7)" "SIOCOUTQ Returns the amount of unsent data in the socket send queue." \
	"$(gzip -dc "$pages/man7/tcp.7.gz" | sed 's/^\.B //' | tr '\n' ' ' | grep -oE 'SIOCOUTQ Returns the amount of unsent data in the socket send queue\.')"
stated "SIOCOUTQNSD in tcp(7)" "0" "$(gzip -dc "$pages/man7/tcp.7.gz" | grep -c SIOCOUTQNSD)"
stated "bytes that the peer has read" "100" "$received"
stated "SIOCOUTQ" "100" "$unacknowledged"
stated "SIOCOUTQNSD" "0" "$unsent"
finish
