# SPDX-License-Identifier: GPL-2.0
"""--pair: what it refuses, and what its guests are told. `pytest --guests` boots a pair."""

import os
import signal
import subprocess
import time

import pytest

from conftest import TOP, run
from guests import needs_guest_tools, slot, wanted
from guest import pair

COMMAND = [TOP / "run_tests.sh", "--no-setup", "--pair"]


@pytest.mark.parametrize(
    "words, complaint",
    [
        (["7.3"], "expected 2 arguments"),
        (
            ["7.3", "7.3", "--stack", "vxlam"],
            "--stack takes vxlan, geneve, gre, vlan, esp, no-tso, no-checksum, not 'vxlam'",
        ),
        (["7.3", "7.3", "--remote", "tcp:192.0.2.2:1"], "leave out --serve, --remote, --known and --stacks"),
        (["7.3", "7.3", "--kernel", "7.3"], "--pair takes its two kernels behind it"),
        (["7.3", "7.3", "--repeat", "none"], "--repeat takes a whole number from 1 to 4294967295, not 'none'"),
    ],
)
def test_bad_words_are_one_line(words, complaint, tmp_path):
    result = run(*COMMAND, *words, "--results", tmp_path)
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith("run_tests.sh: ") and result.stderr.count("\n") == 1
    assert complaint in result.stderr


def test_a_stack_needs_a_pair():
    result = run(TOP / "run_tests.sh", "--no-setup", "--kernel", "7.3", "--stack", "vxlan")
    assert (result.returncode, result.stderr.count("\n")) == (1, 1)
    assert "--stack goes with --pair" in result.stderr


@pytest.mark.parametrize("stack", ["", *pair.STACKS])
def test_both_ends_have_addresses_of_one_network(stack):
    todo = pair.commands(stack, [], "again")
    device = "zc0" if pair.STACKS.get(stack) else "eth0"
    for end, number in (("controller", 1), ("agent", 2)):
        assert f"address add 192.0.2.{number}/24 dev {device}" in todo[end]
        assert f"address add 2001:db8::{number}/64 dev {device} nodad" in todo[end]
        assert ("{" in todo[end], stack in todo[end] or stack in pair.SWITCHED) == (False, True)


def left():
    """Guests of pairs."""
    return [line for line in run("ps", "-eo", "args").stdout.splitlines() if "ifname=zc" in line]


@needs_guest_tools
@pytest.mark.parametrize("stack", ["", "vxlan", "esp"])
def test_a_pair_of_guests(pytestconfig, stack, tmp_path):
    if not wanted(pytestconfig):
        pytest.skip("boots guests: --guests")
    kernel = wanted(pytestconfig)[-1]
    # Of a tunnel nobody knows here what the device below can, and what is encrypted is copied.
    words = ["--stack", stack] if stack else ["-t", "data_to_another*"]
    with slot():
        result = run(*COMMAND, kernel, kernel, "--results", tmp_path, "-t", "counter_starts*", *words, timeout=600)
    assert result.returncode == 0, result.stdout + result.stderr
    assert ", another kernel, " in result.stdout
    assert ("data_to_another_machine_is_not_copied.udp6" in result.stdout) == (not stack)
    assert (f", zc0 is a {stack} device, below which data may be copied" in result.stdout) == (stack == "vxlan")
    encrypted = ", there are IPsec policies: what they encrypt is copied" in result.stdout
    assert encrypted == ("# machine: IPsec has policies for what is sent, now 2 " in result.stdout) == (stack == "esp")


@needs_guest_tools
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_no_guest_of_a_pair_survives(pytestconfig, number, tmp_path):
    if not wanted(pytestconfig):
        pytest.skip("boots guests: --guests")
    kernel = wanted(pytestconfig)[-1]
    words = [str(word) for word in (*COMMAND, kernel, kernel, "--results", tmp_path)]
    with slot(), subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + 120
        while len(left()) < 2 and time.monotonic() < deadline:
            time.sleep(0.2)
        assert len(left()) == 2
        os.kill(process.pid, number)
        process.wait()
    deadline = time.monotonic() + 20
    while left() and time.monotonic() < deadline:
        time.sleep(0.2)
    assert not left()
