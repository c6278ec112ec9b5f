#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""usage: scripts/lava/jobs.py FOLDER [ARCHITECTURE[=DEVICE_TYPE]]...

Writes a LAVA job for each architecture, FOLDER/ARCHITECTURE.yaml: scripts/lava/job.yaml with the
console, processor and devices that guest/architectures has for it. ARCHITECTURE is Debian's name
(arm64, s390x); without one, all that a guest can have. DEVICE_TYPE is the lab's, by default qemu.
"""

import pathlib
import sys

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(TOP))
# pylint: disable=wrong-import-position
from guest.architecture import ALL, DEFAULT

EXAMPLE = TOP / "scripts/lava/job.yaml"
# What a kernel's makefile calls the image that QEMU boots, where it is not bzImage.
IMAGES = {"arm64": "Image", "armhf": "zImage", "ppc64el": "vmlinux", "riscv64": "Image"}


def job(architecture, device_type):
    """The text of a job. What it replaces of the example must be there."""
    text = EXAMPLE.read_text(encoding="utf-8")
    for old, new in (
        ("on a kernel in QEMU", f"on {architecture.name}"),
        ("device_type: qemu", f"device_type: {device_type}"),
        (f"arch: {DEFAULT.name}", f"arch: {architecture.name}"),
        (f"machine: {DEFAULT.board}", f"machine: {architecture.board}"),
        (f"cpu: {DEFAULT.cpu}", f"cpu: {architecture.cpu}"),
        (f"console={DEFAULT.console}", f"console={architecture.console}"),
        (f"virtio-blk-{DEFAULT.bus}", f"virtio-blk-{architecture.bus}"),
        (f"KERNELS/{DEFAULT.name}/bzImage", f"KERNELS/{architecture.name}/{IMAGES.get(architecture.name, 'bzImage')}"),
        (f"debian-{DEFAULT.name}.ext4", f"debian-{architecture.name}.ext4"),
    ):
        if text.count(old) != 1:
            raise ValueError(f"{EXAMPLE} does not have '{old}' once")
        text = text.replace(old, new)
    return text


def main(arguments):
    if not arguments or arguments[0].startswith("-"):
        print(__doc__.splitlines()[0], file=sys.stderr)
        return 1
    folder = pathlib.Path(arguments[0])
    named = [word.partition("=")[::2] for word in arguments[1:]] or [(name, "") for name in ALL]
    for name, _ in named:
        if name not in ALL:
            print(f"jobs.py: no architecture '{name}': guests are {', '.join(ALL)}", file=sys.stderr)
            return 1
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, device_type in named:
            (folder / f"{name}.yaml").write_text(job(ALL[name], device_type or "qemu"), encoding="utf-8")
    except OSError as error:
        print(f"jobs.py: cannot write {error.filename or folder}: {error.strerror}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
