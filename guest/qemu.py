# SPDX-License-Identifier: GPL-2.0
"""QEMU's command line, and its process, which dies with this one."""

import os
import pathlib
import shutil
import subprocess

from guest import child, outputs
from guest.trouble import UNAVAILABLE, Trouble

PROGRAM = "qemu-system-x86_64"
PORTS = ("status", "output", "errors", *outputs.FORMATS)

# Safe for judging what a kernel does; mitigations=off would not be. norandmaps: an
# emulator translates a program anew at each address that it is loaded at.
BOOT_WORDS = (
    "console=ttyS0 panic=-1 oops=panic no_timer_check tsc=reliable random.trust_cpu=on "
    "norandmaps secretmem.enable=1 printk.devkmsg=on loglevel=7 rcupdate.rcu_cpu_stall_timeout=120 "
    "net.ifnames=0 rdinit=/init"
)


def program():
    """QEMU's path. Raises Trouble where it is not installed."""
    path = shutil.which(PROGRAM)
    if path is None:
        raise Trouble(f"there is no {PROGRAM}: install the package qemu-system-x86", UNAVAILABLE)
    return path


def kvm_is_plausible():
    """
    /dev/kvm may be there and boot no stock kernel: under a paravirtual KVM it does not.
    Whether it really does is seen by the first boot: boot.run().
    """
    try:
        flags = pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return False
    words = flags.split()
    return (
        os.access("/dev/kvm", os.R_OK | os.W_OK)
        and not pathlib.Path("/sys/module/kvm_pvm").exists()
        and ("vmx" in words or "svm" in words)
    )


def command(kernel_file, initramfs_fd, console_fd, port_fds, accelerator, memory_mib, more_words=(), more_devices=()):
    """QEMU's words. Descriptors are inherited: no file or socket has a name that could stay."""
    half = memory_mib // 2
    words = [program(), "-nodefaults", "-no-user-config", "-no-reboot", "-display", "none", "-monitor", "none"]
    if accelerator == "kvm":
        words += ["-accel", "kvm", "-cpu", "host"]
    else:
        # QEMU 7.2 gets the flags of cmpxchg16b wrong, at random; kernels do without it.
        words += ["-accel", "tcg,thread=multi", "-cpu", "max,cx16=off"]
    words += ["-machine", "q35", "-m", str(memory_mib), "-smp", "2,sockets=2"]
    for node in (0, 1):  # two memory nodes, which some cases need
        words += ["-object", f"memory-backend-ram,id=node{node},size={half}M"]
        words += ["-numa", f"node,nodeid={node},memdev=node{node},cpus={node}"]
    words += ["-kernel", str(kernel_file), "-initrd", f"/proc/self/fd/{initramfs_fd}"]
    words += ["-append", " ".join([BOOT_WORDS, *more_words])]
    words += ["-chardev", f"socket,id=console,fd={console_fd}", "-serial", "chardev:console"]
    words += ["-device", "virtio-serial-pci"]
    for name, fd in zip(PORTS, port_fds):
        words += ["-chardev", f"socket,id={name},fd={fd}", "-device", f"virtserialport,chardev={name},name={name}"]
    return [*words, *more_devices]


def start(words, descriptors):
    """The process."""
    return child.start(
        words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, pass_fds=descriptors, start_new_session=True
    )
