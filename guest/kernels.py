# SPDX-License-Identifier: GPL-2.0
"""A kernel to boot, however it was named."""

import dataclasses
import pathlib

from guest import archive, build_kernel, build_tree, modules, vmlinux
from guest.architecture import ALL, DEFAULT, Architecture
from guest.trouble import Trouble, say


@dataclasses.dataclass
class Kernel:
    """What a boot needs, and what a report says of it. Paths; modules: the folder with modules.dep."""

    label: str
    release: str
    image: pathlib.Path
    modules: modules.Modules
    package: str = ""
    version: str = ""
    flavour: str = ""
    boot_words: tuple = ()
    architecture: Architecture = DEFAULT
    memory_mib: int = 1024


RUNNING = "running"


def find(name):
    """
    The kernel of this name: 7.3, 7.3-rt, 7.2-ppc64el, a package, 7.3+debug, a vmlinuz, or a
    build tree. Fetches or builds what the cache lacks. Raises Trouble.
    """
    path = pathlib.Path(name)
    try:
        if path.is_dir():
            return _of_tree(path)
        if path.is_file():
            return _of_image(path)
    except OSError as error:
        raise Trouble(f"cannot read {error.filename or name}: {error.strerror}") from None
    if "/" in name:
        raise Trouble(f"there is no {name}: --kernel takes a version, a package, a vmlinuz or a kernel build tree")
    return _of_sources(name) if build_kernel.NAME.fullmatch(name) else _of_archive(name)


def _of_sources(name):
    built = build_kernel.find(name)
    image = built.folder / "vmlinuz"
    return Kernel(
        built.label,
        vmlinux.release(image.read_bytes(), image),
        image,
        modules.Modules.none(),
        built.source.package,
        built.source.version,
        built.label.partition("+")[2],
        built.boot_words,
        memory_mib=built.memory_mib,
    )


def _of_archive(name):
    # Before anything is fetched.
    archive.architecture_of(name).require_tools()
    offer, folder = archive.fetch_newest(name)
    return Kernel(
        offer.label,
        offer.release,
        folder / "vmlinuz",
        modules.Modules.installed(folder / "lib/modules" / offer.release),
        offer.package,
        offer.version,
        offer.flavour,
        # The kernel itself checks what no signed list vouches for.
        ("module.sig_enforce=1",) if offer.unlisted else (),
        ALL[offer.architecture],
    )


def _of_image(path):
    release, architecture = _read(path)
    folders = [
        path.parent,  # usr/lib/modules/RELEASE/vmlinuz
        path.parent.parent / "lib/modules" / release,  # boot/vmlinuz-RELEASE
        path.parent.parent / "usr/lib/modules" / release,
        path.parent / "lib/modules" / release,
        pathlib.Path("/lib/modules") / release,
    ]
    for folder in folders:
        if folder.name == release and (folder / "kernel").is_dir():
            return Kernel(release, release, path, modules.Modules.installed(folder), architecture=architecture)
    say(f"no modules of {release} beside {path} or in /lib/modules: only what is built in can be judged")
    return Kernel(release, release, path, modules.Modules.none(), architecture=architecture)


def _of_tree(path):
    image = build_tree.image(path)
    release, architecture = _read(image)
    return Kernel(release, release, image, modules.Modules.built(path, release), architecture=architecture)


def _read(image):
    """The release and architecture of an image of x86. Raises Trouble where it is none, or no guest can be made."""
    data = image.read_bytes()
    release = vmlinux.release(data, image)
    architecture = ALL["i386"] if vmlinux.is_32_bit(data) else DEFAULT
    architecture.require_tools()
    return release, architecture
