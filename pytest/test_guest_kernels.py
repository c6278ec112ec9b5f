# SPDX-License-Identifier: GPL-2.0
"""Kernels are found, fetched and unpacked; what cannot be had is one clear line."""

import dataclasses
import gzip
import hashlib
import http.server
import os
import pathlib
import shutil
import sys
import threading
import time
import types

import pytest

from conftest import TOP, needs_root, run
from guests import fake_image, needs_guest_tools, own_cache  # pylint: disable=unused-import
from guest import __main__ as command_line
from guest import apt, architecture, archive, cache, kernels, program, userland
from guest.trouble import FAILED, UNAVAILABLE, Trouble

pytestmark = needs_guest_tools
MIRROR = "http://mirror.example/debian"


def stanza(kind, release, version, size=20 << 20, unsigned="", of="amd64"):
    """What the package list says of a kernel."""
    package = f"linux-{kind}-{release}{unsigned}"
    return {
        "Package": package,
        "Version": version,
        "Filename": f"pool/main/l/linux/{package}_{version}_{of}.deb",
        "Size": str(size),
        "SHA256": "0" * 64,
    }


STANZAS = [
    ("bookworm", MIRROR, stanza("image", "6.1.0-50-cloud-amd64", "6.1.176-1")),
    ("bookworm", MIRROR, stanza("image", "6.1.0-50-cloud-amd64", "6.1.176-1", unsigned="-unsigned")),
    ("bookworm", MIRROR, stanza("image", "6.1.0-56-cloud-amd64", "6.1.192-2")),
    ("bookworm", MIRROR, stanza("image", "6.1.0-56-amd64", "6.1.192-2")),
    ("bookworm", MIRROR, stanza("image", "6.1.0-56-rt-amd64", "6.1.192-2")),
    ("bookworm", MIRROR, stanza("image", "6.1.0-56-cloud-amd64-dbg", "6.1.192-2")),
    ("trixie-backports", MIRROR, stanza("image", "6.18.9+deb13-cloud-amd64", "6.18.9-1~bpo13+1")),
    ("trixie-backports", MIRROR, stanza("image", "6.18.15+deb13-cloud-amd64", "6.18.15-1~bpo13+1")),
    ("trixie-backports", MIRROR, stanza("image", "7.1.13+deb13-cloud-amd64", "7.1.13-1~bpo13+1", size=2000)),
    ("trixie-backports", MIRROR, stanza("binary", "7.1.13+deb13-cloud-amd64", "7.1.13-1~bpo13+1")),
    ("trixie-backports", MIRROR, stanza("binary", "7.3.4+deb13-cloud-amd64", "7.3.4-1~bpo13+1")),
    ("trixie-backports", MIRROR, stanza("modules", "7.3.4+deb13-cloud-amd64", "7.3.4-1~bpo13+1")),
    ("experimental", MIRROR, stanza("binary", "7.3-cloud-amd64", "7.3~rc7-1~exp1")),
    ("experimental", MIRROR, stanza("modules", "7.3-cloud-amd64", "7.3~rc7-1~exp1")),
]
FOREIGN = {
    "i386": [("bookworm", MIRROR, stanza("image", "6.1.0-50-686-pae", "6.1.176-1", of="i386"))],
    "ppc64el": [
        ("bookworm", MIRROR, stanza("image", "6.1.0-50-powerpc64le", "6.1.176-1", of="ppc64el")),
        ("sid", MIRROR, stanza("binary", "7.2.13+deb14-powerpc64le", "7.2.13-1", of="ppc64el")),
        ("sid", MIRROR, stanza("binary", "7.2.13+deb14-powerpc64le-64k", "7.2.13-1", of="ppc64el")),
    ],
    "arm64": [
        ("sid", MIRROR, stanza("binary", f"7.2.13+deb14-{flavour}", "7.2.13-1", of="arm64"))
        for flavour in ("arm64", "cloud-arm64", "arm64-16k", "rt-arm64", "arm64-dbg")
    ],
}


@pytest.fixture
def mirror(monkeypatch, own_cache):
    """A mirror that offers STANZAS and FOREIGN, and a machine with all emulators and compilers."""
    monkeypatch.setattr(apt, "update", lambda name: STANZAS if name == "amd64" else FOREIGN.get(name, []))
    monkeypatch.setattr(architecture.Architecture, "require_tools", lambda self: None)


