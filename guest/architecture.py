# SPDX-License-Identifier: GPL-2.0
"""The architectures whose kernels boot in a guest, as the table guest/architectures has them."""

import dataclasses
import pathlib
import platform
import shutil

from guest.trouble import UNAVAILABLE, Trouble

TABLE = pathlib.Path(__file__).with_name("architectures")


@dataclasses.dataclass(frozen=True)
class Architecture:
    """A line of the table, which explains the columns."""

    name: str
    machine: str
    compiler: str
    emulator: str
    package: str
    board: str
    cpu: str
    console: str
    bus: str
    nodes: int
    userland: str
    without: tuple
    flavours: dict  # how the user names a flavour: how Debian's releases end

    @property
    def default_flavour(self):
        return next(iter(self.flavours))

    def flavour_of(self, release):
        """How the user names the flavour that Debian's release ends in; None where it is of none of these."""
        ends = {name: len(end) for name, end in self.flavours.items() if release.endswith(f"-{end}")}
        return max(ends, key=ends.get, default=None)

    def is_native(self):
        """Does the program that is built for this machine run on it?"""
        return self.machine == platform.machine()

    def qemu(self):
        """QEMU's path. Raises Trouble where it is not installed."""
        program = f"qemu-system-{self.emulator}"
        path = shutil.which(program)
        if path is None:
            raise Trouble(f"there is no {program}: install the package {self.package}", UNAVAILABLE)
        return path

    def require_tools(self):
        """Raises Trouble where what makes or boots a guest of this architecture is not installed."""
        self.qemu()
        if not self.is_native() and shutil.which(f"{self.compiler}-g++") is None:
            package = f"g++-{self.compiler.replace('_', '-')}"
            raise Trouble(f"there is no {self.compiler}-g++: install the package {package}", UNAVAILABLE)


def _read():
    for line in TABLE.read_text(encoding="ascii").splitlines():
        if line and not line.startswith("#"):
            *columns, nodes, userland, without, flavours = line.split()
            named = dict(flavour.split("=") for flavour in flavours.split(","))
            modules = () if without == "-" else tuple(without.split(","))
            yield Architecture(*columns, int(nodes), userland, modules, named)


ALL = {one.name: one for one in _read()}
# Of kernels that are named without one.
DEFAULT = ALL["amd64"]
