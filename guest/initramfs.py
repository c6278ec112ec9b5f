# SPDX-License-Identifier: GPL-2.0
"""The guest's whole file system: busybox, iproute2, the modules, and what to run."""

import pathlib
import shlex

from guest import modules, userland
from guest.cpio import Archive

INIT = (pathlib.Path(__file__).parent / "init.sh").read_text()


def build(kernel, command, files, wanted=None, more_modules=()):
    """
    The archive's bytes. command: the words that the guest runs. files: what is added,
    {path in the guest: path here}; executable ones bring their libraries. wanted: modules,
    where it is not all that the suite can use. more_modules: beside them.
    """
    archive = Archive()
    commands = userland.of(kernel.architecture)
    added = set()

    def add(path, source):
        if path not in added:
            added.add(path)
            archive.file(path, pathlib.Path(source).read_bytes())

    for folder in ("proc", "sys", "dev", "tmp", "run", "root", "etc", "var/run", "modules", "mnt"):
        archive.folder(folder)
    archive.character_device("dev/console", 5, 1)
    add("bin/busybox", commands.command("busybox"))
    archive.link("bin/sh", "busybox")
    archive.file("etc/passwd", b"root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n", 0o644)
    archive.file("etc/group", b"root:x:0:\nnogroup:x:65534:\n", 0o644)
    # Where busybox would install an ip command of its own.
    programs = {"sbin/ip": commands.command("ip"), "sbin/tc": commands.command("tc"), **files}
    for path, source in programs.items():
        add(path.strip("/"), source)
        for library, file in commands.libraries(source).items():
            add(library.strip("/"), file)
    names = modules.MACHINE + (modules.of_the_suite() if wanted is None else wanted) + list(more_modules)
    order = kernel.modules.in_order([name for name in names if name not in kernel.architecture.without])
    folder = f"lib/modules/{kernel.release}"
    for name, path in order:
        archive.file(f"{folder}/{name}.ko", modules.read(path), 0o644)
    # The order says what needs what.
    archive.file(f"{folder}/modules.dep", "".join(f"{name}.ko:\n" for name, _ in order).encode(), 0o644)
    archive.file("modules/order", "".join(f"{name}\n" for name, _ in order).encode(), 0o644)
    archive.file("command", f"#!/bin/sh\n{command}\n".encode())
    archive.file("init", INIT.encode())
    return archive.close()


def words(command):
    return " ".join(shlex.quote(str(word)) for word in command)
