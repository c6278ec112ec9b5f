# SPDX-License-Identifier: GPL-2.0
"""QEMU's command line, and its process, which dies with this one."""

import os
import pathlib
import subprocess

from guest import child, outputs

PORTS = ("status", "output", "errors", *outputs.FORMATS)

# Safe for judging what a kernel does; mitigations=off would not be. norandmaps: an
# emulator translates a program anew at each address that it is loaded at.
BOOT_WORDS = (
    "panic=-1 oops=panic no_timer_check tsc=reliable random.trust_cpu=on "
    "norandmaps secretmem.enable=1 printk.devkmsg=on loglevel=7 rcupdate.rcu_cpu_stall_timeout=120 "
    "net.ifnames=0 rdinit=/init"
)


def kvm_is_plausible(architecture):
    """
    Whether KVM may boot a kernel of this architecture here. It takes x86 on x86.
    /dev/kvm may be there and boot no stock kernel: under a paravirtual KVM it does not.
    Whether it really does is seen by the first boot: boot.run().
    """
    try:
        flags = pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return False
    words = flags.split()
    return (
        architecture.emulator == "x86_64"
        and os.access("/dev/kvm", os.R_OK | os.W_OK)
        and not pathlib.Path("/sys/module/kvm_pvm").exists()
        and ("vmx" in words or "svm" in words)
    )


def command(
    architecture,
    kernel_file,
    initramfs_fd,
    console_fd,
    port_fds,
    accelerator,
    memory_mib,
    more_words=(),
    more_devices=(),
):
    """QEMU's words. Descriptors are inherited: no file or socket has a name that could stay."""
    words = [
        architecture.qemu(),
        "-nodefaults",
        "-no-user-config",
        "-no-reboot",
        "-display",
        "none",
        "-monitor",
        "none",
    ]
    if accelerator == "kvm":
        words += ["-accel", "kvm", "-cpu", "host"]
    else:
        words += ["-accel", "tcg,thread=multi", "-cpu", architecture.cpu]
    words += ["-machine", architecture.board, "-m", str(memory_mib), "-smp", "2,sockets=2"]
    # Some cases need a second memory node.
    for node in range(architecture.nodes) if architecture.nodes > 1 else ():
        words += ["-object", f"memory-backend-ram,id=node{node},size={memory_mib // architecture.nodes}M"]
        words += ["-numa", f"node,nodeid={node},memdev=node{node},cpus={node}"]
    words += ["-kernel", str(kernel_file), "-initrd", f"/proc/self/fd/{initramfs_fd}"]
    words += ["-append", " ".join([f"console={architecture.console}", BOOT_WORDS, *more_words])]
    words += ["-chardev", f"socket,id=console,fd={console_fd}", "-serial", "chardev:console"]
    words += ["-device", f"virtio-serial-{architecture.bus}"]
    for name, fd in zip(PORTS, port_fds):
        words += ["-chardev", f"socket,id={name},fd={fd}", "-device", f"virtserialport,chardev={name},name={name}"]
    return [*words, *more_devices]


def start(words, descriptors):
    """The process."""
    return child.start(
        words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, pass_fds=descriptors, start_new_session=True
    )
