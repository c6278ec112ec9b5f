#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""
In QEMU's place for tests of what happens around it: a guest whose fate the variable
FAKE_GUEST names. Console and ports are the descriptors on the command line.
"""

import os
import pathlib
import re
import signal
import socket
import sys
import time

WORDS = " ".join(sys.argv[1:])
TAP = "TAP version 13\n1..2\nok 1 first.tcp4.loopback # time=1ms\n"
LAST = "ok 2 second.tcp4.loopback # time=1ms\n# Totals: pass:2 fail:0 xfail:0 xpass:0 skip:0 error:0\n"
PANIC = (
    "[    1.5] BUG: kernel NULL pointer dereference, address: 0000000000000008\r\n"
    "[    1.6] Kernel panic - not syncing\r\n"
)
WARNING = (
    "[    2.5] ------------[ cut here ]------------\r\n"
    "[    2.5] WARNING: CPU: 1 PID: 7 at net/core/sock.c:1\r\n"
    "[    2.6] ---[ end trace 0 ]---\r\n"
)
BAD_PAGE = "BUG: Bad page state in process a pfn:2662b"
AFTERMATH = "[    2.9] BUG: Bad rss-counter state mm:0 type:MM_ANONPAGES val:1\r\n"


def port(name):
    fd = int(re.search(rf"socket,id={name},fd=(\d+)", WORDS)[1])
    return socket.socket(fileno=fd)


ports = {name: port(name) for name in ("console", "status", "output", "errors", "json")}


def write(name, text):
    ports[name].sendall(text.encode())


def ready():
    # A mark can arrive in parts.
    write("status", "9.9.9-")
    time.sleep(0.01)
    write("status", "fake\n")


def judge(status, last=LAST):
    ready()
    write("output", TAP)
    write("output", last)
    write("status", f"exit {status}\n")
    signal.pause()


def first_time(path):
    there = os.path.exists(path)
    pathlib.Path(path).touch()
    return not there


fate, _, argument = os.environ["FAKE_GUEST"].partition(":")
write("console", "[    0.0] Linux version 9.9.9-fake\r\n")
match fate:
    case "judged":
        judge(int(argument or 0))
    case "writes":
        write("json", argument)
        judge(0)
    case "silent":
        signal.pause()
    case "refuses":
        sys.exit("qemu-system-x86_64: something is wrong with the command line")
    case "boots-at-second-try":
        if not first_time(argument):
            judge(0)
    case "no-ports":
        write("console", "guest: no virtio-serial ports (CONFIG_VIRTIO_CONSOLE, CONFIG_VIRTIO_PCI)\r\n")
    case "panics-at-boot":
        write("console", PANIC)
    case "panics":
        ready()
        write("output", TAP)
        write("console", PANIC)
    case "meets-an-emulators-fault":
        if not first_time(argument):
            judge(0)
        ready()
        write("json", "half")
        write("output", TAP + "ok 2 sec")
        write("console", "[   58.660354] Oops: int3: 0000 [#1] SMP NOPTI\r\n" + PANIC)
    case "hangs":
        ready()
        write("output", TAP)
        signal.pause()
    case "chatters":
        ready()
        while True:
            write("output", "# still here\n")
            time.sleep(0.01)
    case "warns-at-boot":
        write("console", WARNING + "guest: ready\r\n")
        judge(0)
    case "is-damaged-by-its-last-case":
        write("console", "guest: ready\r\n" + f"[    2.5] {BAD_PAGE}\r\n" + AFTERMATH)
        judge(0, f"# kernel log: {BAD_PAGE}\n" + LAST)
    case "warns":
        write("console", "guest: ready\r\n" + WARNING)
        judge(0)
