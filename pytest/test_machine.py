# SPDX-License-Identifier: GPL-2.0
"""What a machine does to data that is sent is named beside the verdict and in failures, where it is there."""

import json
import os
import sys

import pytest

from conftest import PROGRAM, TOP, needs_root, run
from lies import DYNAMIC, LIBRARY
from test_circumstances import NOBODY, everybodys_program  # pylint: disable=unused-import

pytestmark = needs_root

CASE = "counter_starts_at_zero_and_counts_calls"
ALONE = [PROGRAM, "-t", f"{CASE}.tcp4.loopback"]
# The cases run in the namespace that the program is called in.
REMOTE = [PROGRAM, "--remote", f"exec:'{PROGRAM}' --serve -", "-t", f"{CASE}.tcp4.remote"]
HERE = {"REMOTE_V4": "127.0.0.1", "LOCAL_V4": "127.0.0.1", "NETIF": "lo"}
TAKES = "a packet socket takes all protocols on {} (python"


def output_of(kind, command, more=None):
    """What the command says in a namespace of its own, with this circumstance and lo up."""
    words = [sys.executable, TOP / "pytest" / "circumstance.py", kind] if kind else []
    prepare = ["sh", "-c", 'ip link set lo up && exec "$@"', "sh"]
    result = run("unshare", "--net", *prepare, *words, *command, env={**os.environ, **HERE, **(more or {})})
    if "Traceback" in result.stderr:
        pytest.skip(f"this kernel refuses {kind}: {result.stderr.splitlines()[-1]}")
    assert result.stderr == ""
    return result.stdout


def machine(output, kind=""):
    """The lines. Programs on sockmaps are the whole machine's, and another test may have made one."""
    prefix = "# machine: "
    lines = [line.removeprefix(prefix) for line in output.splitlines() if line.startswith(prefix)]
    return [line for line in lines if kind == "sk_msg" or "zc_sk_msg" not in line]


@pytest.mark.parametrize("command", [ALONE, REMOTE])
def test_nothing_is_named_where_there_is_nothing(command):
    assert machine(output_of("", command)) == []


CIRCUMSTANCES = [
    ("packet-socket", ALONE, TAKES.format("all devices")),
    ("packet-socket", REMOTE, TAKES.format("all devices")),
    ("packet-socket:lo", REMOTE, TAKES.format("lo")),
    ("sock_ops", ALONE, "sock_ops program 'zc_sock_ops' is attached to this cgroup or one above it"),
    ("sk_msg", ALONE, "sk_msg program 'zc_sk_msg' is attached to a sockmap"),
    ("xdp:lo", REMOTE, "an XDP program is attached to lo"),
    ("nfqueue", REMOTE, "NFQUEUE 5 has a reader, port id "),
    ("conntrack", REMOTE, "nf_conntrack tracks connections, now 1"),
    ("sysctl:net.ipv4.tcp_mtu_probing=1", REMOTE, "net.ipv4.tcp_mtu_probing is 1"),
]


@pytest.mark.parametrize("kind, command, words", CIRCUMSTANCES)
def test_it_is_named_beside_the_verdict(kind, command, words):
    output = output_of(kind, command)
    named = machine(output, kind)
    assert len(set(named)) == 1 and named[0].startswith(words), output
    lines = output.splitlines()
    assert lines.index(f"# machine: {named[0]}") > next(
        number for number, line in enumerate(lines) if line.startswith("# Verdict: ")
    )


@pytest.mark.parametrize(
    "kind",
    ["packet-socket:lo", "xdp:lo", "nfqueue", "conntrack", "sysctl:net.ipv4.tcp_mtu_probing=1"],
)
def test_what_does_not_reach_the_cases_is_not_named(kind):
    """They have namespaces and devices of their own."""
    assert machine(output_of(kind, ALONE)) == []


def test_it_is_named_in_a_failure_and_in_files(tmp_path):
    file = tmp_path / "out.json"
    command = [DYNAMIC, "-t", f"{CASE}.udp4.loopback", "--patience", "1000", "--json", file]
    lie = ["env", f"LD_PRELOAD={LIBRARY}", "LYING_KERNEL=counter-starts-at-one"]
    output = output_of("packet-socket", [*lie, *command])
    assert len(machine(output)) == 2 and len(set(machine(output))) == 1
    assert output.index("# machine: ") < output.index("\nnot ok 1 ")
    found = json.loads(file.read_text())
    assert machine(output)[0] in found["machine"]
    assert f"machine: {machine(output)[0]}" in found["results"][0]["diagnostics"]


def test_without_root_it_says_what_it_may_see(everybodys_program):
    """Whose the socket is, and programs, are not seen."""
    output = output_of("packet-socket", [*NOBODY, everybodys_program, "-t", f"{CASE}.udp4.loopback"])
    assert [line.partition(":")[0] for line in machine(output)] == [
        "a packet socket takes all protocols on all devices (uid 0)"
    ]
