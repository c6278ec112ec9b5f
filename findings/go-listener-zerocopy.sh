#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Go 1.24.4 (Debian 13; 1.27.3 does the same): SO_ZEROCOPY cannot be set on a listening TCP socket,
# from which all that it accepts would inherit it: "operation not supported". net.Listen("tcp4", ...)
# makes an MPTCP socket where the line "go" of the program's go.mod says 1.24 or later, and MPTCP has
# no SO_ZEROCOPY. With 1.23 in that line, the same compiler makes a TCP socket, and a kernel without
# MPTCP hides the difference.
#
# Expected: the options of TCP on a socket for which Control() is called with "tcp4", by net.ListenConfig a
# TCP network. SetMultipathTCP(false) makes the listener one, or set the option on each accepted socket.
# Known of other options: issues 74643 and 72879 of golang/go. The release notes of 1.24 have the default.

# shellcheck source=findings/lib.sh
. "$(dirname "$0")/lib.sh"

debian_programs trixie golang-1.24-go=1.24.4-1 golang-1.24-src
about "Go 1.24.4" "a listener for tcp4 takes SO_ZEROCOPY, and passes it on to what it accepts (msg_zerocopy.rst: for TCP)"

mkdir "$work/root/program"
cat >"$work/root/program/main.go" <<'END'
package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"syscall"
)

const soZerocopy = 60

func main() {
	config := net.ListenConfig{Control: func(network, address string, c syscall.RawConn) error {
		return c.Control(func(fd uintptr) {
			if err := syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, soZerocopy, 1); err != nil {
				fmt.Printf("%s: %v, ", network, err)
			} else {
				fmt.Printf("%s: ok, ", network)
			}
		})
	}}
	if os.Args[1] == "no-mptcp" {
		config.SetMultipathTCP(false)
	}
	listener, err := config.Listen(context.Background(), "tcp4", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	if _, err = net.Dial("tcp4", listener.Addr().String()); err != nil {
		panic(err)
	}
	accepted, _ := listener.Accept()
	raw, _ := accepted.(*net.TCPConn).SyscallConn()
	raw.Control(func(fd uintptr) {
		value, _ := syscall.GetsockoptInt(int(fd), syscall.SOL_SOCKET, soZerocopy)
		fmt.Println("accepted:", value)
	})
}
END
[ "$(cat /proc/sys/net/mptcp/enabled 2>/dev/null)" = 1 ] || cannot_be_tried "this kernel has no MPTCP"
for line in 1.23 1.24; do
	printf 'module finding\n\ngo %s\n' "$line" >"$work/root/program/go.mod"
	inside sh -c "cd /program && HOME=/tmp GOTOOLCHAIN=local CGO_ENABLED=0 /usr/lib/go-1.24/bin/go build -o /listener-$line ." \
		2>"$work/log" || cannot_be_tried "go build: $(tail -n 1 "$work/log")"
done
stated "go 1.23 in go.mod" "tcp4: ok, accepted: 1" "$(inside /listener-1.23 as-is 2>&1)"
stated "go 1.24 in go.mod" "tcp4: operation not supported, accepted: 0" "$(inside /listener-1.24 as-is 2>&1)"
stated "go 1.24, SetMultipathTCP(false)" "tcp4: ok, accepted: 1" "$(inside /listener-1.24 no-mptcp 2>&1)"
finish
