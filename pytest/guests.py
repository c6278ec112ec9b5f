# SPDX-License-Identifier: GPL-2.0
"""What tests of kernels and guests share. `pytest --guests` boots kernels; without it no test does."""

import contextlib
import fcntl
import os
import pathlib
import struct

import pytest

from conftest import TOP, run
from guest import kernels, matrix, modules


# `make check` installs nothing for guests; `make guests` does.
needs_guest_tools = pytest.mark.skipif(
    run(
        *["sh", "-c", "PATH=$PATH:/usr/sbin:/sbin; busybox true && ! ldd $(command -v busybox) && ip -V && depmod -V"]
    ).returncode
    != 0,
    reason="needs busybox-static, iproute2 and kmod ('scripts/set_up.sh guest')",
)
AT_ONCE = 2
FAKE_RELEASE = "9.9.9-fake"


@contextlib.contextmanager
def slot():
    """One of the places for a guest; the workers of pytest-xdist share them."""
    folder = TOP / "build" / "guest_slots"
    folder.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as stack:
        files = [stack.enter_context(open(folder / str(number), "w", encoding="ascii")) for number in range(AT_ONCE)]
        for file in files[1:]:
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
        else:
            fcntl.flock(files[0], fcntl.LOCK_EX)
        yield


def wanted(config):
    """The kernels that --guests names."""
    names = config.getoption("--guests")
    if names is None:
        return []
    return names.split(",") if names else [name for name in matrix.DEFAULT if name != kernels.RUNNING]


def fake_image(path, release=FAKE_RELEASE):
    """A file that says it is a bzImage of this release; see vmlinux.release()."""
    image = bytearray(4096)
    image[0x202:0x206] = b"HdrS"
    struct.pack_into("<H", image, 0x20E, 0x400)
    name = f"{release} (someone@somewhere)".encode()
    image[0x600 : 0x600 + len(name)] = name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(image)
    return path


@pytest.fixture
def fake_kernel(tmp_path):
    """A kernel for the guests of fake_qemu.py."""
    image = fake_image(tmp_path / "vmlinuz")
    return kernels.Kernel(FAKE_RELEASE, FAKE_RELEASE, image, modules.Modules.none())


@pytest.fixture
def fake_qemu(tmp_path, monkeypatch):
    """A function that decides the fate of the guests to come."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "qemu-system-x86_64").symlink_to(pathlib.Path(__file__).with_name("fake_qemu.py"))
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return lambda fate: monkeypatch.setenv("FAKE_GUEST", fate)


@pytest.fixture
def own_cache(tmp_path, monkeypatch):
    """A cache with nothing in it."""
    monkeypatch.setenv("MSG_ZEROCOPY_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"
