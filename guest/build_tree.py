# SPDX-License-Identifier: GPL-2.0
"""A kernel build tree, or the folder that `make O=` built in."""

import pathlib
import re

from guest.trouble import Trouble

OURS = pathlib.Path(__file__).resolve().parent.parent / "config"


def image(tree):
    """Its bzImage. Raises Trouble where it is no tree, or not built."""
    path = tree / "arch/x86/boot/bzImage"
    if path.is_file():
        return path
    if not any((tree / name).is_file() for name in ("Kconfig", ".config")):
        raise Trouble(f"{tree} is no kernel build tree: it has neither Kconfig nor .config")
    raise Trouble(f"{tree} has no arch/x86/boot/bzImage: build it ('make bzImage modules')")


def options(path):
    """{CONFIG_X: value} of a .config, or of a fragment."""
    text = pathlib.Path(path).read_text(encoding="utf-8")
    return dict(re.findall(r"^(CONFIG_\w+)=(.*)$", text, re.MULTILINE))


def missing(tree):
    """The options of our config that the tree's .config lacks; a module is as good as built in."""
    path = pathlib.Path(tree) / ".config"
    if not path.is_file():
        raise Trouble(f"{tree} has no .config: configure the kernel first ('make defconfig')")
    has = options(path)
    wanted = options(OURS)
    return [
        f"{name}={value}"
        for name, value in wanted.items()
        if has.get(name) not in (value, "m" if value == "y" else value)
    ]
