# SPDX-License-Identifier: GPL-2.0
"""
Kernels that are built here: from Debian's package linux-source, by the suite's config and what
a guest needs beside it (recipe/), all built in. One takes minutes, and is cached.
"""

import dataclasses
import hashlib
import os
import pathlib
import re
import shutil
import threading
import time

from guest import bugs, build_tree, cache, child, linux_source
from guest.trouble import FAILED, UNAVAILABLE, Trouble, say

TOP = pathlib.Path(__file__).resolve().parent.parent
RECIPE = TOP / "guest" / "recipe"
NAME = re.compile(r"(?P<version>\d+\.\d+(?:\.\d+)?)\+(?P<flavour>[a-z]+)(?:=(?P<bug>.+))?")
COUNTER = RECIPE / "counter.patch"
# MiB: the tree, and what is built in it.
SPACE = 4000


@dataclasses.dataclass(frozen=True)
class Flavour:
    """What a kernel is built from beside the suite's config."""

    fragments: tuple  # of recipe/
    stacks: bool = False  # with what the suite's config has as modules: overlays, encryption, other families
    also: tuple = ()  # without stacks, these of the modules
    patches: tuple = ()
    files: tuple = ()  # (path in the tree, content)
    memory_mib: int = 1024  # of its guest
    boot_words: tuple = ()


def _small():
    return Flavour(("machine", "stacks"), stacks=True)


def _debug():
    return Flavour(("machine", "debug"), patches=(COUNTER,), memory_mib=2048, boot_words=("kmemleak.verbose=1",))


def _broken():
    return Flavour(
        ("machine",),
        also=("CONFIG_NET_ACT_MIRRED", "CONFIG_NET_CLS_MATCHALL", "CONFIG_RDS", "CONFIG_RDS_TCP"),
        patches=(COUNTER, bugs.FOLDER / "switch.patch", *(bug.patch for bug in bugs.read().values())),
        files=(
            ("include/linux/zerocopy_broken.h", (bugs.FOLDER / "zerocopy_broken.h").read_text(encoding="utf-8")),
            ("net/core/zerocopy_bugs.h", bugs.table()),
            ("net/core/zerocopy_broken.c", (bugs.FOLDER / "zerocopy_broken.c").read_text(encoding="utf-8")),
        ),
    )


FLAVOURS = {"small": _small, "debug": _debug, "broken": _broken}


@dataclasses.dataclass
class Built:
    """A kernel in the cache."""

    label: str
    folder: pathlib.Path  # with vmlinuz and config
    source: linux_source.Source
    boot_words: tuple
    memory_mib: int


def find(name):
    """The kernel of a name that NAME matches, built where the cache lacks it. Raises Trouble."""
    words = NAME.fullmatch(name)
    if words["flavour"] not in FLAVOURS:
        raise Trouble(f"'{name}': kernels are built as {', '.join('+' + one for one in FLAVOURS)}")
    boot_words = _bug_words(name, words)
    source = linux_source.find(words["version"])
    label = f"{source.upstream}+{words['flavour']}"
    flavour = FLAVOURS[words["flavour"]]()
    folder = _built(source, label, flavour)
    if words["bug"]:
        label += f"={words['bug']}"
    return Built(label, folder, source, flavour.boot_words + boot_words, flavour.memory_mib)


def _bug_words(name, words):
    if not words["bug"]:
        return ()
    if words["flavour"] != "broken":
        raise Trouble(f"'{name}': only +broken kernels have a bug to choose")
    if words["bug"] not in bugs.read():
        raise Trouble(f"'{name}': there is no such bug; the patches in {bugs.FOLDER / 'bugs'} are named by them")
    return (f"zerocopy_broken.bug={words['bug']}",)


def fragment(flavour):
    """The configuration that is asked for, as text."""
    ours = [
        f"{name}={value}\n"
        for name, value in build_tree.options(build_tree.OURS).items()
        if flavour.stacks or value == "y" or "VSOCK" in name or name in flavour.also
    ]
    return "".join([*ours, *((RECIPE / f"{name}.config").read_text(encoding="utf-8") for name in flavour.fragments)])


def _digest(flavour):
    """Changes with whatever is done to the source."""
    parts = [fragment(flavour), *map(repr, flavour.files)]
    # What is said of a patch is no part of it.
    parts += [path.read_text(encoding="utf-8").partition("\n---\n")[2] for path in flavour.patches]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]


