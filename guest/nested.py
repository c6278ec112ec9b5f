# SPDX-License-Identifier: GPL-2.0
"""
usage: run_tests.sh --vsock-guest [KERNEL] [--results FOLDER] [OPTION of msg_zerocopy]...

VSOCK between a guest and its host, both of this kernel, in both directions: what the guest
sends goes by virtio, what the host sends by vhost. The host is a guest itself, emulated
where nothing else is there: no CID of this machine is used. See docs/vsock_guests.md.
"""

import dataclasses
import os
import pathlib
import sys
import tempfile

from guest import architecture, boot, initramfs, judge, kernels, splats, vmlinux
from guest.results import of_kernel
from guest.trouble import UNAVAILABLE, Trouble, say

HERE = pathlib.Path(__file__).parent
KERNEL = "7.3"  # where none is named
# What VSOCK does otherwise than over loopback, if nothing is chosen: see docs/vsock_guests.md.
ROWS = ("ZC-VS-*", "ZC-IN-02", "ZC-LO-15", "ZC-CT-01")
CID = 42
GUEST_PORT, HOST_PORT = 7000, 7001
DIRECTIONS = ("virtio", "vhost")
# What QEMU reads of its own when it boots a kernel on a PC.
FIRMWARE = ("bios-256k.bin", "linuxboot_dma.bin", "kvmvapic.bin", "pvh.bin")
FIRMWARE_FOLDERS = ("/usr/share/qemu", "/usr/share/seabios")
GUEST_MODULES = ["vsock", "vmw_vsock_virtio_transport"]
HOST_MODULES = ["vsock", "vhost_vsock", "kvm_amd", "kvm_intel"]
MEMORY_MIB = 1280


def _firmware():
    """{path in the guest: path here}"""
    files = {}
    for name in FIRMWARE:
        found = [path for folder in FIRMWARE_FOLDERS if (path := pathlib.Path(folder, name)).exists()]
        if not found:
            raise Trouble(
                f"there is no {name} in {' or '.join(FIRMWARE_FOLDERS)}: install the package seabios", UNAVAILABLE
            )
        files[f"usr/share/qemu/{name}"] = found[0]
    return files


def _guest_command(options):
    """Its agent serves to the end; its own verdict comes first."""
    return "\n".join(
        (
            "mkfifo /serving",
            f"/msg_zerocopy --serve vsock:{CID}:{GUEST_PORT} >/serving &",
            "read -r place </serving",
            f"/msg_zerocopy --remote vsock:2:{HOST_PORT} {initramfs.words(options)}",
            'echo "exit $?"',
            "wait",
        )
    )


class Directions:
    """The two TAP streams out of one: "exit STATUS" ends each."""

    def __init__(self, folders):
        self._files = [open(folder / "run.tap", "wb") for folder in folders]
        self._line = b""
        self.exits = []

    def take(self, data):
        """Bytes of both, as they come; shown as well."""
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        *lines, self._line = (self._line + data).split(b"\n")
        for line in lines:
            if len(self.exits) == len(self._files):
                return
            if line.startswith(b"exit "):
                self._files[len(self.exits)].close()
                self.exits.append(int(line.split()[1]))
                say(f"{DIRECTIONS[len(self.exits) - 1]}: exit {self.exits[-1]}")
            else:
                self._files[len(self.exits)].write(line + b"\n")
                self._files[len(self.exits)].flush()

    def close(self):
        for file in self._files:
            file.close()


def _host_files(kernel, guests_initramfs, folder):
    """What the host has beside its own: the program, QEMU, and the guest's kernel and file system."""
    image = kernel.image.read_bytes()
    (folder / "kernel").write_bytes(vmlinux.extract(image) or image)
    (folder / "initramfs").write_bytes(guests_initramfs)
    return {
        "msg_zerocopy": judge.PROGRAM,
        "nested.sh": HERE / "nested.sh",
        "bin/qemu-system-x86_64": kernel.architecture.qemu(),
        "guest/kernel": folder / "kernel",
        "guest/initramfs": folder / "initramfs",
        **_firmware(),
    }


def run(name, options, results):
    """
    Judge both directions, each in a folder of results, and show both. Returns the exit
    status: the guest's, or the host's where that is 0.
    """
    kernel = kernels.find(name)
    if kernel.architecture != architecture.DEFAULT:
        raise Trouble(
            f"--vsock-guest takes kernels of {architecture.DEFAULT.name}: {kernel.label} is none", UNAVAILABLE
        )
    # A second processor would not make it faster, and meet splats.EMULATORS.
    kernel = dataclasses.replace(kernel, boot_words=(*kernel.boot_words, "maxcpus=1"))
    options = ["--entry", "vsock", *(options or [word for row in ROWS for word in ("-r", row)])]
    folders = [of_kernel(results, f"{kernel.label}-{direction}") for direction in DIRECTIONS]
    guests = initramfs.build(kernel, _guest_command(options), {"msg_zerocopy": judge.PROGRAM}, GUEST_MODULES)
    silence = round(boot.deadlines().silence)
    words = ["/nested.sh", "/guest/kernel", "/guest/initramfs", silence, CID, GUEST_PORT, HOST_PORT, *options]
    directions = Directions(folders)
    sinks = {"output": directions.take, "errors": lambda data: os.write(2, data)}
    say(f"booting {kernel.release}, and {kernel.release} in it")
    with tempfile.TemporaryDirectory() as folder:
        files = _host_files(kernel, guests, pathlib.Path(folder))
        command = f"exec sh {initramfs.words(words)}"
        end, accelerator = boot.run(kernel, command, files, sinks, memory_mib=MEMORY_MIB, wanted=HOST_MODULES)
    directions.close()
    for folder in folders:
        (folder / "console.log").write_bytes(end.console.replace(b"\r\n", b"\n"))
    say(f"{kernel.release} by {accelerator}: {end.seconds:.0f} s, exits {directions.exits}")
    faults, _ = splats.find(end.console)
    kept = f"(its console: {folders[0]}/console.log)"
    if end.status != "judged" or len(directions.exits) < len(DIRECTIONS):
        raise Trouble(f"{kernel.release} {end.status}: {end.reason or 'it ended before both verdicts'} {kept}")
    if faults:
        raise Trouble(f"{kernel.release} reported a fault: {faults[0].splitlines()[0]} {kept}")
    return directions.exits[0] or directions.exits[1]
