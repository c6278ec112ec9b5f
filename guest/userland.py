# SPDX-License-Identifier: GPL-2.0
"""What a guest runs beside the suite, busybox and iproute2: this machine's own, or those of its architecture."""

import pathlib
import re
import shutil
import subprocess

from guest import apt, cache, child
from guest.trouble import UNAVAILABLE, Trouble, say

PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
# {a command: the package that has it}
COMMANDS = {"busybox": "busybox-static", "ip": "iproute2", "tc": "iproute2"}


def libraries_of(program):
    """The shared libraries that a program of this machine loads, with its loader."""
    result = subprocess.run(["ldd", program], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False)
    return re.findall(r"(/\S+) \(0x", result.stdout)


class Native:
    """This machine's own."""

    def command(self, name):
        """The command's file. Raises Trouble where there is none."""
        path = shutil.which(name, path=PATH)
        if path is None:
            raise Trouble(f"there is no {name} command: install the package {COMMANDS[name]}", UNAVAILABLE)
        if name == "busybox" and libraries_of(path):
            # It would find no libraries.
            raise Trouble(f"{path} is not static: install the package busybox-static in place of busybox", UNAVAILABLE)
        return path

    def libraries(self, program):
        """{path in the guest: file here} of what a program loads."""
        return {path: path for path in libraries_of(program)}


class Foreign:
    """Those that Debian has for another architecture, unpacked in the cache and run in guests only."""

    def __init__(self, architecture):
        self._folder = cache.folder() / "userland" / architecture.name
        with cache.locked(f"userland-{architecture.name}"):
            if not self._folder.exists():
                cache.require_space(400)
                with cache.replacing(self._folder) as made:
                    _unpack(architecture, made)
        self._files = {path.name: path for path in self._folder.rglob("*.so*") if self._has(path)}

    def _has(self, path):
        """Is it a file of the packages? Some links are absolute and lead to this machine's own."""
        return path.is_file() and path.resolve().is_relative_to(self._folder.resolve())

    def command(self, name):
        """The command's file."""
        paths = [self._folder / folder.strip("/") / name for folder in PATH.split(":")]
        found = [path for path in paths if self._has(path)]
        if not found:
            raise Trouble(f"Debian's {COMMANDS[name]} has no {name} command: {self._folder}")
        return found[0]

    def libraries(self, program):
        """
        {path in the guest: file here} of what a program loads: its loader where it wants it,
        all else in /lib, where every loader looks.
        """
        loader, names = _needs(program)
        if loader is None:
            return {}
        wanted, taken = [pathlib.PurePath(loader).name, *names], {}
        while wanted:
            name = wanted.pop()
            if name in taken:
                continue
            if name not in self._files:
                raise Trouble(f"{program} loads {name}, which none of the packages in {self._folder} has")
            taken[name] = self._files[name]
            wanted += _needs(taken[name])[1]
        return {
            loader if name == pathlib.PurePath(loader).name else f"/lib/{name}": path for name, path in taken.items()
        }


def _needs(program):
    """(the loader of an ELF file or None, the names of the libraries that it loads)"""
    told = child.run(["readelf", "--wide", "--program-headers", "--dynamic", str(program)], env={"PATH": PATH}).stdout
    loader = re.search(r"Requesting program interpreter: (\S+)\]", told)
    return loader and loader[1], re.findall(r"\(NEEDED\) +Shared library: \[(.*)\]", told)


def _unpack(architecture, folder):
    """Fetch the packages and what they depend on, and unpack them without installing."""
    say(f"fetching busybox and iproute2 for {architecture.name}")
    packages = sorted(set(COMMANDS.values()))
    with cache.locked(f"apt-{architecture.name}"):
        files = apt.closure(architecture.name, architecture.userland, packages)
    for file in files:
        deb = folder / file["url"].rsplit("/", 1)[-1]
        apt.download(file["url"], deb, file["size"], file["sha256"])
        result = child.run(["dpkg-deb", "-x", deb, folder])
        if result.returncode:
            raise Trouble(f"{file['url']} cannot be unpacked: {result.stderr.strip().splitlines()[0]}")
        deb.unlink()


def of(architecture):
    """The commands for guests of an architecture."""
    return Native() if architecture.is_native() else Foreign(architecture)
