# SPDX-License-Identifier: GPL-2.0
"""--explain: the catalogue by a user's words."""

import re

import pytest

from conftest import run

# What users have searched for, and found nothing; and a row that explains it.
SEARCHES = {
    "lock enough memory": "ZC-TX-04",
    "EPOLLERR 100 % CPU": "ZC-RX-03",
    "524": "ZC-OP-03",
    "ENOTSUPP": "ZC-OP-03",
    "Operation not supported": "ZC-SO-05",
    "EPERM": "ZC-CT-07",
    "EIO": "ZC-CT-07",
    "GSO": "ZC-UD-02",
    "ENOMEM": "ZC-TX-06",
    "memlock": "ZC-LIM-07",
    "ulimit": "ZC-LIM-05",
    "container": "ZC-LIM-07",
    "Docker": "ZC-LIM-07",
    "105": "ZC-TX-04",
    "No buffer space available": "ZC-TX-03",
    "poll spins": "ZC-RX-03",
    "spin": "ZC-RX-03",
    "100 %": "ZC-RX-03",
    "stuck": "ZC-CT-18",
    "missing notifications": "ZC-CT-18",
    "corrupt": "ZC-IN-08",
    "tunnel": "ZC-CP-03",
    "VXLAN": "ZC-CP-03",
    "WireGuard": "ZC-CP-03",
    "sockmap": "ZC-CT-18",
    "tcpdump": "ZC-LO-05",
    "dhclient": "ZC-LO-05",
    "broadcast": "ZC-LO-13",
    "several ids": "ZC-VS-05",
    "Why is my TLS socket refusing the flag?": "ZC-OP-03",
}


def explained(program, words):
    result = run(program, "--explain", *words)
    assert (result.returncode, result.stderr) == (0, "")
    return result.stdout


@pytest.mark.parametrize("words, row", SEARCHES.items(), ids=SEARCHES)
def test_words_of_users_find_their_rows(program, words, row):
    text = explained(program, words.split())
    first = text.split("\n\n", maxsplit=1)[0]
    assert "look at: " in first
    assert re.search(rf"^    judge: \S+ .*-r {row}\b", text, re.MULTILINE), text
    assert f"    {row} " in text
    assert text == explained(program, [words])


def test_deviations_are_found_and_told_of_this_kernel_or_not(program):
    text = explained(program, ["udp-late-failure-counts"])
    assert re.search(r"deviation udp-late-failure-counts, 5.0 on \((not )?this kernel\): ", text)
    assert text.startswith("Known deviations:\n")
    assert re.search(r"judge: \S+ .*-t too_many_segments_consume_no_id\b", text)


def test_regressions_are_found(program):
    text = explained(program, ["CVE-2026-46323"])
    assert "fixed by net: gro: don't merge zcopy skbs (CVE-2026-46323), in 7.1" in text
    assert "-t gro_leaves_segments_of_flagged_sends_apart" in text
    assert "--entry guest-only" in text


def test_values_of_this_machine_are_shown(program):
    result = run("prlimit", "--memlock=65536:65536", program, "--explain", "memlock")
    assert "here: Max locked memory 65536 65536 bytes" in result.stdout


def test_words_that_nothing_has_all_of_find_the_nearest(program):
    text = explained(program, ["dhclient", "xyzzy"])
    assert text.startswith("Nothing has all of these words; what follows has 1 of 2.\n")
    assert "ZC-LO-05" in text


def test_its_command_is_one_that_runs(program):
    command = re.search(r"judge: \S+ (.*)", explained(program, ["EPERM"]))[1].split()
    assert run(program, "-l", *command).returncode == 0
