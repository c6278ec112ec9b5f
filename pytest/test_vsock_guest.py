# SPDX-License-Identifier: GPL-2.0
"""
VSOCK between a guest and its host, both ways: two kernels, one inside the other, minutes
each, so only with --guests. What is quick beside it: its command line, and its parts.
"""

import sys

import pytest

from conftest import TOP, run
from guests import slot, wanted
from guest import tap_reader
from guest import nested

# Judged over both transports: what IN-02 is about, and the rows of the counter and the packets.
EVERYWHERE = {
    f"{case}.vsock-{kind}.remote"
    for case in ("counter_starts_at_zero_and_counts_calls", "vsock_packet_has_one_id_and_is_not_copied")
    for kind in ("stream", "seqpacket")
} | {f"vsock_to_another_machine_completes_unread.vsock-{kind}.remote-unread" for kind in ("stream", "seqpacket")}


def pytest_generate_tests(metafunc):
    if "kernel" in metafunc.fixturenames:
        # Before 6.7 VSOCK has no zerocopy: nothing to see twice.
        names = [name for name in wanted(metafunc.config) if not name.startswith("6.1-") and name != "6.1"]
        skip = pytest.mark.skip(reason="needs --guests (make guests)")
        metafunc.parametrize("kernel", names or [pytest.param("none", marks=skip)], scope="session")


def test_both_directions_keep_the_promises(kernel, tmp_path):
    with slot():
        result = run(sys.executable, TOP / "guest", "--vsock-guest", kernel, "--results", tmp_path, timeout=3600)
    assert result.returncode == 0, result.stdout + result.stderr
    folders = sorted(tmp_path.iterdir())
    assert [folder.name.rsplit("-", 1)[1] for folder in folders] == ["vhost", "virtio"]
    for folder in folders:
        text = (folder / "run.tap").read_text()
        report = tap_reader.read(text)
        assert "another kernel, VSOCK is not copied" in text
        assert len(report.results) == report.planned
        assert not [each for each in report.results if each.verdict in ("fail", "error")]
        assert EVERYWHERE <= {each.name for each in report.results if each.verdict == "pass"}


@pytest.mark.parametrize("words", [("--kernel", "7.3"), ("--matrix",)])
def test_one_kernel_at_a_time(words):
    result = run(sys.executable, TOP / "guest", "--vsock-guest", "7.3", *words)
    assert result.returncode == 1
    assert (
        result.stderr
        == "run_tests.sh: --vsock-guest takes its kernel behind it, and goes without --kernel and --matrix\n"
    )
    assert result.stdout == ""


def folders_for(tmp_path):
    folders = [tmp_path / name for name in nested.DIRECTIONS]
    for folder in folders:
        folder.mkdir()
    return folders


def test_the_streams_are_told_apart_wherever_they_are_cut(tmp_path, capfdbinary):
    folders = folders_for(tmp_path)
    directions = nested.Directions(folders)
    whole = b"1..1\nok 1 first\nexit 0\n1..1\nnot ok 1 second\nexit 1\n"
    for at in range(len(whole)):
        directions.take(whole[at : at + 1])
    directions.close()
    assert directions.exits == [0, 1]
    assert (folders[0] / "run.tap").read_bytes() == b"1..1\nok 1 first\n"
    assert (folders[1] / "run.tap").read_bytes() == b"1..1\nnot ok 1 second\n"
    assert capfdbinary.readouterr().out == whole


def test_an_end_in_the_middle_is_no_verdict(tmp_path):
    directions = nested.Directions(folders_for(tmp_path))
    directions.take(b"1..1\nok 1 first\nexit 0\n1..1\nok 1 sec")
    directions.close()
    assert directions.exits == [0]
