# SPDX-License-Identifier: GPL-2.0
"""
The agent at the other end (--serve) and its controller (--remote), between two
namespaces of the test's own that a veth pair joins.
"""

import ctypes
import os
import pathlib
import signal
import socket
import struct
import subprocess
import sys

import pytest

from conftest import HANG, TOP, needs_root, run, slowness, wait_until
from guest import tap_reader

pytestmark = needs_root

PROXY = TOP / "pytest" / "remote_proxy.py"
CASE = "counter_starts_at_zero_and_counts_calls"
NEAR_V4, FAR_V4 = "192.0.2.1", "192.0.2.2"
NEAR_V6, FAR_V6 = "2001:db8::1", "2001:db8::2"
PING, DONE = 7, 8  # src/agent/protocol.h
ADDRESSES = {"REMOTE_V4": FAR_V4, "REMOTE_V6": FAR_V6}


class Namespace:
    """A network namespace that goes with this process, however it ends."""

    def __init__(self):
        self.holder = subprocess.Popen(
            ["unshare", "--net", "cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
        )
        self.holder.stdin.write(b"there\n")
        assert self.holder.stdout.readline() == b"there\n"

    @property
    def pid(self):
        return self.holder.pid

    def command(self, *words):
        return ["nsenter", f"--target={self.pid}", "--net", *map(str, words)]

    def run(self, *words, **options):
        return run(*self.command(*words), **options)

    def ip(self, *lines):
        result = subprocess.run(
            self.command("ip", "-batch", "-"), input="\n".join(lines), text=True, capture_output=True, check=False
        )
        assert result.returncode == 0, result.stderr

    def close(self):
        self.holder.stdin.close()
        self.holder.wait()
        self.holder.stdout.close()


class Pair:
    """Two namespaces, and the program at both ends."""

    def __init__(self, program):
        self.program = program
        self.near, self.far = Namespace(), Namespace()
        self.near.ip(
            "link set lo up",
            f"link add zc0 index 10 type veth peer name zc1 index 20 netns {self.far.pid}",
            f"address add {NEAR_V4}/24 dev zc0",
            f"address add {NEAR_V6}/64 dev zc0 nodad",
            "link set zc0 up",
        )
        self.far.ip(
            "link set lo up",
            f"address add {FAR_V4}/24 dev zc1",
            f"address add {FAR_V6}/64 dev zc1 nodad",
            "link set zc1 up",
        )
        self.agents = []

    def serve(self, place=f"tcp:{FAR_V4}:0"):
        """An agent there: its process, and the place that it serves at."""
        agent = subprocess.Popen(
            self.far.command(self.program, "--serve", place),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.agents.append(agent)
        words = agent.stdout.readline().split()
        assert words[:2] == ["serving", "at"]
        return agent, words[2]

    def exec_place(self, *before):
        """An agent on the standard streams, behind a command."""
        words = [*before, *self.far.command(self.program, "--serve", "-")]
        return "exec:exec " + " ".join(map(str, words))

    def proxied(self, mode):
        return self.exec_place(sys.executable, PROXY, mode)

    def control(self, place, *words, env=(), **options):
        return self.near.run(
            self.program, "--remote", place, *words, env={**os.environ, **ADDRESSES, **dict(env)}, **options
        )

    def close(self):
        for agent in self.agents:
            agent.kill()
            agent.wait()
            agent.stdout.close()
            agent.stderr.close()
        self.near.close()
        self.far.close()


@pytest.fixture(scope="module")
def pair(program):
    both = Pair(program)
    yield both
    both.close()


@pytest.fixture(scope="module")
def place(pair):
    return pair.serve()[1]


# For what never comes: short, and long enough for what must come before that. The program scales
# it by what a process takes to start at best; what many take at a time is more.
IMPATIENT = ["--patience", str(round(400 + 100 * slowness()))]


def one_line(result, line):
    assert result.stderr == f"msg_zerocopy: {line}\n"
    assert result.stdout == ""
    assert result.returncode == 1


def settings(namespace):
    """Every setting of a namespace's network, and its devices."""
    return namespace.run("sh", "-c", "grep -r . /proc/sys/net 2>/dev/null | sort; ip -details link; tc qdisc").stdout


def test_every_case_that_applies(pair, place):
    before = settings(pair.near), settings(pair.far)
    result = pair.control(place)
    report = tap_reader.read(result.stdout)
    assert result.returncode == 0, result.stdout
    assert report.by("fail") == report.by("broken") == report.by("skip") == report.by("xpass") == []
    assert {name.split(".")[2] for name in report.by("pass")} == {"remote", "remote-window"}
    assert {name.split(".")[1] for name in report.by("pass")} >= {"tcp4", "tcp6", "tcp6-mapped", "udp4", "udp6"}
    assert any(f"remote: {place} by zc0: " in line and "TCP is copied" in line for line in report.comments)
    assert (settings(pair.near), settings(pair.far)) == before


@pytest.fixture
def tunnel(pair):
    """The addresses of both ends' vxlan devices, whose MTU is the least that IPv6 allows."""
    far = {"REMOTE_V4": "203.0.113.2", "REMOTE_V6": "2001:db8:1::2"}
    ends = ((pair.near, NEAR_V4, FAR_V4, 1), (pair.far, FAR_V4, NEAR_V4, 2))
    for space, own, other, number in ends:
        space.ip(
            f"link add vx0 type vxlan id 42 dstport 4789 local {own} remote {other}",
            "link set vx0 mtu 1280 addrgenmode none up",
            f"address add 203.0.113.{number}/24 dev vx0",
            f"address add 2001:db8:1::{number}/64 dev vx0 nodad",
        )
    yield far
    for space, *_ in ends:
        space.ip("link delete vx0")


# Datagrams fit the device, each of the two devices stamps a packet, and what it carries is copied below the first.
def test_beyond_a_vxlan(pair, tunnel):
    result = pair.control(pair.exec_place(), env=tunnel)
    report = tap_reader.read(result.stdout)
    assert result.returncode == 0, result.stdout
    assert report.by("fail") == report.by("broken") == report.by("skip") == report.by("xpass") == []
    assert any("vx0 is a vxlan device" in line for line in report.comments)


def test_mtu_that_no_case_is_made_for(pair, tunnel):
    pair.near.ip("link set vx0 mtu 1279")
    result = pair.control(pair.exec_place(), env={**tunnel, "REMOTE_V6": ""})
    one_line(result, "the path to 203.0.113.2 has an MTU of 1279: set one of 1280, IPv6's least, or more")


# Whom they are for is not asked: where there are any, what is copied on the way is told, and not judged.
def test_ipsec_policies_are_told(pair, place):
    policy = "src 198.51.100.1 dst 198.51.100.2 dir out"
    pair.near.ip(f"xfrm policy add {policy} tmpl proto esp mode transport")
    result = pair.control(place, "-t", f"{CASE}.*4.remote")
    pair.near.ip(f"xfrm policy delete {policy}")
    report = tap_reader.read(result.stdout)
    assert result.returncode == 0, result.stdout + result.stderr
    assert any(", there are IPsec policies: what they encrypt is copied, " in line for line in report.comments)
    assert any(line.startswith("machine: IPsec has policies for what is sent, now 1 ") for line in report.comments)


def test_over_standard_streams(pair):
    result = pair.control(pair.exec_place(), "-t", CASE)
    assert len(tap_reader.read(result.stdout).by("pass")) == 9, result.stdout + result.stderr
    assert result.returncode == 0


def test_over_ipv6_alone(pair):
    place = pair.serve(f"tcp:[{FAR_V6}]:0")[1]
    result = pair.near.run(pair.program, "--remote", place, "-l", "-t", CASE)
    assert {name.split(".")[1] for name in result.stdout.split()} == {"tcp6", "udp6"}


def test_repetitions_wait_for_their_turn(pair, place):
    result = pair.control(place, "-t", CASE, "--repeat", "20")
    report = tap_reader.read(result.stdout)
    assert len(report.by("pass")) == report.planned == 9, result.stdout


@pytest.mark.parametrize("kind", ["netns", "ssh"])
def test_by_the_variables_of_kselftest(pair, tmp_path, kind):
    if kind == "netns":
        # A name of a mount namespace's own.
        name = "mount -t tmpfs none /run && mkdir /run/netns && touch /run/netns/far"
        name += f" && mount --bind /proc/{pair.far.pid}/ns/net /run/netns/far"
    else:
        name = ":"
        ssh = tmp_path / "ssh"
        ssh.write_text(
            '#!/bin/sh\n[ "$*" = "-o BatchMode=yes far msg_zerocopy --serve -" ] || exit 255\n'
            f"exec {' '.join(pair.far.command(pair.program, '--serve', '-'))}\n"
        )
        ssh.chmod(0o755)
    result = pair.near.run(
        "unshare",
        "--mount",
        "sh",
        "-c",
        f'{name} && exec "$@"',
        "sh",
        pair.program,
        "--remote",
        "env",
        "-t",
        CASE,
        env={
            **os.environ,
            **ADDRESSES,
            "PATH": f"{tmp_path}:{os.environ['PATH']}",
            "NETIF": "zc0",
            "LOCAL_V4": NEAR_V4,
            "LOCAL_V6": NEAR_V6,
            "REMOTE_TYPE": kind,
            "REMOTE_ARGS": "far",
        },
    )
    assert len(tap_reader.read(result.stdout).by("pass")) == 9, result.stdout + result.stderr


@pytest.mark.parametrize(
    "variables, line",
    [
        ({"NETIF": "eth7"}, "NETIF is eth7, but the route to the agent goes by zc0"),
        ({"LOCAL_V4": "192.0.2.9"}, "LOCAL_V4 is 192.0.2.9, but the route to the agent goes by 192.0.2.1"),
        ({"REMOTE_V4": "far"}, "'far' is no address: REMOTE_V4 and REMOTE_V6 are"),
        ({"REMOTE_V4": "198.51.100.1"}, "no route to 198.51.100.1: Network is unreachable"),
    ],
)
def test_wrong_variables(pair, place, variables, line):
    one_line(pair.control(place, env=variables), line)


def test_words_that_cannot_be_taken(pair):
    forms = "is neither tcp:ADDRESS:PORT, vsock:CID:PORT, exec:COMMAND nor -"
    for option in ("--remote", "--serve"):
        one_line(pair.near.run(pair.program, option, "far:7000"), f"no place: 'far:7000' {forms}")
        for name in ("localhost", "[::1", "256.0.0.1"):
            one_line(
                pair.near.run(pair.program, option, f"tcp:{name}:7000"),
                f"no place: 'tcp:{name}:7000': '{name}' is no numeric address, such as 127.0.0.1 or "
                "[2001:db8::2]; names are not looked up",
            )
    one_line(
        pair.near.run(pair.program, "--remote", "exec:true"),
        "an agent at exec:true says nothing of where to send to: set REMOTE_V4 or REMOTE_V6",
    )
    one_line(
        pair.near.run(pair.program, "--remote", "env", env={**os.environ, "REMOTE_TYPE": "telnet"}),
        "--remote env takes REMOTE_TYPE=netns or ssh, not 'telnet'",
    )
    one_line(
        pair.near.run(pair.program, "--serve", f"tcp:{FAR_V4}:7000"),
        f"cannot serve at tcp:{FAR_V4}:7000: Cannot assign requested address",
    )


def test_no_host_is_called_unasked(pair):
    result = pair.control("vsock:2:7000")
    assert result.stderr.startswith("msg_zerocopy: will not call vsock:2:7000: ")
    assert result.stderr.count("\n") == 1
    assert result.returncode == 1


@pytest.mark.parametrize(
    "command, line",
    [
        (
            "echo msg_zerocopy agent 2 ready x; cat",
            "the agent is newer: it speaks version 2 of the protocol, this program version 1; "
            "use the same release at both ends",
        ),
        (
            "echo msg_zerocopy agent 0 ready x; cat",
            "the agent is older: it speaks version 0 of the protocol, this program version 1; "
            "use the same release at both ends",
        ),
        (
            "echo SSH-2.0-OpenSSH_9.2; cat",
            "no msg_zerocopy agent answers, but something that says 'SSH-2.0-OpenSSH_9.2'",
        ),
        ("printf %0500d 7; cat", f"no msg_zerocopy agent answers, but something that says '{'0' * 60}...'"),
        ("true", "it hung up without a greeting"),
        ("sleep 98764", "nobody greets"),
        ("echo msg_zerocopy agent 1 ready x; sleep 98766", "the agent does not answer any more"),
        (
            "echo msg_zerocopy agent 1 ready x; echo garbage garbage; sleep 98765",
            "the other end talks garbage: length 1734439522, socket 24935, verb 101",
        ),
    ],
)
def test_no_agent_of_this_release(pair, command, line):
    words = IMPATIENT if "sleep" in command else []
    one_line(pair.control(f"exec:{command}", *words), f"exec:{command}: {line}")
    last = command.split("; ")[-1]
    assert not last.startswith("sleep") or wait_until(lambda: not left(last)), "the command is left"


def left(text):
    """Are there processes with that in their command line?"""
    for folder in pathlib.Path("/proc").iterdir():
        try:
            if folder.name.isdigit() and text in (folder / "cmdline").read_text().replace("\0", " "):
                return True
        except OSError:
            continue
    return False


def test_nobody_listens(pair):
    one_line(pair.control(f"tcp:{FAR_V4}:9"), f"cannot reach an agent at tcp:{FAR_V4}:9: Connection refused")


def test_an_agent_that_lies_is_caught(pair):
    result = pair.control(pair.proxied("corrupt"), "-t", CASE)
    report = tap_reader.read(result.stdout)
    assert len(report.by("fail")) == 9
    for each in report.results:
        assert any("data at the receiver" in line for line in each.diagnostics), each
    assert result.returncode == 1


def test_bytes_that_never_arrive_are_missed(pair):
    result = pair.control(pair.proxied("drop"), "-t", f"{CASE}.*4.remote", "--patience", "500")
    report = tap_reader.read(result.stdout)
    assert len(report.by("fail")) == 2
    assert "have not arrived" in result.stdout
    assert f" --remote '{pair.proxied('drop')}' -t {CASE}.tcp4.remote" in result.stdout


@pytest.mark.parametrize("mode", ["die", "deaf", "garbage"])
def test_an_agent_that_breaks_is_no_verdict(pair, mode):
    result = pair.control(pair.proxied(mode), "-t", f"{CASE}.*4.remote", *IMPATIENT)
    report = tap_reader.read(result.stdout)
    assert len(report.by("broken")) == 2, result.stdout
    assert "Verdict: none" in result.stdout
    assert result.returncode == 1


def test_an_agent_that_is_killed_is_no_verdict(pair):
    agent, place = pair.serve()
    controller = subprocess.Popen(
        pair.near.command(pair.program, "--remote", place, "-T", f"{CASE}.*"),
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **ADDRESSES},
    )
    head = [controller.stdout.readline() for _ in range(20)]
    agent.kill()
    rest = controller.communicate(timeout=HANG)[0]
    report = tap_reader.read("".join(head) + rest)
    assert report.by("fail") == []
    assert report.by("broken")
    assert any("cannot reach an agent" in each.directive for each in report.results)
    assert controller.returncode == 1


def frame(verb, payload=b""):
    """Of src/agent/protocol.h, about socket 0."""
    return struct.pack(">IHBB", len(payload), 0, verb, 0) + payload


def called(pair, place):
    """A controller's call by hand: in the far namespace, by way of its holder's pid."""
    here = os.open("/proc/self/ns/net", os.O_RDONLY)
    with open(f"/proc/{pair.far.pid}/ns/net", encoding="ascii") as far:
        setns(far.fileno())
        try:
            call = socket.create_connection((FAR_V4, int(place.rsplit(":", 1)[1])), timeout=HANG)
        finally:
            setns(here)
            os.close(here)
    return call


def greeted(pair, place):
    call = called(pair, place)
    return call, call.makefile("rb").readline()


def setns(descriptor):
    if ctypes.CDLL(None, use_errno=True).setns(descriptor, 0x40000000) != 0:
        raise OSError(ctypes.get_errno(), "setns")


def test_a_second_controller_is_refused(pair, place):
    call, line = greeted(pair, place)
    assert line.startswith(b"msg_zerocopy agent 1 ready ")
    one_line(pair.control(place, "-t", CASE), f"{place}: the agent answers another controller; it takes one at a time")
    call.close()
    assert pair.control(place, "-t", CASE).returncode == 0


def test_the_next_controller_waits_for_the_end_of_the_last(pair, place):
    """That may be on its way still: nothing orders two connections."""
    first, line = greeted(pair, place)
    assert line.startswith(b"msg_zerocopy agent 1 ready ")
    second = called(pair, place)
    first.sendall(b"msg_zerocopy controller 1 60000\n")
    # The agent has seen the second's call before it answers twice.
    for _ in range(2):
        first.sendall(frame(PING))
        assert first.recv(100) == frame(DONE, bytes(4))
    first.close()
    assert second.makefile("rb").readline().startswith(b"msg_zerocopy agent 1 ready ")
    second.close()


@pytest.mark.parametrize(
    "words, complaint",
    [
        (b"GET / HTTP/1.1\r\n\r\n", "no msg_zerocopy controller calls, but something that says 'GET / HTTP/1.1?'"),
        (b"x" * 1000, f"no msg_zerocopy controller calls, but something that says '{'x' * 60}...'"),
        (
            b"msg_zerocopy controller 2 1000\n",
            "the controller is newer: it speaks version 2 of the protocol, this program version 1; "
            "use the same release at both ends",
        ),
        (
            b"msg_zerocopy controller 1 60000\n" + b"\xff" * 8,
            "the other end talks garbage: length 4294967295, socket 65535, verb 255",
        ),
        (
            b"msg_zerocopy controller 1 60000\n" + struct.pack(">IHBB", 0, 0, 8, 0),
            "the controller sends what only agents send",
        ),
        (
            b"msg_zerocopy controller 1 60000\n" + struct.pack(">IHBB", 1, 0, 1, 0) + b"x",
            "a socket to open is described in 1 bytes",
        ),
        (b"msg_zerocopy controller 1 1\n", "the controller's session took longer than it said"),
    ],
)
def test_an_agent_hangs_up_on_what_is_no_controller(pair, words, complaint):
    agent, place = pair.serve()
    call = greeted(pair, place)[0]
    call.sendall(words)
    try:
        assert call.recv(100) == b""
    except ConnectionResetError:
        pass
    call.close()
    assert agent.stderr.readline() == f"msg_zerocopy: hung up: {complaint}\n"
    assert pair.control(place, "-t", f"{CASE}.tcp4.remote").returncode == 0


def test_an_agent_ends_with_its_standard_streams(pair):
    agent = subprocess.Popen(
        [pair.program, "--serve", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert agent.stdout.readline().startswith(b"msg_zerocopy agent 1 ready ")
    assert agent.communicate(timeout=HANG) == (b"", b"")
    assert agent.returncode == 0


def test_a_controller_that_hangs_up_with_an_answer_on_its_way_is_no_trouble(pair):
    """As each does that has learnt what it wanted: its pipes are closed in any order."""
    agent = subprocess.Popen(
        [pair.program, "--serve", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert agent.stdout.readline().startswith(b"msg_zerocopy agent 1 ready ")
    agent.stdout.close()
    # A ping.
    agent.stdin.write(b"msg_zerocopy controller 1 60000\n" + frame(PING))
    agent.stdin.flush()
    assert agent.stderr.read() == b""
    assert agent.wait(timeout=HANG) == 0
    agent.stdin.close()
    agent.stderr.close()


def test_an_agent_ends_by_sigterm(pair):
    agent = pair.serve()[0]
    agent.terminate()
    assert agent.wait(timeout=HANG) == -signal.SIGTERM


def test_nothing_stays_behind_a_run_that_is_killed(pair, tmp_path):
    program = tmp_path / "msg_zerocopy_remote"
    program.write_bytes(pair.program.read_bytes())
    program.chmod(0o755)
    place = f"exec:{' '.join(pair.far.command(program, '--serve', '-'))}; true"
    controller = subprocess.Popen(
        pair.near.command(program, "--remote", place),
        stdout=subprocess.PIPE,
        env={**os.environ, **ADDRESSES},
    )
    for _ in range(10):
        controller.stdout.readline()
    controller.kill()
    controller.wait()
    controller.stdout.close()
    assert wait_until(lambda: not left(str(program)))


def test_another_machine_copies_nothing(pair):
    """ZC-LO-18 is planned for another kernel only; a veth pair, which copies, fails it."""
    case = "data_to_another_machine_is_not_copied"
    assert f"no planned test matches '{case}'" in pair.control(pair.exec_place(), "-t", case).stderr
    result = pair.control(pair.proxied("away"), "-t", case)
    report = tap_reader.read(result.stdout)
    assert any("another kernel" in line for line in report.comments)
    assert len(report.by("fail")) == 6
    assert "ee_code of data to another machine" in result.stdout


ETHTOOL = """
import fcntl, socket, struct, sys
value = struct.pack("II", int(sys.argv[1], 16), int(sys.argv[2]))
import ctypes
held = ctypes.create_string_buffer(value)
request = struct.pack("16sP16x", b"zc0", ctypes.addressof(held))
fcntl.ioctl(socket.socket(), 0x8946, request)
"""


def test_a_device_without_scatter_gather_copies(pair):
    # ETHTOOL_SSG
    assert pair.near.run(sys.executable, "-c", ETHTOOL, "19", "0").returncode == 0
    try:
        case = "datagram_without_scatter_gather_is_copied_in_the_call"
        result = pair.control(pair.exec_place(), "-t", case)
        report = tap_reader.read(result.stdout)
        assert any("sg off" in line and "UDP is copied" in line for line in report.comments)
        assert report.by("pass") and len(report.by("pass")) == len(report.results), result.stdout
    finally:
        pair.near.run(sys.executable, "-c", ETHTOOL, "19", "1")