@pytest.mark.parametrize(
    "name, package",
    [
        ("6.1", "linux-image-6.1.0-56-cloud-amd64"),
        ("6.1.176", "linux-image-6.1.0-50-cloud-amd64"),
        ("6.1-amd64", "linux-image-6.1.0-56-amd64"),
        ("6.1-rt", "linux-image-6.1.0-56-rt-amd64"),
        ("6.1-cloud", "linux-image-6.1.0-56-cloud-amd64"),
        ("6.18", "linux-image-6.18.15+deb13-cloud-amd64"),
        ("7.1", "linux-binary-7.1.13+deb13-cloud-amd64"),
        ("7.3", "linux-binary-7.3.4+deb13-cloud-amd64"),
        ("linux-image-7.3-cloud-amd64", "linux-binary-7.3-cloud-amd64"),
        ("linux-image-6.1.0-50-cloud-amd64", "linux-image-6.1.0-50-cloud-amd64"),
        ("linux-modules-7.3.4+deb13-cloud-amd64", "linux-binary-7.3.4+deb13-cloud-amd64"),
        ("6.1-i386", "linux-image-6.1.0-50-686-pae"),
        ("7.2-ppc64el", "linux-binary-7.2.13+deb14-powerpc64le"),
        ("7.2-ppc64el-64k", "linux-binary-7.2.13+deb14-powerpc64le-64k"),
        ("linux-image-6.1.0-50-powerpc64le", "linux-image-6.1.0-50-powerpc64le"),
        # The cloud flavour where there is one.
        ("7.2-arm64", "linux-binary-7.2.13+deb14-cloud-arm64"),
        ("7.2-arm64-generic", "linux-binary-7.2.13+deb14-arm64"),
        ("7.2-arm64-16k", "linux-binary-7.2.13+deb14-arm64-16k"),
    ],
)
def test_a_name_finds_the_newest(mirror, name, package):
    assert archive.find(name).package == package


@pytest.mark.parametrize(
    "name, label",
    [
        ("6.1", "6.1.192"),
        ("6.1-rt", "6.1.192-rt"),
        ("6.1-amd64", "6.1.192-amd64"),
        ("7.3", "7.3.4"),
        ("7.2-ppc64el", "7.2.13-ppc64el"),
        ("7.2-ppc64el-64k", "7.2.13-ppc64el-64k"),
        ("7.2-arm64-rt", "7.2.13-arm64-rt"),
    ],
)
def test_labels_are_names_too(mirror, name, label):
    offer = archive.find(name)
    assert offer.label == label
    assert archive.find(label) == offer


def test_each_shape_of_a_kernel_has_its_files(mirror):
    def files(name):
        return [file["url"].rsplit("/", 1)[-1] for file in archive.find(name).files]

    assert files("6.1") == ["linux-image-6.1.0-56-cloud-amd64_6.1.192-2_amd64.deb"]
    assert files("7.3") == [
        "linux-binary-7.3.4+deb13-cloud-amd64_7.3.4-1~bpo13+1_amd64.deb",
        "linux-modules-7.3.4+deb13-cloud-amd64_7.3.4-1~bpo13+1_amd64.deb",
    ]
    # The list has lost them; the pool has not.
    assert files("7.1") == [
        "linux-binary-7.1.13+deb13-cloud-amd64_7.1.13-1~bpo13+1_amd64.deb",
        "linux-modules-7.1.13+deb13-cloud-amd64_7.1.13-1~bpo13+1_amd64.deb",
    ]
    assert [archive.find(name).unlisted for name in ("6.1", "7.1", "7.3")] == [False, True, False]


def trouble(function, *arguments):
    """The one line and the exit status."""
    with pytest.raises(Trouble) as raised:
        function(*arguments)
    assert "\n" not in str(raised.value)
    return str(raised.value), raised.value.status


@pytest.mark.parametrize("name", ["5.99", "7.30", "7.3-rt", "linux-image-9.9-amd64", "7.3-s390x", "6.1-ppc64el-64k"])
def test_a_mirror_that_lacks_the_version(mirror, name):
    line, status = trouble(kernels.find, name)
    assert line == f"the mirror has no kernel '{name}'; --list-kernels shows those it has"
    assert status == UNAVAILABLE


