# SPDX-License-Identifier: GPL-2.0
"""
Something that a machine does to what is sent, in the namespace of the caller, while a
command runs.

usage: circumstance.py KIND COMMAND...
KIND: packet-socket[:DEVICE], sock_ops, sk_msg, xdp:DEVICE, nfqueue, conntrack or sysctl:NAME=VALUE
"""

import ctypes
import os
import pathlib
import platform
import socket
import struct
import subprocess
import sys

SYS_BPF = {"x86_64": 321, "aarch64": 280}[platform.machine()]
# linux/bpf.h: commands, types of programs and maps, places to attach to.
MAP_CREATE, PROG_LOAD, PROG_ATTACH, LINK_CREATE = 0, 5, 8, 28
TYPE_XDP, TYPE_SOCK_OPS, TYPE_SK_MSG = 6, 13, 16
MAP_SOCKMAP = 15
AT_SOCK_OPS, AT_SK_MSG, AT_XDP = 3, 7, 37
# linux/netfilter/nfnetlink*.h
NETLINK_NETFILTER = 12
CTNETLINK, QUEUE = 1, 3
ETH_P_ALL = 3


def bpf(command, attributes):
    """A descriptor, or 0."""
    libc = ctypes.CDLL(None, use_errno=True)
    buffer = ctypes.create_string_buffer(attributes, 128)
    result = libc.syscall(SYS_BPF, command, buffer, len(buffer))
    if result < 0:
        raise OSError(ctypes.get_errno(), f"bpf({command}): {os.strerror(ctypes.get_errno())}")
    return result


def program(kind, name):
    """One that returns 1 (passes an sk_msg on) or, of XDP, 2 (XDP_PASS)."""
    code = ctypes.create_string_buffer(
        struct.pack("<BBhi", 0xB7, 0, 0, 2 if kind == TYPE_XDP else 1) + struct.pack("<BBhi", 0x95, 0, 0, 0)
    )
    licence = ctypes.create_string_buffer(b"GPL")
    # prog_type, insn_cnt, insns, license, log_level, log_size, log_buf, kern_version, flags, name
    words = struct.pack(
        "<IIQQIIQII16s", kind, 2, ctypes.addressof(code), ctypes.addressof(licence), 0, 0, 0, 0, 0, name
    )
    return bpf(PROG_LOAD, words)


def cgroup_of_our_own():
    """The folder of one that this process is in. The caller removes it."""
    mounts = pathlib.Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines()
    top = next(pathlib.Path(line.split()[1]) for line in mounts if line.split()[2] == "cgroup2")
    folder = top / f"msg_zerocopy_test_{os.getpid()}"
    folder.mkdir()
    (folder / "cgroup.procs").write_text("0", encoding="ascii")
    return folder


def netfilter(kind, body):
    """One request to netfilter, acknowledged. Returns the socket, which keeps a queue bound."""
    netlink = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER)
    # NLM_F_REQUEST, NLM_F_ACK, NLM_F_CREATE
    netlink.send(struct.pack("=IHHII", 16 + len(body), kind, 0x405, 1, 0) + body)
    error = struct.unpack_from("=i", netlink.recv(4096), 16)[0]
    if error:
        raise OSError(-error, os.strerror(-error))
    return netlink


def attribute(kind, payload):
    return struct.pack("=HH", 4 + len(payload), kind) + payload + bytes(-len(payload) % 4)


def connection():
    """nfgenmsg, and the attributes of a UDP connection that conntrack is told of."""
    nested = 0x8000

    def flow(source, target, source_port, target_port):
        addresses = attribute(1, socket.inet_aton(source)) + attribute(2, socket.inet_aton(target))
        protocol = attribute(1, bytes([socket.IPPROTO_UDP])) + attribute(2, struct.pack("!H", source_port))
        protocol += attribute(3, struct.pack("!H", target_port))
        return attribute(nested | 1, addresses) + attribute(nested | 2, protocol)

    there = attribute(nested | 1, flow("192.0.2.1", "192.0.2.2", 1, 2))
    back = attribute(nested | 2, flow("192.0.2.2", "192.0.2.1", 2, 1))
    return struct.pack("!BBH", socket.AF_INET, 0, 0) + there + back + attribute(7, struct.pack("!I", 600))


def begin(kind, argument):
    """Returns what must stay for as long as it is to last."""
    match kind:
        case "packet-socket":
            packets = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
            if argument:
                packets.bind((argument, 0))
            return packets
        case "sock_ops":
            folder = cgroup_of_our_own()
            target = os.open(folder, os.O_RDONLY)
            bpf(PROG_ATTACH, struct.pack("<IIII", target, program(TYPE_SOCK_OPS, b"zc_sock_ops"), AT_SOCK_OPS, 0))
            return folder
        case "sk_msg":
            sockmap = bpf(MAP_CREATE, struct.pack("<IIIII", MAP_SOCKMAP, 4, 4, 1, 0))
            bpf(PROG_ATTACH, struct.pack("<IIII", sockmap, program(TYPE_SK_MSG, b"zc_sk_msg"), AT_SK_MSG, 0))
            return sockmap
        case "xdp":
            # By a link, in generic mode, which any device has.
            index = socket.if_nametoindex(argument)
            return bpf(LINK_CREATE, struct.pack("<IIII", program(TYPE_XDP, b"zc_xdp"), index, AT_XDP, 2))
        case "nfqueue":
            # NFQA_CFG_CMD: NFQNL_CFG_CMD_BIND
            return netfilter(
                QUEUE << 8 | 2, struct.pack("!BBH", 0, 0, 5) + attribute(1, struct.pack("!BBH", 1, 0, socket.AF_INET))
            )
        case "conntrack":
            return netfilter(CTNETLINK << 8, connection())
        case "sysctl":
            name, _, value = argument.partition("=")
            pathlib.Path("/proc/sys", name.replace(".", "/")).write_text(value, encoding="ascii")
            return None
    raise ValueError(f"no circumstance is called {kind}")


def main():
    kind, _, argument = sys.argv[1].partition(":")
    kept = begin(kind, argument)
    status = subprocess.run(sys.argv[2:], check=False).returncode
    if isinstance(kept, pathlib.Path):
        (kept.parent / "cgroup.procs").write_text("0", encoding="ascii")
        kept.rmdir()
    return status


if __name__ == "__main__":
    sys.exit(main())
