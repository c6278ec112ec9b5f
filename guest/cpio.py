# SPDX-License-Identifier: GPL-2.0
"""An archive that the kernel unpacks as initramfs: Documentation/driver-api/early-userspace/buffer-format.rst."""

import stat


class Archive:
    """Files, folders, links and devices, all of root's, in the "newc" format."""

    def __init__(self):
        self._parts = []
        self._folders = set()
        self._number = 0

    def folder(self, path):
        path = path.strip("/")
        if not path or path in self._folders:
            return
        if "/" in path:
            self.folder(path.rsplit("/", 1)[0])
        self._folders.add(path)
        self._entry(path, stat.S_IFDIR | 0o755)

    def file(self, path, data, mode=0o755):
        self._within(path)
        self._entry(path, stat.S_IFREG | mode, data)

    def link(self, path, target):
        self._within(path)
        self._entry(path, stat.S_IFLNK | 0o777, target.encode())

    def character_device(self, path, major, minor):
        self._within(path)
        self._entry(path, stat.S_IFCHR | 0o600, device=(major, minor))

    def close(self):
        """The archive's bytes."""
        self._entry("TRAILER!!!", 0)
        return b"".join(self._parts)

    def _within(self, path):
        if "/" in path.strip("/"):
            self.folder(path.strip("/").rsplit("/", 1)[0])

    def _entry(self, path, mode, data=b"", device=(0, 0)):
        self._number += 1
        name = path.strip("/").encode() + b"\0"
        fields = [self._number, mode, 0, 0, 1, 0, len(data), 0, 0, *device, len(name), 0]
        header = b"070701" + b"".join(b"%08X" % field for field in fields) + name
        self._parts += [header, b"\0" * (-len(header) % 4), data, b"\0" * (-len(data) % 4)]