@pytest.mark.parametrize(
    "name, begin",
    [
        ("seven", "'seven' is no kernel: give a version"),
        ("./vmlinuz-gone", "there is no ./vmlinuz-gone: --kernel takes a version, a package"),
        (str(TOP), f"{TOP} is no kernel build tree: it has neither Kconfig nor .config"),
        (str(TOP / "LICENSE"), f"{TOP / 'LICENSE'} is no kernel image of x86"),
    ],
)
def test_what_is_no_kernel(mirror, name, begin):
    line, status = trouble(kernels.find, name)
    assert line.startswith(begin)
    assert status == FAILED


def image_with(*marks):
    """An image with these bytes at these offsets."""
    image = bytearray(1 << 17)
    for offset, mark in marks:
        image[offset : offset + len(mark)] = mark
    return bytes(image)


FOREIGN_IMAGES = {
    "arm64": image_with((0x38, b"ARM\x64")),
    "riscv64": image_with((0x38, b"RSC\x05")),
    "armhf": image_with((0x24, b"\x18\x28\x6f\x01")),
    "s390x": image_with((0x10008, b"S390EP")),
    "ppc64el": image_with((0, b"\x7fELF\2\1"), (18, b"\x15\0")),
}


@pytest.mark.parametrize(
    "of, image",
    [
        *FOREIGN_IMAGES.items(),
        ("arm64", gzip.compress(FOREIGN_IMAGES["arm64"], mtime=0)),
        ("riscv64", image_with((0, b"MZ\0\0zimg"), (0x3C, b"\x40"), (0x40, b"PE\0\0\x64\x50"))),
    ],
)
def test_an_image_of_another_architecture(mirror, tmp_path, of, image):
    path = tmp_path / "Image"
    path.write_bytes(image)
    line, status = trouble(kernels.find, str(path))
    assert line == f"{path} is a kernel of {of}, and files must be of x86: '--kernel VERSION-{of}' boots Debian's"
    assert status == UNAVAILABLE
    assert of in architecture.ALL


@pytest.mark.parametrize("content", [b"", b"MZ\0\0zimg", b"\x1f\x8b", b"\x7fELF\2\1", gzip.compress(b"x", mtime=0)])
def test_an_image_that_is_cut_off(mirror, tmp_path, content):
    (tmp_path / "Image").write_bytes(content)
    line, status = trouble(kernels.find, str(tmp_path / "Image"))
    assert line == f"{tmp_path / 'Image'} is no kernel image of x86 (a vmlinuz or bzImage)"
    assert status == FAILED


@pytest.mark.parametrize("flags, of", [(b"\x01", "amd64"), (b"\0", "i386")])
def test_an_image_of_x86_says_of_how_many_bits_it_is(mirror, tmp_path, flags, of):
    path = fake_image(tmp_path / "vmlinuz")
    image = bytearray(path.read_bytes())
    image[0x206:0x208], image[0x236:0x237] = b"\x0f\x02", flags
    path.write_bytes(image)
    assert kernels.find(str(path)).architecture.name == of


def test_the_list_is_fetched_once_a_day(mirror, monkeypatch, own_cache):
    archive.find("7.3")
    monkeypatch.setattr(apt, "update", no_network)
    assert archive.find("7.3").label == "7.3.4"
    old = time.time() - 2 * archive.A_DAY
    os.utime(own_cache / "kernels-amd64.json", (old, old))
    # Too old, and no newer one to be had.
    assert archive.find("7.3").label == "7.3.4"


@pytest.mark.parametrize("name", ["7.3-mips64el", "7.2-ppc64el-16k", "7.3-arm64-lpae"])
def test_an_architecture_that_no_guest_has(mirror, name):
    line, status = trouble(kernels.find, name)
    assert line.startswith(f"no kernel '{name}': guests are amd64, i386, arm64, ")
    assert status == UNAVAILABLE


