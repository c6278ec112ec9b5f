# SPDX-License-Identifier: GPL-2.0
"""
Kernels of Debian's archive, in each of the shapes that it gives them: linux-image with
all within (up to 6.18); linux-binary with the image beside linux-modules (from 6.19 on),
the image in /boot or, from 7.3 on, with the modules; and linux-modules that has left the
package list while its file stays in the pool. Each architecture has lists of its own.
"""

import dataclasses
import json
import re
import shutil
import time

from guest import apt, architecture, cache, child, modules
from guest.trouble import UNAVAILABLE, Trouble, say

NAME = re.compile(r"(?P<version>\d+\.\d+(?:\.\d+)*)(?P<words>(?:-[a-z0-9]+)*)")
PACKAGE = re.compile(r"linux-(?P<kind>image|binary|modules)-(?P<release>\d\S*?)(?P<unsigned>-unsigned)?")
SMALLEST_IMAGE = 1 << 20  # a metapackage has no kernel in it
A_DAY = 24 * 3600


@dataclasses.dataclass
class Offer:
    """A kernel that the archive has: the files that make it up."""

    release: str
    version: str
    package: str
    suite: str
    files: list  # of {url, size, sha256}
    unlisted: bool = False  # a file of it is in no signed list
    architecture: str = architecture.DEFAULT.name

    @property
    def flavour(self):
        return architecture.ALL[self.architecture].flavour_of(self.release)

    @property
    def label(self):
        """The shortest name that means this kernel and no older one."""
        words = [re.split(r"-\d", self.version)[0]]
        kind = architecture.ALL[self.architecture]
        if kind != architecture.DEFAULT:
            words.append(kind.name)
        if self.flavour != kind.default_flavour:
            words.append(self.flavour)
        return "-".join(words)

    def order(self):
        """Sorts as Debian's versions do, as far as those of kernels go: 7.3~rc7 before 7.3.4."""
        parts = re.findall(r"~|\d+", self.version)
        return [-1 if part == "~" else int(part) for part in parts] + [0]


def offers(stanzas, of=architecture.DEFAULT):
    """What the stanzas of an architecture's package lists offer, oldest first, each release once."""
    modules_of, found = {}, {}
    for suite, mirror, stanza in stanzas:
        match = PACKAGE.fullmatch(stanza["Package"])
        if not match or of.flavour_of(match["release"]) is None:
            continue
        file = {
            "url": f"{mirror}/{stanza['Filename']}",
            "size": int(stanza["Size"]),
            "sha256": stanza["SHA256"],
        }
        key = (match["release"], stanza["Version"])
        if match["kind"] == "modules":
            modules_of[key] = file
        elif file["size"] >= SMALLEST_IMAGE and (not match["unsigned"] or key not in found):
            found[key] = (match["kind"], Offer(*key, stanza["Package"], suite, [file], architecture=of.name), mirror)
    for key, (kind, offer, mirror) in found.items():
        if kind == "image":
            continue
        if key in modules_of:
            offer.files.append(modules_of[key])
        else:
            offer.files.append({"url": _pool_url(mirror, offer), "size": 0, "sha256": None})
            offer.unlisted = True
    return sorted((offer for _, offer, _ in found.values()), key=Offer.order)


def _pool_url(mirror, offer):
    """Where the modules of a kernel lie that the list has lost."""
    version = re.sub(r"^\d+:", "", offer.version)
    return f"{mirror}/pool/main/l/linux/linux-modules-{offer.release}_{version}_{offer.architecture}.deb"


def _known(of, refresh=False):
    """
    All offers of an architecture, from the cache while it is fresh. refresh: ask the mirror
    whatever the cache has.
    """
    path = cache.folder() / f"kernels-{of.name}.json"
    old = json.loads(path.read_text()) if path.exists() else None
    if old is not None and not refresh and time.time() - path.stat().st_mtime < A_DAY:
        return [Offer(**row) for row in old]
    try:
        with cache.locked(f"apt-{of.name}"):
            found = offers(apt.update(of.name), of)
    except Trouble as trouble:
        if not old:
            raise
        say(f"{trouble}; going by the lists of {time.ctime(path.stat().st_mtime)}")
        return [Offer(**row) for row in old]
    with cache.speaking_of(path):
        fresh = path.with_suffix(".new")
        fresh.write_text(json.dumps([dataclasses.asdict(offer) for offer in found]))
        fresh.rename(path)
    return found


def listed():
    """All offers, one architecture after the other."""
    return [offer for of in architecture.ALL.values() for offer in _known(of)]


