# SPDX-License-Identifier: GPL-2.0
"""
Real kernels in real guests: minutes, so only with --guests (`make guests`). Each kernel
of the matrix keeps its promises, but for known deviations, and says the same twice.
"""

import subprocess
import sys

import pytest

from conftest import TOP, run
from guests import slot, wanted
from guest import kernels, tap_reader

CASES = "counter_starts_at_zero*"


def pytest_generate_tests(metafunc):
    if "kernel" in metafunc.fixturenames:
        names = wanted(metafunc.config)
        skip = pytest.mark.skip(reason="needs --guests (make guests)")
        metafunc.parametrize("kernel", names or [pytest.param("none", marks=skip)], scope="session")


@pytest.fixture(scope="session")
def judged(tmp_path_factory):
    """A function: the result of run_tests.sh on a kernel, where there is a place for a guest."""

    def judge(name, *options):
        results = tmp_path_factory.mktemp("results")
        words = [sys.executable, TOP / "guest", "--kernel", name, "--results", results, *options]
        with slot():
            return run(*words, timeout=3600)

    return judge


@pytest.fixture(scope="session")
def everything(judged):
    """A function: the results of all entries on a kernel, run once."""
    known = {}

    def of(name):
        if name not in known:
            known[name] = judged(name)
        return known[name]

    return of


def verdicts(result):
    report = tap_reader.read(result.stdout)
    assert len(report.results) == report.planned, result.stderr
    return {each.name: each.verdict for each in report.results}


def test_a_kernel_keeps_its_promises(everything, kernel):
    result = everything(kernel)
    bad = [line for line in result.stdout.splitlines() if line.startswith("not ok")]
    assert bad == [], result.stderr
    assert result.returncode == 0, result.stderr


def test_a_second_run_says_the_same(everything, judged, kernel):
    first = verdicts(everything(kernel))
    second = verdicts(judged(kernel))
    assert {name: (verdict, second.get(name)) for name, verdict in first.items() if second.get(name) != verdict} == {}


def test_names_are_those_of_the_running_kernel(everything, kernel, program):
    listed = run(program, "--list", "--entry", "[!s]*").stdout.split()
    assert list(verdicts(everything(kernel))) == listed


def test_without_network_from_the_cache(judged, kernel):
    kernels.find(kernel)
    words = [sys.executable, TOP / "guest", "--kernel", kernel, "-t", CASES]
    with slot():
        result = run("unshare", "--net", *words, timeout=1800)
    assert result.returncode == 0, result.stderr
    assert "downloading" not in result.stderr


def test_a_kernel_that_panics(kernel):
    """A real one: sysrq's crash in the middle of a run."""
    words = [sys.executable, TOP / "guest" / "try_boot.py", kernel, "echo c >/proc/sysrq-trigger"]
    with slot():
        result = subprocess.run(words, capture_output=True, text=True, check=False, timeout=1800)
    assert result.returncode == 1
    assert "crashed: the machine ended in the middle of the run" in result.stderr
    assert "sysrq: Trigger a crash" in result.stderr


TAPPED = r"""
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <sys/socket.h>
#include <unistd.h>
int main(int count, char **words)
{
	return socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL)) < 0 || execv(words[1], words + 1);
}
"""


def test_a_packet_socket_on_all_devices_fails_nothing(kernel, tmp_path):
    """Up to 6.14 it has copied what is sent in any namespace: what shares pages cannot be judged then."""
    tapped = tmp_path / "tapped"
    built = subprocess.run(
        ["gcc", "-static", "-x", "c", "-", "-o", tapped], input=TAPPED, text=True, capture_output=True, check=False
    )
    assert built.returncode == 0, built.stderr
    program = TOP / "build" / "msg_zerocopy"
    words = ["--add", tapped, "--add", program, kernel, "/tapped /msg_zerocopy --transport udp4 --path sink"]
    with slot():
        result = run(sys.executable, TOP / "guest" / "try_boot.py", *words, timeout=1800)
    output = result.stdout[result.stdout.index("TAP version 13") :]
    report = tap_reader.read("".join(line + "\n" for line in output.splitlines()))
    assert not report.by("fail") and not report.by("broken"), output
    named = [line for line in report.comments if line.startswith("machine: ")]
    assert named[0].startswith("machine: a packet socket takes all protocols on all devices (msg_zerocopy, pid ")
    skipped = [each for each in report.results if "no packet socket takes all protocols" in each.reason]
    assert bool(skipped) == any("all that is sent is copied" in line for line in named)