def test_what_an_architecture_needs_is_named_before_anything_is_fetched(own_cache, monkeypatch):
    monkeypatch.setattr(apt, "update", no_network)
    monkeypatch.setenv("PATH", "/nowhere")
    line, status = trouble(kernels.find, "7.2-ppc64el-64k")
    assert line == "there is no qemu-system-ppc64: install the package qemu-system-ppc"
    assert status == UNAVAILABLE
    monkeypatch.setattr(architecture.Architecture, "qemu", lambda self: "qemu")
    line, status = trouble(kernels.find, "7.2-ppc64el")
    assert line == "there is no powerpc64le-linux-gnu-g++: install the package g++-powerpc64le-linux-gnu"
    assert status == UNAVAILABLE
    assert not list(own_cache.glob("kernels*"))


@pytest.mark.parametrize(
    "words, missing",
    [
        (["7.2-ppc64el"], "qemu-system-ppc g++-powerpc64le-linux-gnu"),
        (["--kernel=7.3-arm64-16k", "7.2-armhf"], "qemu-system-arm g++-aarch64-linux-gnu g++-arm-linux-gnueabihf"),
        (["7.3", "7.3-rt", "--results", "for-ppc64el"], ""),
    ],
)
def test_set_up_names_what_a_guest_of_the_architecture_needs(tmp_path, words, missing):
    """On a machine that has nothing else, and so no means to install."""
    for command in ("sh", "dirname", "readlink", "uname", "tr", "ldd", "grep", "find"):
        (tmp_path / command).symlink_to(shutil.which(command))
    result = run(TOP / "scripts" / "set_up.sh", "--check", "guest", *words, env={"PATH": str(tmp_path)})
    assert result.returncode == 4
    named = result.stderr.partition("packages: ")[2].partition(" (")[0].split()
    assert [
        package for package in named if package != "qemu-system-x86" and package.startswith(("qemu", "g++-"))
    ] == missing.split()


def test_each_architecture_has_a_list_of_its_own(mirror, own_cache):
    assert [offer.label for offer in archive.listed() if offer.architecture == "i386"] == ["6.1.176-i386"]
    assert sorted(path.name for path in own_cache.glob("kernels-*.json")) == sorted(
        f"kernels-{name}.json" for name in architecture.ALL
    )


def test_a_userland_of_another_architecture_is_whole(web, own_cache, monkeypatch):
    """Its programs bring their libraries, of the packages and never this machine's own."""
    folder, url = web
    foreign = run("sh", "-c", "ls /usr/powerpc64le-linux-gnu/lib/libc.so.6").stdout.strip()
    if not foreign:
        pytest.skip("needs g++-powerpc64le-linux-gnu")
    content = pathlib.Path(foreign).read_bytes()
    deb = package(
        folder,
        "iproute2_1",
        {
            "bin/ip": content,
            "bin/busybox": b"static",
            "sbin/tc": content,
            "lib64/ld64.so.2": content,
        },
    )
    files = offer_of(url, deb).files
    monkeypatch.setattr(apt, "closure", lambda *words: files)
    commands = userland.of(architecture.ALL["ppc64el"])
    assert commands.command("ip") == own_cache / "userland" / "ppc64el" / "bin" / "ip"
    assert commands.libraries(commands.command("busybox")) == {}
    assert commands.libraries(commands.command("ip")) == {
        "/lib64/ld64.so.2": own_cache / "userland/ppc64el/lib64/ld64.so.2"
    }


def test_the_program_for_another_architecture_that_does_not_build(own_cache, monkeypatch, tmp_path):
    monkeypatch.setattr(program, "TOP", tmp_path)
    (tmp_path / "Makefile").write_text("all:\n\t@echo 'x.cc:1: error: no such thing' >&2; exit 1\n")
    line, status = trouble(program.of, architecture.ALL["s390x"])
    assert line == "msg_zerocopy does not build for s390x: x.cc:1: error: no such thing"
    assert status == FAILED


def no_network(*_):
    raise Trouble("no package lists", UNAVAILABLE)


def test_no_network_and_nothing_cached(monkeypatch, own_cache):
    monkeypatch.setattr(apt, "mirrors", lambda: [("http://127.0.0.1:9/debian", ["bookworm"])])
    line, status = trouble(kernels.find, "7.3")
    assert line.startswith("no package lists from http://127.0.0.1:9/debian: ")
    assert status == UNAVAILABLE


