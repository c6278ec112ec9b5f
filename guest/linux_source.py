# SPDX-License-Identifier: GPL-2.0
"""Debian's packages of kernel sources: found, fetched and unpacked."""

import dataclasses
import pathlib
import urllib.parse

from guest import apt, cache, child
from guest.architecture import DEFAULT
from guest.trouble import UNAVAILABLE, Trouble, say

# More than half of a tree, and nothing that a kernel for guests is built from. What Kconfig reads stays.
UNUSED = ["Documentation/*/*", "tools/testing/*"]
UNUSED += [
    f"{folder}/{files}"
    for folder in ("arch/[!x]*", "drivers/gpu", "drivers/media", "drivers/net/[ew]*", "drivers/staging", "sound")
    for files in ("*.[chS]", "*.dts", "*.dtsi")
]


@dataclasses.dataclass
class Source:
    """A package linux-source, as the archive has it."""

    package: str
    version: str
    file: dict  # {url, size, sha256}

    @property
    def upstream(self):
        """7.3.4 of 7.3.4-1~bpo13+1."""
        return self.version.split("-", maxsplit=1)[0].replace("~", "-")


def find(version):
    """The newest package of this version (7.3, or its release 7.3.4). Raises Trouble."""
    package = "linux-source-" + ".".join(version.split(".")[:2])
    with cache.locked(f"apt-{DEFAULT.name}"):
        file = apt.file_of(package)
    found = Source(package, urllib.parse.unquote(file["url"].rsplit("/", 1)[-1]).split("_")[1], file)
    if not f"{found.upstream}.".startswith(f"{version}."):
        raise Trouble(f"the mirror's {package} is {found.version}: it has no sources of {version}", UNAVAILABLE)
    return found


def _packed(source):
    """The .tar.xz of a source, from the cache or fetched."""
    folder = cache.folder() / "sources" / f"{source.package}_{source.version}"
    packed = folder / f"{source.package}.tar.xz"
    with cache.locked(source.package):
        if not packed.exists():
            cache.require_space(3 * source.file["size"] // (1 << 20))
            with cache.replacing(folder) as made:
                deb = made / "package.deb"
                apt.download(source.file["url"], deb, source.file["size"], source.file["sha256"])
                result = child.run(["dpkg-deb", "-x", deb, made])
                found = list(made.glob("usr/src/*.tar.xz"))
                if result.returncode or not found:
                    complaint = result.stderr.strip().splitlines() or ["it has no usr/src/*.tar.xz"]
                    raise Trouble(f"{source.file['url']} cannot be unpacked: {complaint[0]}")
                found[0].rename(made / packed.name)
                deb.unlink()
    return packed


def unpack(source, folder):
    """Put the tree into an empty folder, but for what is UNUSED."""
    packed = _packed(source)
    say(f"unpacking {source.package} {source.version}")
    words = ["tar", "-x", "--use-compress-program=xz -T0", "--strip-components=1", "-C", folder, "-f", packed]
    result = child.run([*words, *(f"--exclude={source.package}/{pattern}" for pattern in UNUSED)])
    if result.returncode:
        raise Trouble(f"{packed} cannot be unpacked: {(result.stderr.strip().splitlines() or ['tar failed'])[0]}")
    return pathlib.Path(folder)
