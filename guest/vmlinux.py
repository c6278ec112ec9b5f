# SPDX-License-Identifier: GPL-2.0
"""
The bzImage of x86: its release, and the ELF image it carries. Booting that by PVH
saves an emulated machine the decompression. Layout: Documentation/arch/x86/boot.rst.
Images of other architectures are known as such.
"""

import gzip
import lzma
import struct
import subprocess
import zlib

from guest.trouble import UNAVAILABLE, Trouble

# The kind of compression, by its first bytes.
DECOMPRESSORS = {
    b"\x1f\x8b": gzip.decompress,
    b"\xfd7zXZ": lambda data: lzma.LZMADecompressor().decompress(data),
    b"\x5d\0\0": lambda data: lzma.LZMADecompressor(lzma.FORMAT_ALONE).decompress(data),
    b"\x28\xb5\x2f\xfd": lambda data: _by_command(["zstd", "-dqc"], data),
    b"\x02\x21\x4c\x18": lambda data: _by_command(["lz4", "-dqc"], data),
}
# (offset, what stands there, Debian's name of the architecture): Documentation/arch/arm64/booting.rst,
# Documentation/arch/riscv/boot-image-header.rst, arch/arm/boot/compressed/head.S, arch/s390/boot/head.S.
S390X_MARK = 0x10008
MARKS = (
    (0x38, b"ARM\x64", "arm64"),
    (0x38, b"RSC\x05", "riscv64"),
    (0x24, b"\x18\x28\x6f\x01", "armhf"),
    (S390X_MARK, b"S390EP", "s390x"),
)
# e_machine of a vmlinux, and the machine of an EFI image that decompresses itself.
ELF_MACHINES = {b"\x15\0": "ppc64el", b"\xb7\0": "arm64", b"\xf3\0": "riscv64"}
PE_MACHINES = {b"\x64\xaa": "arm64", b"\x64\x50": "riscv64"}
# XEN_ELFNOTE_PHYS32_ENTRY, its value eight or four bytes wide.
PVH_NOTES = (b"\4\0\0\0\x08\0\0\0\x12\0\0\0Xen\0", b"\4\0\0\0\4\0\0\0\x12\0\0\0Xen\0")


def _by_command(command, data):
    return subprocess.run(command, input=data, stdout=subprocess.PIPE, check=True).stdout


def is_bzimage(data):
    return data[0x202:0x206] == b"HdrS"


def is_32_bit(data):
    """Is a bzImage a kernel of i386? XLF_KERNEL_64 is not set in its xloadflags, which are there since Linux 3.8."""
    protocol, flags = struct.unpack_from("<H", data, 0x206)[0], struct.unpack_from("<H", data, 0x236)[0]
    return protocol >= 0x20C and not flags & 1


def foreign_architecture(data):
    """Debian's name of the architecture of an image that is none of x86; None where it is no kernel that is known."""
    if data.startswith(b"\x1f\x8b"):  # Image.gz
        try:
            data = zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(data, 2 * S390X_MARK)
        except zlib.error:
            return None
    if data.startswith(b"\x7fELF\2\1"):
        return ELF_MACHINES.get(data[18:20])
    if data.startswith(b"MZ") and data[4:8] == b"zimg":
        header = int.from_bytes(data[0x3C:0x40], "little")
        return PE_MACHINES.get(data[header + 4 : header + 6])
    return next((name for offset, mark, name in MARKS if data[offset : offset + len(mark)] == mark), None)


def release(data, path):
    """What uname -r will say. Raises Trouble where this is no bzImage."""
    if not is_bzimage(data) and (name := foreign_architecture(data)):
        raise Trouble(
            f"{path} is a kernel of {name}, and files must be of x86: '--kernel VERSION-{name}' boots Debian's",
            UNAVAILABLE,
        )
    if not is_bzimage(data):
        raise Trouble(f"{path} is no kernel image of x86 (a vmlinuz or bzImage)")
    try:
        at = struct.unpack_from("<H", data, 0x20E)[0] + 0x200
        text = data[at : data.index(b"\0", at)].decode("ascii")
    except (struct.error, ValueError):
        raise Trouble(f"{path} is a kernel image that is cut off or damaged: it does not say its release") from None
    return text.split(" ")[0]


def extract(data):
    """The ELF image with a PVH entry within a bzImage; None where there is none."""
    if not is_bzimage(data) or len(data) < 0x250:
        return None
    setup_sectors = data[0x1F1] or 4
    offset, length = struct.unpack_from("<II", data, 0x248)
    start = (setup_sectors + 1) * 512 + offset
    payload = data[start : start + length]
    for magic, decompress in DECOMPRESSORS.items():
        if payload.startswith(magic):
            try:
                # The last four bytes are the length of what is within.
                image = decompress(payload if magic == b"\xfd7zXZ" else payload[:-4])
            except (OSError, EOFError, lzma.LZMAError, subprocess.CalledProcessError):
                return None
            return image if any(note in image for note in PVH_NOTES) else None
    return None
