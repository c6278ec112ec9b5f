# SPDX-License-Identifier: GPL-2.0
"""
The bzImage of x86: its release, and the ELF image it carries. Booting that by PVH
saves an emulated machine the decompression. Layout: Documentation/arch/x86/boot.rst.
"""

import gzip
import lzma
import struct
import subprocess

from guest.trouble import Trouble

# The kind of compression, by its first bytes.
DECOMPRESSORS = {
    b"\x1f\x8b": gzip.decompress,
    b"\xfd7zXZ": lambda data: lzma.LZMADecompressor().decompress(data),
    b"\x5d\0\0": lambda data: lzma.LZMADecompressor(lzma.FORMAT_ALONE).decompress(data),
    b"\x28\xb5\x2f\xfd": lambda data: _by_command(["zstd", "-dqc"], data),
    b"\x02\x21\x4c\x18": lambda data: _by_command(["lz4", "-dqc"], data),
}
# XEN_ELFNOTE_PHYS32_ENTRY, its value eight or four bytes wide.
PVH_NOTES = (b"\4\0\0\0\x08\0\0\0\x12\0\0\0Xen\0", b"\4\0\0\0\4\0\0\0\x12\0\0\0Xen\0")


def _by_command(command, data):
    return subprocess.run(command, input=data, stdout=subprocess.PIPE, check=True).stdout


def is_bzimage(data):
    return data[0x202:0x206] == b"HdrS"


def release(data, path):
    """What uname -r will say. Raises Trouble where this is no bzImage."""
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
