#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# PHP 8.4 (Debian 13) has SO_ZEROCOPY, MSG_ZEROCOPY and MSG_ERRQUEUE, and sends with them, but cannot
# read a notification: socket_recvmsg() warns that it does not support the control message, returns 0,
# the number of bytes, as for a success, and turns the array for the message into false. The
# notification has left the queue.
#
# Expected: PHP 8.2's list of changes, sockets: "Added SO_ZEROCOPY/MSG_ZEROCOPY options", which are of
# use only to one who reads the notifications (the kernel's networking/msg_zerocopy.rst).
# A search of public issue trackers found no report of it.

# shellcheck source=findings/lib.sh
. "$(dirname "$0")/lib.sh"

debian_programs trixie php8.4-cli=8.4.27-1~deb13u1
about "PHP 8.4.27" "a message with a control message, or the value false for a failure (the manual: int|false)," \
	"as zero copy is among its options since 8.2"

cat >"$work/root/notification.php" <<'END'
<?php
$listener = socket_create_listen(0);
socket_getsockname($listener, $address, $port);
$sender = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
socket_connect($sender, "127.0.0.1", $port);
$receiver = socket_accept($listener);
socket_set_option($sender, SOL_SOCKET, SO_ZEROCOPY, 1);
echo "sent: ", socket_send($sender, str_repeat("x", 4096), 4096, MSG_ZEROCOPY), "\n";
socket_recv($receiver, $data, 4096, MSG_WAITALL);
$read = [$sender];
$write = $except = null;
socket_select($read, $write, $except, 5);
function notification($sender) {
	$message = ["buffer_size" => 1, "controllen" => 512];
	$result = @socket_recvmsg($sender, $message, MSG_ERRQUEUE | MSG_DONTWAIT);
	echo "result: ", var_export($result, true), ", message: ", is_array($message) ? "array" : var_export($message, true),
		", ", preg_replace("/.*: /", "", error_get_last()["message"]), "\n";
}
notification($sender);
notification($sender);
END
inside timeout 60 php8.4 -n -d extension=sockets /notification.php >"$work/out" 2>"$work/log" ||
	cannot_be_tried "$(tail -n 1 "$work/log")"
stated "sent with MSG_ZEROCOPY" "sent: 4096" "$(sed -n 1p "$work/out")"
stated "notification" "result: 0, message: false, cmsghdr with level 0 and type 11 not supported" "$(sed -n 2p "$work/out")"
stated "next one" "result: false, message: array, Resource temporarily unavailable" "$(sed -n 3p "$work/out")"
finish
