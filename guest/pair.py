# SPDX-License-Identifier: GPL-2.0
"""
usage: run_tests.sh --pair KERNEL KERNEL [--stack NAME] [--results FOLDER] [OPTION of msg_zerocopy]...

Two machines, the document's pair of hosts: guests of two kernels, the first of which is judged while the second has the
agent (docs/remote.md). Their devices are tap devices with virtio's headers, which keep scatter-gather, checksum and
segmentation offload, at a bridge in a network namespace without a name.
"""

import ctypes
import dataclasses
import os
import pathlib
import subprocess
import sys
import threading

from guest import boot, child, initramfs, judge, kernels, program, splats
from guest.results import of_kernel
from guest.trouble import FAILED, UNAVAILABLE, Trouble, say

CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
PORT = 7000
ENDS = ("controller", "agent")
# Of the guests' own devices where a stack lies between; else those of the data.
LOWER = ("198.51.100.1", "198.51.100.2")
UPPER_V4 = ("192.0.2.1", "192.0.2.2")
UPPER_V6 = ("2001:db8::1", "2001:db8::2")
# {name: how ip makes zc0 on eth0, which has the lower addresses}, and what lies on no device of its own
STACKS = {
    "vxlan": "link add name zc0 type vxlan id 42 dstport 4789 local {own} remote {peer} dev eth0",
    "geneve": "link add name zc0 type geneve id 42 remote {peer}",
    "gre": "link add name zc0 type gre local {own} remote {peer}",
    "vlan": "link add link eth0 name zc0 type vlan id 100",
    "esp": "",
    "no-tso": "",
    "no-checksum": "",
}
# What the controller's device then leaves to its guest; without checksums virtio has no scatter-gather, too.
SWITCHED = {"no-tso": ",host_tso4=off,host_tso6=off", "no-checksum": ",csum=off"}
# Of both families, for `ip -batch`: all between these addresses is encrypted.
ESP = """\
xfrm state add src {own} dst {peer} proto esp spi 0x100 mode transport {key}
xfrm state add src {peer} dst {own} proto esp spi 0x100 mode transport {key}
xfrm policy add src {own} dst {peer} dir out tmpl src {own} dst {peer} proto esp mode transport
xfrm policy add src {peer} dst {own} dir in tmpl src {peer} dst {own} proto esp mode transport"""
KEY = "aead rfc4106(gcm(aes)) 0x000102030405060708090a0b0c0d0e0f10111213 128"
MODULES = ["virtio_net", "ipv6", "vxlan", "geneve", "ip_gre", "8021q"]
TAPS = "".join(
    f"tuntap add dev zc{number} mode tap vnet_hdr\nlink set dev zc{number} mtu 1500 master zcbridge up\n"
    for number in range(2)
)
NETWORK = f"link add name zcbridge type bridge mcast_snooping 0\nlink set dev zcbridge up\n{TAPS}"


def enter_a_network():
    """This process, and all that it starts, moves to a namespace of its own with two tap devices at a bridge."""
    user, group = os.geteuid(), os.getegid()
    if child.libc.unshare(CLONE_NEWNET | (CLONE_NEWUSER if user else 0)):
        error = os.strerror(ctypes.get_errno())
        raise Trouble(
            f"--pair needs root, or user namespaces: a network namespace cannot be made: {error}", UNAVAILABLE
        )
    if user:
        for file, text in (("setgroups", "deny"), ("uid_map", f"0 {user} 1"), ("gid_map", f"0 {group} 1")):
            pathlib.Path("/proc/self", file).write_text(text, encoding="ascii")
    result = subprocess.run(
        ["ip", "-batch", "-"],
        input=NETWORK,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PATH": f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"},
        check=False,
    )
    if result.returncode:
        complaint = (result.stderr.strip().splitlines() or ["ip failed"])[0]
        raise Trouble(f"--pair needs tap devices and a bridge (CONFIG_TUN, CONFIG_BRIDGE): {complaint}", UNAVAILABLE)


def device(end, stack=""):
    """QEMU's words for the network device of a guest."""
    number = ENDS.index(end)
    switched = SWITCHED.get(stack, "")
    return (
        "-netdev",
        f"tap,id=net0,ifname=zc{number},script=no,downscript=no,vhost=off,vnet_hdr=on",
        "-device",
        f"virtio-net-pci,netdev=net0,mac=02:00:00:00:00:0{number + 1}{switched}",
    )


def addresses(end, stack):
    """Shell lines that give a guest its addresses, and the stack."""
    own = ENDS.index(end)
    lines = ["link set dev eth0 addrgenmode none up"]
    data = "eth0"
    if stack == "esp":
        lines += [ESP.format(own=ends[own], peer=ends[1 - own], key=KEY) for ends in (UPPER_V4, UPPER_V6)]
    elif STACKS.get(stack):
        data = "zc0"
        lines += [
            f"address add {LOWER[own]}/24 dev eth0",
            STACKS[stack].format(own=LOWER[own], peer=LOWER[1 - own]),
            "link set dev zc0 mtu 1400 addrgenmode none up",
        ]
    lines += [f"address add {UPPER_V4[own]}/24 dev {data}", f"address add {UPPER_V6[own]}/64 dev {data} nodad"]
    # By its path: the shell would take busybox's own.
    return "\n".join(["set -e", "/sbin/ip -batch - <<'END'", *lines, "END"])


