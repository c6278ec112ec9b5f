# SPDX-License-Identifier: GPL-2.0
"""Tests hand their networks on, and each gives the verdict that it gives in a network of its own."""

import json
import os
import random
import shutil
import subprocess

import pytest
from conftest import needs_root

pytestmark = needs_root

PLACES = "/usr/sbin:/sbin:/usr/bin:/bin"
# Of the whole run, how many tests are run alone; 0: all of them.
ALONE = int(os.environ.get("NETWORKS_ALONE", "60"))


def verdicts(program, folder, *options):
    """What each test came to: {name: (verdict, reason)}."""
    file = folder / "results.json"
    subprocess.run([program, "--json", file, *options], stdout=subprocess.DEVNULL, check=False)
    results = json.loads(file.read_text(encoding="utf-8"))["results"]
    return {each["name"]: (each["verdict"], each.get("reason", "")) for each in results}


@pytest.mark.parametrize("entry, alone", [("core", ALONE), ("stacks", ALONE // 3)])
def test_each_result_alone_is_that_of_the_whole_run(program, tmp_path, entry, alone):
    whole = verdicts(program, tmp_path, "--entry", entry)
    names = sorted(name for name, (verdict, _) in whole.items() if entry == "core" or verdict != "skip")
    chosen = random.Random(len(names)).sample(names, min(alone, len(names))) if ALONE else names
    seen = {}
    for name in chosen:
        seen.update(verdicts(program, tmp_path, "-t", name))
    assert seen == {name: whole[name] for name in chosen}


def commands(program, folder, *options):
    """How often a run executes ip."""
    counter, calls = folder / "ip", folder / "calls"
    counter.write_text(
        f'#!/bin/sh\necho called >>{calls}\nexec {shutil.which("ip", path=PLACES)} "$@"\n', encoding="ascii"
    )
    counter.chmod(0o755)
    calls.write_text("", encoding="ascii")
    path = f"{folder}:{os.environ['PATH']}"
    subprocess.run([program, *options], env={**os.environ, "PATH": path}, stdout=subprocess.DEVNULL, check=True)
    return len(calls.read_text(encoding="ascii").splitlines())


def test_networks_are_handed_on(program, tmp_path):
    """Repeated, a test builds nothing more; one that changes its network does."""
    once = ["-j", "1", "-t", "counter_starts_at_zero_and_counts_calls.tcp4.veth"]
    changing = ["-j", "1", "-t", "stores_reach_the_peer_by_retransmission.tcp4.veth"]
    ten = ["--repeat", "10"]
    assert commands(program, tmp_path, *once, *ten) == commands(program, tmp_path, *once) >= 2
    assert commands(program, tmp_path, *changing, *ten) >= commands(program, tmp_path, *changing) + 9 * 2


@pytest.mark.parametrize(
    "test",
    [
        "data_to_a_local_socket_is_copied.tcp6.bridge",  # which learns where addresses are
        "data_to_a_local_socket_is_copied.udp4.vxlan",
        "data_is_shared_up_to_the_last_device.udp4.macvlan-bridge",  # a program is attached
        "source_is_never_written_to.tcp4.conntrack",
        "data_to_a_local_socket_is_copied.tcp4.router",
    ],
)
def test_networks_of_stacks_are_handed_on(program, tmp_path, test):
    once = ["-j", "1", "-t", test]
    if not next(iter(verdicts(program, tmp_path, *once).values()))[0] == "pass":
        pytest.skip("this kernel lacks the stack")
    assert commands(program, tmp_path, *once, "--repeat", "10") == commands(program, tmp_path, *once) >= 2