@pytest.fixture
def web(tmp_path):
    """A server for files of a folder: (the folder, its address)."""
    folder = tmp_path / "web"
    folder.mkdir()

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *words):
            super().__init__(*words, directory=str(folder))

        def log_message(self, *words):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield folder, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def package(folder, name, files):
    """A .deb with these files, {path: content}."""
    root = folder / f"{name}.root"
    for path, content in {
        "DEBIAN/control": f"Package: {name.split('_')[0]}\nVersion: 1\nArchitecture: all\n"
        "Maintainer: x\nDescription: x\n",
        **files,
    }.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, str):
            (root / path).write_text(content)
        else:
            (root / path).write_bytes(content)
    deb = folder / f"{name}.deb"
    result = run("dpkg-deb", "--root-owner-group", "-Zgzip", "--build", root, deb)
    assert result.returncode == 0, result.stderr
    shutil.rmtree(root)
    return deb


def offer_of(url, *debs):
    files = [
        {"url": f"{url}/{deb.name}", "size": deb.stat().st_size, "sha256": hashlib.sha256(deb.read_bytes()).hexdigest()}
        for deb in debs
    ]
    return archive.Offer("9.9.9-cloud-amd64", "9.9.9-1", "linux-image-9.9.9-cloud-amd64", "sid", files)


REL = "9.9.9-cloud-amd64"


@pytest.mark.parametrize(
    "shape",
    [
        [
            {
                f"boot/vmlinuz-{REL}": None,
                f"lib/modules/{REL}/kernel/net/README": "",
                f"lib/modules/{REL}/modules.order": "",
            }
        ],
        [{f"boot/vmlinuz-{REL}": None, f"usr/lib/modules/{REL}/modules.order": ""}],
        [{f"boot/vmlinuz-{REL}": None}, {f"usr/lib/modules/{REL}/kernel/x": ""}],
        [{f"usr/lib/modules/{REL}/vmlinuz": None}, {f"usr/lib/modules/{REL}/kernel/x": ""}],
    ],
    ids=["6.1", "6.12", "7.0", "7.3"],
)
def test_each_shape_is_unpacked(web, own_cache, shape, tmp_path):
    folder, url = web
    image = fake_image(tmp_path / "image", REL).read_bytes()
    debs = [
        package(
            folder, f"linux-part{number}_1", {path: image if text is None else text for path, text in files.items()}
        )
        for number, files in enumerate(shape)
    ]
    made = archive.fetch(offer_of(url, *debs))
    assert (made / "vmlinuz").read_bytes() == image
    assert (made / "lib/modules" / REL / "modules.dep").exists()
    assert sorted(path.name for path in made.iterdir()) == ["lib", "vmlinuz"]
    # Again, and the server is not asked.
    shutil.rmtree(folder)
    assert archive.fetch(offer_of(url)) == made


def test_a_corrupt_download(web, own_cache, tmp_path):
    folder, url = web
    deb = package(folder, "linux-part_1", {"boot/vmlinuz-9": b"x"})
    offer = offer_of(url, deb)
    deb.write_bytes(deb.read_bytes()[:-1] + b"?")
    line, status = trouble(archive.fetch, offer)
    assert line == f"{url}/{deb.name} is corrupt: its digest is not that of the signed package list; try again"
    assert status == FAILED
    assert nothing_half_done(own_cache)


def test_a_package_that_is_none(web, own_cache):
    folder, url = web
    deb = folder / "linux-part_1.deb"
    deb.write_text("moved\n")
    line, status = trouble(archive.fetch, offer_of(url, deb))
    assert line.startswith(f"{url}/{deb.name} cannot be unpacked: ")
    assert status == FAILED
    assert nothing_half_done(own_cache)


def test_a_package_without_a_kernel(web, own_cache):
    folder, url = web
    line, _ = trouble(archive.fetch, offer_of(url, package(folder, "linux-part_1", {"boot/other": "x"})))
    assert line == "linux-image-9.9.9-cloud-amd64 9.9.9-1 has no vmlinuz where Debian keeps it"
    assert nothing_half_done(own_cache)


def test_a_file_that_the_mirror_has_lost(web, own_cache):
    folder, url = web
    deb = package(folder, "linux-part_1", {"boot/vmlinuz-9": b"x"})
    offer = offer_of(url, deb)
    deb.unlink()
    line, status = trouble(archive.fetch, offer)
    assert line == f"the mirror lists {url}/{deb.name} and does not have it"
    assert status == UNAVAILABLE
    assert nothing_half_done(own_cache)


