# SPDX-License-Identifier: GPL-2.0
"""What a guest is made of: its image, modules, file system, and what its console says."""

import gzip
import lzma
import struct
import subprocess

import pytest

from conftest import TOP, run
from guests import fake_image, needs_guest_tools
from guest import architecture, build_tree, catalogue, kernels, modules, splats, userland, vmlinux
from guest import __main__ as command_line
from guest.cpio import Archive
from guest.trouble import Trouble

pytestmark = needs_guest_tools
ELF = b"\x7fELF" + vmlinux.PVH_NOTES[0] + b"code" * 1000


def bzimage(payload, release="9.9.9-fake"):
    """A bzImage as arch/x86/boot lays it out: a header, setup code, and what is compressed."""
    image = bytearray(5 * 512)
    image[0x1F1] = 4
    image[0x202:0x206] = b"HdrS"
    struct.pack_into("<H", image, 0x20E, 0x400)
    struct.pack_into("<II", image, 0x248, 16, len(payload))
    name = f"{release} (x) #1".encode()
    image[0x600 : 0x600 + len(name)] = name
    return bytes(image) + b"decompressor 16B" + payload + b"behind it"


def by_command(*words):
    def compress(data):
        result = subprocess.run(words, input=data, stdout=subprocess.PIPE, check=False)
        if result.returncode:
            pytest.skip(f"needs {words[0]}")
        return result.stdout

    return compress


@pytest.mark.parametrize(
    "compress",
    [
        gzip.compress,
        lambda data: lzma.compress(data, check=lzma.CHECK_CRC32),
        lambda data: lzma.compress(data, format=lzma.FORMAT_ALONE),
        by_command("zstd", "-qc"),
        by_command("lz4", "-lqc"),
    ],
    ids=["gzip", "xz", "lzma", "zstd", "lz4"],
)
def test_the_image_within(compress):
    payload = compress(ELF) + struct.pack("<I", len(ELF))
    assert vmlinux.extract(bzimage(payload)) == ELF


@pytest.mark.parametrize(
    "payload",
    [
        b"no compression that is known",
        gzip.compress(b"an image without a PVH entry") + b"\0\0\0\0",
        gzip.compress(ELF)[:-100] + b"\0\0\0\0",
        b"",
    ],
    ids=["no compression", "no PVH entry", "cut off", "empty"],
)
def test_an_image_that_must_be_booted_as_it_is(payload):
    assert vmlinux.extract(bzimage(payload)) is None


def test_the_release_of_an_image(tmp_path):
    assert vmlinux.release(bzimage(b""), "x") == "9.9.9-fake"
    assert vmlinux.release(fake_image(tmp_path / "x").read_bytes(), "x") == "9.9.9-fake"


DEPENDENCIES = """\
kernel/net/vsock.ko.xz:
kernel/net/vsock_loopback.ko.xz: kernel/net/virtio_common.ko.xz kernel/net/vsock.ko.xz
kernel/net/virtio_common.ko.xz: kernel/net/vsock.ko.xz
kernel/drivers/virtio-console.ko:
"""


def test_each_module_comes_behind_what_it_needs(tmp_path):
    found = modules.Modules(tmp_path, DEPENDENCIES)
    names = [name for name, _ in found.in_order(["virtio_console", "vsock_loopback", "vsock", "absent"])]
    assert names == ["virtio_console", "vsock", "virtio_common", "vsock_loopback"]
    files = dict(found.in_order(["vsock"]))
    assert files == {"vsock": tmp_path / "kernel/net/vsock.ko.xz"}


def test_modules_come_behind_what_they_look_up_by_name(tmp_path):
    lines = ["lib/libcrc32c.ko:", "net/act_csum.ko: lib/libcrc32c.ko", "crypto/crc32c-x.ko:", "crypto/crc32c_y.ko:"]
    lines += ["softdep libcrc32c pre: crc32c post: act_csum", "softdep crc32c_y pre: libcrc32c absent"]
    lines += ["alias crc32c crc32c_x", "alias crc32c crc32c_y"]
    found = modules.Modules(tmp_path, "\n".join(lines))
    assert [name for name, _ in found.in_order(["act_csum"])] == ["crc32c_x", "crc32c_y", "libcrc32c", "act_csum"]


def test_guests_load_the_modules_that_the_program_names():
    names = modules.of_the_suite()
    assert len(names) == len(set(names))
    # Of a wire, of a need, and of neither.
    assert {"veth", "netkit", "vhost_vsock", "tls", "sch_tbf"} <= set(names)


def test_guests_leave_out_what_their_emulator_gets_wrong():
    known = modules.of_the_suite()
    assert {one.name: one.without for one in architecture.ALL.values() if one.without} == {"s390x": ("rds", "rds_tcp")}
    assert set(architecture.ALL["s390x"].without) <= set(known)


def test_config_has_the_options_that_wires_and_needs_name():
    named = {option for parts in catalogue.kernel_parts() for option in parts["options"]}
    assert {"CONFIG_VETH", "CONFIG_INET6_ESP"} <= named
    assert named - build_tree.options(TOP / "config").keys() == set()


@pytest.mark.parametrize(
    "suffix, compress",
    [("", bytes), (".xz", lzma.compress), (".gz", gzip.compress), (".zst", by_command("zstd", "-qc"))],
)
def test_modules_are_read_uncompressed(tmp_path, suffix, compress):
    path = tmp_path / f"x.ko{suffix}"
    path.write_bytes(compress(b"module"))
    assert modules.read(path) == b"module"


