# SPDX-License-Identifier: GPL-2.0
"""One boot of one kernel: its console, its ports, its end, each within a deadline."""

import contextlib
import dataclasses
import os
import re
import selectors
import socket
import time

from guest import qemu

CONSOLE_KEPT = 4 << 20


@dataclasses.dataclass
class End:
    """How a guest ended."""

    status: str  # judged, did-not-boot, crashed, hung, stopped
    exit: int | None  # of the command, where it ended
    reason: str
    release: str  # uname -r; "" where it did not boot
    console: bytes
    boot_seconds: float
    seconds: float


@dataclasses.dataclass
class Deadlines:
    """In seconds, for this machine at this time."""

    boot: float
    silence: float  # between two signs of life
    whole: float


def memory_file(name, data):
    """A descriptor of a file without a name."""
    fd = os.memfd_create(name, 0)
    with open(fd, "wb", closefd=False) as file:
        file.write(data)
    return fd


class _Channels:
    """The console and the ports, as far as they were read."""

    def __init__(self, sinks):
        self.ours, self.theirs = {}, {}
        self.selector = selectors.DefaultSelector()
        self.texts = {"console": bytearray(), "status": bytearray()}
        self.sinks = sinks
        self.last_sign = time.monotonic()
        for name in ("console", *qemu.PORTS):
            ours, theirs = socket.socketpair()
            ours.setblocking(False)
            self.ours[name], self.theirs[name] = ours, theirs
            self.selector.register(ours, selectors.EVENT_READ, name)

    def fds(self):
        return [self.theirs[name].fileno() for name in ("console", *qemu.PORTS)]

    def started(self):
        for each in self.theirs.values():
            each.close()

    def take(self, timeout):
        """Wait for something, and read what there is. False where QEMU has closed all."""
        for key, _ in self.selector.select(max(timeout, 0)):
            self._read(key.data)
        return bool(self.selector.get_map())

    def drain(self):
        """What has been written before now."""
        for key in list(self.selector.get_map().values()):
            self._read(key.data)

    def _read(self, name):
        while True:
            try:
                data = self.ours[name].recv(1 << 16)
            except BlockingIOError:
                return
            except ConnectionResetError:
                data = b""
            if not data:
                self.selector.unregister(self.ours[name])
                return
            self.last_sign = time.monotonic()
            if name in self.texts:
                self.texts[name] += data
                if len(self.texts[name]) > CONSOLE_KEPT:
                    del self.texts[name][:-CONSOLE_KEPT]
            if name in self.sinks:
                self.sinks[name](data)

    def close(self):
        self.selector.close()
        for each in [*self.ours.values(), *self.theirs.values()]:
            each.close()


@dataclasses.dataclass(frozen=True)
class Hardware:
    """What a guest has."""

    accelerator: str
    memory_mib: int = 1024
    devices: tuple = ()  # as QEMU takes them


def run(
    kernel,
    kernel_file,
    kernel_fds,
    initramfs,
    hardware,
    deadlines,
    sinks,
    stop=None,
):
    """
    Boot, run the command in the initramfs, and end. sinks: {"output", "errors",
    "console": a function that takes bytes}. stop: a threading.Event that ends it within a
    second. Returns an End.
    """
    started = time.monotonic()
    channels = _Channels(sinks)
    initramfs_fd = memory_file("initramfs", initramfs)
    process = None
    boot_seconds = 0.0

    def end(status, reason, code=None):
        release = bytes(channels.texts["status"]).split(b"\n", 1)[0].decode() if boot_seconds else ""
        took = time.monotonic() - started
        return End(status, code, reason, release, bytes(channels.texts["console"]), boot_seconds or took, took)

    try:
        fds = channels.fds()
        words = qemu.command(
            kernel.architecture,
            kernel_file,
            initramfs_fd,
            fds[0],
            fds[1:],
            hardware.accelerator,
            hardware.memory_mib,
            kernel.boot_words,
            hardware.devices,
        )
        process = qemu.start(words, [*fds, initramfs_fd, *kernel_fds])
        channels.started()
        while True:
            if stop and stop.is_set():
                return end("stopped", "it was stopped")
            now = time.monotonic()
            ready = boot_seconds > 0
            left = (channels.last_sign + deadlines.silence if ready else started + deadlines.boot) - now
            left = min(left, started + deadlines.whole - now)
            if left <= 0:
                if not ready:
                    return end("did-not-boot", f"not ready within {deadlines.boot:.0f} s")
                if started + deadlines.whole <= now:
                    return end("hung", f"not at its end within {deadlines.whole:.0f} s")
                return end("hung", f"no sign of life for {deadlines.silence:.0f} s")
            gone = not channels.take(min(left, 1.0)) or process.poll() is not None
            if gone:
                # What it said last, readiness perhaps.
                channels.drain()
            status = bytes(channels.texts["status"])
            if not boot_seconds and b"\n" in status:
                boot_seconds = time.monotonic() - started
            ended = re.search(rb"\nexit (\d+)\n", status)
            if ended:
                channels.drain()
                return end("judged", "", int(ended[1]))
            if gone:
                with contextlib.suppress(OSError):
                    process.kill()
                complaint = process.stderr.read().decode(errors="replace").strip().splitlines()
                if boot_seconds:
                    return end("crashed", "the machine ended in the middle of the run")
                return end("did-not-boot", complaint[0] if complaint else "the machine ended while it booted")
    finally:
        if process:
            process.kill()
            process.wait()
            process.stderr.close()
        os.close(initramfs_fd)
        channels.close()