def _by_words(name, words):
    """The architecture and flavour that the words behind a version name, ["ppc64el", "64k"]."""
    named = next((word for word in words if word in architecture.ALL), None)
    of = architecture.ALL[named] if named else architecture.DEFAULT
    rest = [word for word in words if word != named]
    # 7.3-amd64 is the flavour of that name.
    flavour = "-".join(rest) or (named if named in of.flavours else of.default_flavour)
    if flavour not in of.flavours:
        raise Trouble(
            f"no kernel '{name}': guests are {', '.join(architecture.ALL)}, "
            f"and of {of.name} the flavours {', '.join(filter(None, of.flavours))}",
            UNAVAILABLE,
        )
    return of, flavour


def _wanted(name):
    """(architecture, a function: is an offer one of this name?) Raises Trouble where no kernel could have it."""
    if package := PACKAGE.fullmatch(name):
        for of in architecture.ALL.values():
            if of.flavour_of(package["release"]) is not None:
                return of, lambda offer: offer.release == package["release"]
    if words := NAME.fullmatch(name):
        of, flavour = _by_words(name, words["words"].split("-")[1:])
        begin = re.compile(re.escape(words["version"]) + r"(?![\d])")
        return of, lambda offer: begin.match(offer.version) and offer.flavour == flavour
    raise Trouble(
        f"'{name}' is no kernel: give a version (7.3, 6.12.95, 7.3-rt, 7.2-ppc64el), a package (linux-image-...), "
        "a vmlinuz or a kernel build tree; --list-kernels shows what the mirror has"
    )


def architecture_of(name):
    """The architecture of the kernels of this name. Raises Trouble where no kernel could have it."""
    return _wanted(name)[0]


def _all_of(name):
    """
    The offers of this name, oldest first, at least one: a version, with or without its end,
    architecture and flavour, or a package.
    """
    of, wanted = _wanted(name)
    # The mirror is asked anew where the cache has none.
    for refresh in (False, True):
        if fits := [offer for offer in _known(of, refresh) if wanted(offer)]:
            return fits
    raise Trouble(f"the mirror has no kernel '{name}'; --list-kernels shows those it has", UNAVAILABLE)


def find(name):
    """The newest offer of this name."""
    return _all_of(name)[-1]


def fetch_newest(name):
    """The newest offer of this name whose files the mirror has, and its folder."""
    fits = _all_of(name)
    while True:
        offer = fits.pop()
        try:
            return offer, fetch(offer)
        except apt.Gone as trouble:
            if not fits:
                raise
            say(f"{trouble}; taking {fits[-1].package} {fits[-1].version}")


def folder_of(offer):
    """Where the kernel is kept: vmlinuz, and lib/modules/RELEASE with modules.dep."""
    return cache.folder() / "kernels" / f"{offer.package}_{offer.version}"


def fetch(offer):
    """The kernel's folder, filled by download where it is not there."""
    target = folder_of(offer)
    with cache.locked(f"kernel-{offer.release}"):
        if not (target / "vmlinuz").exists():
            cache.require_space(3 * sum(file["size"] for file in offer.files) // (1 << 20) + 400)
            with cache.replacing(target) as made:
                _unpack(offer, made)
    return target


def _unpack(offer, folder):
    packed = folder / "packed"
    packed.mkdir()
    for file in offer.files:
        deb = folder / file["url"].rsplit("/", 1)[-1]
        apt.download(file["url"], deb, file["size"], file["sha256"])
        result = child.run(["dpkg-deb", "-x", deb, packed])
        if result.returncode:
            cache.require_space(1)  # what dpkg-deb says of a full disk is about tar
            raise Trouble(f"{file['url']} cannot be unpacked: {result.stderr.strip().splitlines()[0]}")
        deb.unlink()
    # An image without compression is a vmlinux, as ppc64el has it.
    images = [*packed.glob("boot/vmlinu[xz]-*"), *packed.glob("usr/lib/modules/*/vmlinu[xz]")]
    trees = [path for path in (packed / "lib/modules", packed / "usr/lib/modules") if path.is_dir()]
    if not images:
        raise Trouble(f"{offer.package} {offer.version} has no vmlinuz where Debian keeps it")
    target = folder / "lib/modules" / offer.release
    target.mkdir(parents=True)
    for tree in trees:
        for kept in (tree / offer.release).glob("*"):
            if kept.name == "kernel" or kept.name.startswith("modules."):
                shutil.move(kept, target / kept.name)
    say(f"unpacking {offer.package} {offer.version}")
    modules.make_dependencies(folder, offer.release)
    shutil.move(images[0], folder / "vmlinuz")
    shutil.rmtree(packed)
