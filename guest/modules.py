# SPDX-License-Identifier: GPL-2.0
"""Which modules a guest loads, and in which order."""

import gzip
import lzma
import pathlib
import subprocess
import tempfile

from guest import catalogue, child
from guest.trouble import Trouble

# The devices of the guest itself.
MACHINE = ["virtio_pci", "virtio_ccw", "virtio_console"]
SUFFIXES = (".ko", ".ko.xz", ".ko.zst", ".ko.gz")


def of_the_suite():
    """What the suite's cases can use, as the program says; a kernel has them built in, as modules, or not at all."""
    return list(dict.fromkeys(name for parts in catalogue.kernel_parts() for name in parts["modules"]))


def _key(name):
    """Modules are called with either character."""
    return name.replace("-", "_")


def name_of(path):
    """The name that lsmod shows of a module's file."""
    return _key(path.rsplit("/", 1)[-1].split(".ko", 1)[0])


def make_dependencies(root, release):
    """Write modules.dep below root/lib/modules: packages leave that to their installation."""
    _depmod(root, release)


def _depmod(root, release, *options):
    command = ["depmod", *options, "-b", str(root), release]
    result = child.run(command, env={"PATH": "/usr/sbin:/sbin:/usr/bin:/bin"})
    if result.returncode:
        complaint = (result.stderr.strip().splitlines() or ["it failed"])[-1]
        raise Trouble(f"depmod cannot read the modules of {release}: {complaint}")
    return result.stdout


class Modules:
    """The modules of one kernel: name → file, what each needs, and what it wants loaded before it."""

    # What depmod writes of these: lines of the files together.
    TABLES = ("modules.dep", "modules.softdep", "modules.alias")

    def __init__(self, folder, tables):
        self.folder = pathlib.Path(folder)
        self._files, self._needs, self._wants, self._aliases = {}, {}, {}, {}
        for line in tables.splitlines():
            path, colon, others = line.partition(":")
            words = line.split()
            if words[:1] == ["softdep"]:
                before = " ".join(words[2:]).partition("post:")[0]
                self._wants[_key(words[1])] = before.removeprefix("pre:").split()
            elif words[:1] == ["alias"]:
                self._aliases.setdefault(_key(words[1]), []).append(words[2])
            elif colon and ".ko" in path:
                self._files[name_of(path)] = path
                self._needs[path] = others.split()

    @classmethod
    def none(cls):
        return cls("/", "")

    @classmethod
    def installed(cls, folder):
        """Of lib/modules/RELEASE."""
        if (folder / "modules.dep").exists():
            tables = [folder / name for name in cls.TABLES]
            return cls(folder, "".join(table.read_text() for table in tables if table.exists()))
        return cls(folder, cls._dependencies({folder / "kernel": "kernel"}, folder.name))

    @classmethod
    def built(cls, tree, release):
        """Of a build tree, which need not be installed anywhere."""
        order = tree / "modules.order"
        if not order.exists():
            return cls.none()
        # A .ko a line; older kernels write where they would be installed.
        paths = [line.removeprefix("kernel/") for line in order.read_text().split()]
        paths = [path.removesuffix(".o") + (".ko" if path.endswith(".o") else "") for path in paths]
        files = {(tree / path).absolute(): path for path in paths if (tree / path).exists()}
        return cls(tree, cls._dependencies(files, release)) if files else cls.none()

    @staticmethod
    def _dependencies(files, release):
        """What depmod says of files and folders {path: name}, without writing among them."""
        with tempfile.TemporaryDirectory() as root:
            for path, name in files.items():
                link = pathlib.Path(root) / "lib/modules" / release / name
                link.parent.mkdir(parents=True, exist_ok=True)
                link.symlink_to(path.absolute())
            return _depmod(root, release, "-n")

    def _called(self, name):
        """The files of a module, or of those that have this as another name."""
        names = [name, *self._aliases.get(_key(name), [])]
        return [self._files[_key(each)] for each in names if _key(each) in self._files]

    def in_order(self, wanted):
        """
        [(name, file)] of the wanted ones that exist and of those they need, each behind what it needs and
        what it looks up by name, such as libcrc32c the algorithm crc32c.
        """
        order = []

        def add(path, waiting):
            if path in order or path in waiting:
                return
            for name in self._wants.get(name_of(path), []):
                for before in self._called(name):
                    add(before, [*waiting, path])
            # Nearest first, in modules.dep: the farthest has to be loaded first.
            for needed in reversed(self._needs[path]):
                add(needed, [*waiting, path])
            order.append(path)

        for name in wanted:
            if path := self._files.get(_key(name)):
                add(path, [])
        return [(name_of(path), self.folder / path) for path in order]


def read(path):
    """A module's content, uncompressed: busybox's modprobe wants it so."""
    data = pathlib.Path(path).read_bytes()
    if path.suffix == ".xz":
        return lzma.decompress(data)
    if path.suffix == ".gz":
        return gzip.decompress(data)
    if path.suffix == ".zst":
        return subprocess.run(["zstd", "-dqc"], input=data, stdout=subprocess.PIPE, check=True).stdout
    return data
