#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# libuv 1.50.0 (Debian 13; 1.53.0 does the same): uv_poll_start() for UV_READABLE tells of a
# notification in a socket's error queue as the error UV_EBADF, "bad file descriptor", and stops
# polling. The descriptor is as good as before, and the notification still to be read. A program that
# does what such an error asks for closes the connection; one that ignores it hears of no data any more.
#
# Expected: documentation of uv_poll_start(): "As soon as an event is detected the callback will be
# called with status set to 0", and an error "If an error happens while polling". poll(2) has a bit of
# its own, POLLNVAL, for bad descriptors.
# Known: issue 4447 of libuv/libuv is of uv_udp_t, which has read error queues since 1.52.0.

# shellcheck source=findings/lib.sh
. "$(dirname "$0")/lib.sh"

debian_programs trixie libuv1-dev=1.50.0-2 gcc libc6-dev
about "libuv 1.50.0" "a callback with the status 0, as for other events of a good descriptor (uv_poll_start())"

cat >"$work/root/notification.c" <<'END'
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <uv.h>

static void called(uv_poll_t *handle, int status, int events)
{
	printf("%s, active: %d\n", status ? uv_err_name(status) : "no error", uv_is_active((uv_handle_t *)handle));
	uv_poll_stop(handle);
}

int main(void)
{
	static char data[4096];
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM, 0), sender = socket(AF_INET, SOCK_STREAM, 0), one = 1;
	struct pollfd poller = {.fd = sender};
	uv_poll_t handle;

	if (bind(listener, (struct sockaddr *)&address, length) || listen(listener, 1) ||
	    getsockname(listener, (struct sockaddr *)&address, &length) ||
	    connect(sender, (struct sockaddr *)&address, length) ||
	    setsockopt(sender, SOL_SOCKET, SO_ZEROCOPY, &one, sizeof(one)))
		return 1;
	int receiver = accept(listener, NULL, NULL);

	uv_poll_init(uv_default_loop(), &handle, sender);
	send(receiver, data, 1, 0);
	uv_poll_start(&handle, UV_READABLE, called);
	uv_run(uv_default_loop(), UV_RUN_DEFAULT);
	recv(sender, data, 1, MSG_WAITALL);
	send(sender, data, sizeof(data), MSG_ZEROCOPY);
	recv(receiver, data, sizeof(data), MSG_WAITALL);
	poll(&poller, 1, 5000);
	printf("POLLERR: %d, POLLNVAL: %d\n", !!(poller.revents & POLLERR), !!(poller.revents & POLLNVAL));
	uv_poll_start(&handle, UV_READABLE, called);
	uv_run(uv_default_loop(), UV_RUN_DEFAULT);
	printf("sent: %zd\n", send(sender, data, 10, 0));
}
END
inside sh -c 'gcc -o /tmp/notification /notification.c -luv && timeout 60 /tmp/notification' >"$work/out" 2>"$work/log" ||
	cannot_be_tried "$(tail -n 1 "$work/log")"
stated "one byte to read" "no error, active: 1" "$(sed -n 1p "$work/out")"
stated "poll(2) with a notification" "POLLERR: 1, POLLNVAL: 0" "$(sed -n 2p "$work/out")"
stated "libuv with a notification" "EBADF, active: 0" "$(sed -n 3p "$work/out")"
stated "this descriptor afterwards" "sent: 10" "$(sed -n 4p "$work/out")"
finish