def test_the_archive_is_one_that_busybox_reads(tmp_path):
    archive = Archive()
    archive.file("a/deep/file", b"content", 0o644)
    archive.file("script", b"#!/bin/sh\n")
    archive.link("a/link", "deep/file")
    archive.folder("empty")
    result = subprocess.run(
        ["busybox", "cpio", "-id"], input=archive.close(), cwd=tmp_path, stderr=subprocess.PIPE, check=False
    )
    assert result.returncode == 0, result.stderr
    assert (tmp_path / "a/link").read_text() == "content"
    assert (tmp_path / "script").stat().st_mode & 0o777 == 0o755
    assert (tmp_path / "empty").is_dir()


def test_a_dynamic_program_brings_its_libraries():
    assert any("libc.so" in path for path in userland.libraries_of("/bin/ls"))
    assert userland.libraries_of(TOP / "build" / "msg_zerocopy") == []


CONSOLE = b"""\
[    1.000000] Linux version 9.9.9\r
[    2.000000] ------------[ cut here ]------------\r
[    2.000000] WARNING: CPU: 0 PID: 1 at net/core/skbuff.c:5\r
[    2.000000] Call Trace:\r
[    2.000000] ---[ end trace 0000000000000000 ]---\r
[    3.000000] all is well\r
[    4.000000][  T12] BUG: KASAN: slab-use-after-free in skb_release\r
[    4.000000][  T12] Read of size 8\r
[    5.000000] watchdog: BUG: soft lockup - CPU#0 stuck for 26s!\r
[    6.000000] rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:\r
"""


def test_faults_are_found_in_a_console_log():
    faults, excused = splats.find(CONSOLE)
    assert [fault.splitlines()[0] for fault in faults] == [
        "WARNING: CPU: 0 PID: 1 at net/core/skbuff.c:5",
        "BUG: KASAN: slab-use-after-free in skb_release",
    ]
    assert faults[0].splitlines()[-1] == "---[ end trace 0000000000000000 ]---"
    # A host that is busy makes a guest say so.
    assert [fault.split(":")[0] for fault in excused] == ["watchdog", "rcu"]
    assert splats.find(b"[    1.0] WARNINGS: none\n") == ([], [])


def test_every_fault_that_the_program_knows_is_found():
    for beginning in splats.FIRST:
        faults, excused = splats.find(b"[    1.0] " + beginning.encode() + b"there\n[    1.0] more\n")
        found = beginning + "there" + ("" if beginning in splats.LINE else "\nmore")
        assert (faults, excused) == (([], [found]) if beginning in splats.EXCUSED else ([found], []))
    known = splats.LIST.read_text(encoding="utf-8")
    assert len(splats.FIRST + splats.END) == known.count('("') >= 25


def test_a_report_without_end_is_cut():
    faults, _ = splats.find(b"[ 1.0] Oops: 0\n" + b"[ 1.0] line\n" * 500)
    assert len(faults[0].splitlines()) == splats.MOST_LINES


@pytest.fixture
def tree(tmp_path):
    """A kernel build tree, as far as it is looked at."""
    folder = tmp_path / "linux"
    folder.mkdir()
    (folder / "Kconfig").touch()
    return folder


def test_a_tree_that_is_not_built(tree):
    with pytest.raises(Trouble, match="has no arch/x86/boot/bzImage: build it"):
        kernels.find(str(tree))


def test_a_tree_that_is_built(tree):
    fake_image(tree / "arch/x86/boot/bzImage")
    found = kernels.find(str(tree))
    assert (found.release, found.package) == ("9.9.9-fake", "")
    assert found.image == tree / "arch/x86/boot/bzImage"


def test_the_modules_of_a_tree_need_no_installation(tree):
    # An ELF file that depmod reads, with no dependencies.
    (tree / "net").mkdir()
    result = run("sh", "-c", f": | gcc -x c -c -o {tree}/net/vsock.ko -")
    assert result.returncode == 0, result.stderr
    (tree / "modules.order").write_text("net/vsock.o\nnet/gone.o\n")
    found = modules.Modules.built(tree, "9.9.9-fake")
    assert found.in_order(["vsock", "gone"]) == [("vsock", (tree / "net/vsock.ko"))]
    assert sorted(path.name for path in tree.iterdir()) == ["Kconfig", "modules.order", "net"]


def check_config(tree, monkeypatch, capsys):
    """The options it names, and the exit status."""
    monkeypatch.setattr("sys.argv", ["run_tests.sh", "--check-config", "--kernel", str(tree)])
    status = command_line.main()
    return capsys.readouterr().out.split(), status


def test_missing_options_are_named(tree, monkeypatch, capsys):
    ours = (TOP / "config").read_text()
    (tree / ".config").write_text(ours)
    assert check_config(tree, monkeypatch, capsys) == ([], 0)
    # A module is as good; what is not set is not.
    (tree / ".config").write_text(
        ours.replace("CONFIG_VETH=y", "CONFIG_VETH=m").replace("CONFIG_TUN=y", "# CONFIG_TUN is not set")
    )
    assert check_config(tree, monkeypatch, capsys) == (["CONFIG_TUN=y"], 1)


def test_a_tree_without_config(tree, monkeypatch, capsys):
    with pytest.raises(Trouble, match="has no .config: configure the kernel first"):
        check_config(tree, monkeypatch, capsys)


@pytest.mark.parametrize(
    "words, line",
    [
        (["--check-config"], "--check-config takes --kernel PATH/TO/linux"),
        (["--kernel"], "argument --kernel: expected one argument; see --help"),
        (["--kernel", "7.3", "--matrix"], "--matrix takes the kernels behind it: --matrix 7.3"),
    ],
)
def test_bad_words(words, line):
    with pytest.raises(Trouble) as raised:
        command_line.parse(words)
    assert str(raised.value) == line