def commands(stack, options, again):
    """{end: what its guest runs}. The controller waits until the agent can be asked for a list."""
    agent = f"exec /msg_zerocopy --serve tcp:{UPPER_V4[1]}:{PORT}"
    remote = f"/msg_zerocopy --remote tcp:{UPPER_V4[1]}:{PORT}"
    there = f"export REMOTE_V4={UPPER_V4[1]} REMOTE_V6={UPPER_V6[1]}"
    wait = f"tries=0\nuntil {remote} --list >/dev/null 2>/tmp/why || [ $tries -ge 200 ]; do\n"
    wait += "\ttries=$((tries + 1))\n\tusleep 300000\ndone\n"
    judged = f"exec -a {initramfs.words([again])} {remote} {initramfs.words(options)}"
    return {
        "controller": f"{addresses('controller', stack)}\n{there}\n{wait}{judged}",
        "agent": f"{addresses('agent', stack)}\n{agent}",
    }


class _Agent(threading.Thread):
    """The guest with the agent, until it is told to stop."""

    def __init__(self, kernel, command):
        super().__init__(daemon=True)
        self._kernel, self._command = kernel, command
        self._enough = threading.Event()
        self.end, self.trouble = None, None
        self.said = bytearray()

    def run(self):
        try:
            self.end, _ = boot.run(
                self._kernel,
                self._command,
                {"msg_zerocopy": program.of(self._kernel.architecture)},
                {"errors": self.said.extend},
                devices=device("agent"),
                more_modules=MODULES,
                stop=self._enough,
            )
        except Trouble as trouble:
            self.trouble = trouble

    def stop(self):
        """It ends within a second, with its guest."""
        self._enough.set()
        self.join(10)


def run(names, options, results, stack=""):
    """Judge the first kernel over a wire to the second. Returns the exit status."""
    if stack and stack not in STACKS:
        raise Trouble(f"--stack takes {', '.join(STACKS)}, not '{stack}'")
    pair = [kernels.find(name) for name in names]
    for kernel in pair:
        if not kernel.architecture.is_native():
            raise Trouble(f"--pair takes kernels of this machine's architecture: {kernel.label} is none", UNAVAILABLE)
    kept = of_kernel(results, "-".join([pair[0].label, "to", pair[1].label, *([stack] if stack else [])]))
    again = [judge.TOP / "run_tests.sh", "--pair", *names, *(["--stack", stack] if stack else [])]
    todo = commands(stack, options, initramfs.words(again))
    enter_a_network()
    agent = _Agent(pair[1], todo["agent"])
    say(f"booting {pair[0].release}, and {pair[1].release} for the agent")
    agent.start()

    def errors(data):
        sys.stderr.buffer.write(data)
        sys.stderr.buffer.flush()

    with open(kept / "run.tap", "wb") as file:

        def output(data):
            for stream in (file, sys.stdout.buffer):
                stream.write(data)
                stream.flush()

        try:
            end, _ = boot.run(
                pair[0],
                todo["controller"],
                {"msg_zerocopy": program.of(pair[0].architecture)},
                {"output": output, "errors": errors},
                devices=device("controller", stack),
                more_modules=MODULES,
            )
        finally:
            agent.stop()
    consoles = {"controller": end.console, "agent": agent.end.console if agent.end else b""}
    (kept / "console.log").write_bytes(b"".join(consoles.values()).replace(b"\r\n", b"\n"))
    where = f"(the consoles: {kept / 'console.log'})"
    if agent.trouble:
        raise agent.trouble
    if end.status != "judged":
        raise Trouble(f"{pair[0].release} {end.status}: {end.reason} {where}")
    if agent.end and agent.end.status != "stopped":
        raise Trouble(f"{pair[1].release}, with the agent, ended early: {bytes(agent.said).decode().strip()} {where}")
    verdict = judge.Verdict(pair[0].label, end.release, status=end.status, exit=end.exit, seconds=round(end.seconds, 1))
    (kept / "kernel.json").write_text(judge.json.dumps(dataclasses.asdict(verdict), indent=1) + "\n", encoding="utf-8")
    for kernel, console in zip(pair, consoles.values()):
        faults, _ = splats.find(console)
        if faults:
            raise Trouble(f"{kernel.release} reported a fault: {faults[0].splitlines()[0]} {where}")
    say(f"{pair[0].release} to {pair[1].release}: {end.seconds:.0f} s, exit {end.exit}")
    return FAILED if end.exit is None else end.exit