def _built(source, label, flavour):
    """The folder of the kernel."""
    begin = f"{source.package}_{source.version}+{label.rpartition('+')[2]}"
    with cache.locked(f"kernel-{begin}"):
        target = cache.folder() / "kernels" / f"{begin}_{_digest(flavour)}"
        if not (target / "vmlinuz").exists():
            _check_tools(label)
            cache.require_space(SPACE)
            with cache.replacing(target) as made:
                _build(source, label, flavour, made)
            for older in target.parent.glob(f"{begin}_*"):
                if older != target:
                    shutil.rmtree(older, ignore_errors=True)
    return target


def _check_tools(label):
    result = child.run([TOP / "scripts" / "set_up.sh", "--check", "guest", label])
    if result.returncode:
        raise Trouble(result.stderr.strip().removeprefix("set_up.sh: "), UNAVAILABLE)


def _build(source, label, flavour, folder):
    started = time.monotonic()
    tree = folder / "tree"
    tree.mkdir()
    linux_source.unpack(source, tree)
    patch(flavour, tree, f"{source.package} {source.version}")
    log = folder / "build.log"
    # Whose machine it was, and when, is no part of a kernel: what is the same is built the same.
    environment = os.environ | {
        "LC_ALL": "C",
        "LOCALVERSION": "",
        "KBUILD_BUILD_USER": "msg_zerocopy",
        "KBUILD_BUILD_HOST": "guest",
        "KBUILD_BUILD_TIMESTAMP": "Thu Jan 1 00:00:00 UTC 1970",
        # To uname -v, by a patch of Debian's: the catalogue knows kernels by it.
        "KBUILD_BUILD_VERSION_TIMESTAMP": f"Debian {source.version}",
        "KCONFIG_ALLCONFIG": str(folder / "fragment"),
    }
    wanted = fragment(flavour) + f'CONFIG_LOCALVERSION="+{label.rpartition("+")[2]}"\n'
    (folder / "fragment").write_text(wanted, encoding="utf-8")
    say(f"building {label} of {source.package} {source.version}: takes minutes, once")
    with _Progress(label, log):
        for target in ("allnoconfig", f"-j{os.cpu_count() or 1} bzImage"):
            if child.make(["-C", tree, *target.split()], log, env=environment):
                complain(label, log)
            if target == "allnoconfig":
                _check_config(label, folder / "fragment", tree / ".config")
    shutil.move(tree / "arch/x86/boot/bzImage", folder / "vmlinuz")
    shutil.move(tree / ".config", folder / "config")
    shutil.rmtree(tree)
    say(f"built {label} in {time.monotonic() - started:.0f} s")


def patch(flavour, tree, name):
    """Change a tree as the flavour has it. Raises Trouble where a patch does not fit this source, called name."""
    for path in flavour.patches:
        result = child.run(["patch", "-p1", "-s", "-F0", "-f", "-d", tree, "-i", path])
        if result.returncode:
            complaint = result.stdout.strip().splitlines() or result.stderr.strip().splitlines()
            raise Trouble(f"{path} does not fit {name}: {complaint[0]}")
    for path, content in flavour.files:
        (tree / path).write_text(content, encoding="utf-8")


def unmet(wanted, config):
    """The options of the fragment that a .config has not got; a module is as good as built in."""
    has = build_tree.options(config)
    return [
        name.removeprefix("CONFIG_")
        for name, value in build_tree.options(wanted).items()
        if has.get(name) != value and not (value == "m" and has.get(name) == "y")
    ]


def _check_config(label, wanted, config):
    """Kernels lack options that are newer, or gone: say which."""
    if missing := unmet(wanted, config):
        say(f"{label} has no {', '.join(missing)}")


def complain(label, log):
    """Raise Trouble for a build whose log this is, which is kept."""
    kept = cache.folder() / "build.log"
    shutil.copy(log, kept)
    lines = [line for line in log.read_text(errors="replace").splitlines() if re.search(r"error|Error|\*\*\*", line)]
    if any("No space left" in line for line in lines):
        raise Trouble(f"no disk space to build {label}")
    raise Trouble(f"{label} does not build: {(lines or ['make failed'])[0].strip()} (all of it: {kept})", FAILED)


class _Progress:
    """Says every twenty seconds how much is compiled."""

    def __init__(self, label, log):
        self._label, self._log, self._ended = label, log, threading.Event()
        self._thread = threading.Thread(target=self._show, daemon=True)

    def _show(self):
        while not self._ended.wait(20):
            done = self._log.read_text(errors="replace").count("\n")
            say(f"{self._label}: {done} files")

    def __enter__(self):
        self._thread.start()

    def __exit__(self, *_):
        self._ended.set()
        self._thread.join()