def test_the_newest_that_the_mirror_has_is_taken(web, own_cache, monkeypatch, tmp_path, capfd):
    folder, url = web
    image = fake_image(tmp_path / "image", REL).read_bytes()
    had = offer_of(url, package(folder, "linux-part_1", {f"boot/vmlinuz-{REL}": image, f"lib/modules/{REL}/x": ""}))
    lost = dataclasses.replace(
        had, version="9.9.9-2", files=[{"url": f"{url}/lost.deb", "size": 9, "sha256": "0" * 64}]
    )
    monkeypatch.setattr(archive, "_known", lambda of, refresh=False: [had, lost])
    assert archive.find("9.9") == lost
    assert archive.fetch_newest("9.9") == (had, archive.folder_of(had))
    assert (
        f"the mirror lists {url}/lost.deb and does not have it; taking {had.package} 9.9.9-1" in capfd.readouterr().err
    )
    monkeypatch.setattr(archive, "_known", lambda of, refresh=False: [lost])
    line, status = trouble(archive.fetch_newest, "9.9")
    assert line == f"the mirror lists {url}/lost.deb and does not have it"
    assert status == UNAVAILABLE


def nothing_half_done(folder):
    return not list((folder / "kernels").iterdir())


def test_no_disk_space(own_cache, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: types.SimpleNamespace(free=1 << 20))
    line, status = trouble(archive.fetch, offer_of("http://127.0.0.1:9"))
    assert line.startswith(f"no disk space: {own_cache} has 1 MiB left and needs 400 ")
    assert status == FAILED


@needs_root
def test_a_disk_that_fills_up(tmp_path):
    """Where the file system has less than it says: one line all the same."""
    deb = package(tmp_path, "linux-part_1", {"boot/vmlinuz-9": b"x" * (8 << 20)})
    small = tmp_path / "small"
    small.mkdir()
    script = f"""
import pathlib, shutil, sys
sys.path.insert(0, "{TOP}")
from guest import apt, archive, cache
from guest.trouble import Trouble
really = cache.require_space
cache.require_space = lambda mebibytes: really(min(mebibytes, 1))
apt.download = lambda url, target, size, sha256: shutil.copy("{deb}", target)
files = [{{"url": "http://nowhere/linux-part_1.deb", "size": 1, "sha256": ""}}]
try:
    archive.fetch(archive.Offer("9.9.9-cloud-amd64", "9.9.9-1", "linux-image-9.9.9-cloud-amd64", "sid", files))
except Trouble as trouble:
    print(trouble)
"""
    result = run(
        *["unshare", "--mount", "--propagation", "private", "sh", "-c"],
        f'mount -t tmpfs -o size=2m none {small} && exec "$0" -c "$1"',
        *[sys.executable, script],
        env={**os.environ, "MSG_ZEROCOPY_CACHE": str(small)},
    )
    assert len(result.stdout.splitlines()) == 1, result.stderr
    assert result.stdout.startswith(f"no disk space: {small} has 0 MiB left and needs 1 ")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_cache_that_cannot_be_written(monkeypatch):
    monkeypatch.setenv("MSG_ZEROCOPY_CACHE", "/proc/nowhere")
    line, _ = trouble(cache.folder)
    assert line.startswith("cannot write to the cache /proc/nowhere: ")


def test_the_systems_lists_are_not_touched(own_cache, monkeypatch):
    """apt's own state is the same before and after."""
    monkeypatch.setattr(apt, "mirrors", lambda: [("http://127.0.0.1:9/debian", ["bookworm"])])

    def state():
        return {
            path: path.stat().st_mtime_ns for path in map(cache.pathlib.Path, ("/var/lib/apt/lists", "/var/cache/apt"))
        }

    before = state()
    trouble(apt.update, "amd64")
    assert state() == before


def test_kernels_are_listed(mirror, capsys, monkeypatch):
    monkeypatch.setattr("sys.argv", ["run_tests.sh", "--list-kernels"])
    assert command_line.main() == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 17
    assert lines[0].split() == ["6.1.176", "6.1.176-1", "bookworm", "linux-image-6.1.0-50-cloud-amd64"]
    assert lines[8].split()[0] == "7.3.4"
    assert lines[-1].split()[0] == "7.2.13-ppc64el-64k"
