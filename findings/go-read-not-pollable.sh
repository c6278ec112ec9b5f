#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Go 1.24.4 (Debian 13; 1.27.3 does the same): Read() of a TCP connection fails with "not pollable"
# when a notification comes while the send buffer is full. The runtime takes EPOLLERR with no other
# event for a descriptor that epoll cannot watch. A full send buffer is the normal state of a busy
# sender, so the error comes and goes with the load. The connection is in order, and a further Read()
# gets the data.
#
# Expected: Read() waits for data. internal/poll documents the error as "returned when the file or
# socket is not suitable for event notification", and this socket is. By net.Conn, Read can "return an
# error after a fixed time limit" where there is a deadline; there is none.
# Known of another device: issue 38618 of golang/go is about /dev/net/tun.

# shellcheck source=findings/lib.sh
. "$(dirname "$0")/lib.sh"

debian_programs trixie golang-1.24-go=1.24.4-1 golang-1.24-src
about "Go 1.24.4" "Read() of net.Conn waits until there is data (package net)"

cat >"$work/root/read.go" <<'END'
package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"syscall"
)

const (
	soZerocopy       = 60
	tcpNotsentLowat  = 25
	length, messages = 65536, 200
)

func main() {
	flags, _ := strconv.Atoi(os.Args[1])
	listener, _ := net.Listen("tcp4", "127.0.0.1:0")
	client, err := net.Dial("tcp4", listener.Addr().String())
	if err != nil {
		panic(err)
	}
	server, _ := listener.Accept()
	raw, _ := client.(*net.TCPConn).SyscallConn()
	raw.Control(func(fd uintptr) {
		syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, soZerocopy, 1)
		// The socket is not writable while anything is unsent.
		syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, tcpNotsentLowat, 1)
	})
	go func() {
		io.CopyN(io.Discard, server, length*messages)
		server.Write([]byte("x"))
	}()
	failed := make(chan error)
	go func() {
		var answer [1]byte
		_, err := client.Read(answer[:])
		failed <- err
	}()
	data := make([]byte, length)
	sent := 0
	for sent < length*messages {
		raw.Write(func(fd uintptr) bool {
			n, err := syscall.SendmsgN(int(fd), data[:min(length, length*messages-sent)], nil, nil, flags)
			sent += max(n, 0)
			return err != syscall.EAGAIN
		})
	}
	err = <-failed
	if operation, is := err.(*net.OpError); is {
		fmt.Println("error:", operation.Err, "timeout:", operation.Timeout())
		var answer [1]byte
		n := 0
		for n == 0 {
			n, _ = client.Read(answer[:])
		}
		fmt.Println("then", n, "byte")
	} else {
		fmt.Println("error:", err)
	}
}
END
# read_while_sending FLAGS: what Read() returns while data is sent with these flags: its first error in
# ten runs, as a notification may also find the socket writable, or none.
read_while_sending() {
	# shellcheck disable=SC2016 # The inner shell expands these.
	inside sh -c 'for _ in 1 2 3 4 5 6 7 8 9 10; do timeout 60 /tmp/read "$1"; done' sh "$1" >"$work/reads" 2>"$work/log"
	(grep -m 1 -A 1 -v nil "$work/reads" || sort -u "$work/reads") | paste -sd' '
}
inside sh -c 'cd / && HOME=/tmp GO111MODULE=off CGO_ENABLED=0 /usr/lib/go-1.24/bin/go build -o /tmp/read /read.go' \
	2>"$work/log" || cannot_be_tried "go build: $(tail -n 1 "$work/log")"
stated "without notifications" "error: <nil>" "$(read_while_sending 0)"
stated "with notifications" "error: not pollable timeout: false then 1 byte" "$(read_while_sending "$((0x4000000))")"
finish
