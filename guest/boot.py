# SPDX-License-Identifier: GPL-2.0
"""A kernel booted once to run one command: by KVM where that works, again where a boot fails."""

import contextlib
import json
import os
import pathlib
import subprocess
import time

from guest import cache, initramfs, machine, qemu, vmlinux
from guest.machine import Deadlines
from guest.trouble import say

KVM_BOOT = 10  # seconds in which a kernel on a KVM that works is ready


def load():
    """How many processes have run or waited for each processor of this machine, in the last minute."""
    return os.getloadavg()[0] / (os.cpu_count() or 1)


def slowness():
    """How much longer than usual this machine takes, now: 1 or more."""
    started = time.perf_counter()
    sum(number * number for number in range(1_000_000))
    usual = 0.06
    return max(1.0, (time.perf_counter() - started) / usual, load())


def deadlines():
    factor = slowness()
    return Deadlines(boot=60 + 15 * factor, silence=120 + 15 * factor, whole=1800 + 300 * factor)


class _KvmAnswers:
    """Whether KVM boots a kernel, remembered by boot of the machine, QEMU and kernel."""

    def __init__(self, kernel):
        self._path = cache.folder() / "kvm.json"
        version = subprocess.run(
            [kernel.architecture.qemu(), "--version"], stdout=subprocess.PIPE, text=True, check=False
        ).stdout
        boot = pathlib.Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        self._key = f"{boot} {version.splitlines()[0] if version else ''} {kernel.release}"

    def get(self):
        with contextlib.suppress(OSError, ValueError):
            return json.loads(self._path.read_text(encoding="utf-8")).get(self._key)
        return None

    def put(self, works):
        with cache.locked("kvm"), contextlib.suppress(OSError):
            self._path.write_text(json.dumps({self._key: works}), encoding="utf-8")


# pylint: disable-next=too-many-arguments
def run(
    kernel, command, files, sinks, limits=None, memory_mib=1024, devices=(), wanted=None, more_modules=(), stop=None
):
    """
    Boot the kernel and run the command (shell) in it; see machine.run. Returns its End and
    the accelerator.
    """
    limits = limits or deadlines()
    archive = initramfs.build(kernel, command, files, wanted, more_modules)
    image = kernel.image.read_bytes()
    elf = vmlinux.extract(image)

    def once(accelerator, patience, plain=False):
        with contextlib.ExitStack() as stack:
            file, fds = kernel.image, []
            # An ELF image spares an emulated machine the decompression.
            if elf and not plain and accelerator == "tcg":
                fd = machine.memory_file("vmlinux", elf)
                stack.callback(os.close, fd)
                file, fds = f"/proc/self/fd/{fd}", [fd]
            return machine.run(
                kernel,
                file,
                fds,
                archive,
                machine.Hardware(accelerator, memory_mib, tuple(devices)),
                patience,
                sinks,
                stop,
            )

    if qemu.kvm_is_plausible(kernel.architecture):
        answers = _KvmAnswers(kernel)
        known = answers.get()
        if known is not False:
            trial = limits if known else Deadlines(KVM_BOOT, limits.silence, limits.whole)
            end = once("kvm", trial)
            works = end.status != "did-not-boot"
            if known is None:
                answers.put(works)
            if works:
                return end, "kvm"
            say(f"{kernel.release} does not boot by KVM here; emulating")
    end = once("tcg", limits)
    if end.status == "did-not-boot":
        say(f"{kernel.release}: {end.reason}; booting it once more")
        # The other way in: booting by PVH hangs once in a while.
        end = once("tcg", limits, plain=True)
    return end, "tcg"
