# SPDX-License-Identifier: GPL-2.0
"""
The conformance suite on the running kernel. What the kernel does is judged by
the program alone; here only: it ran, everything it planned, and says so rightly.
"""

import json

import pytest

from conftest import EVERY_CASE, run
from guest import tap_reader


@pytest.fixture(scope="module")
def whole_run(program):
    return run(program, *EVERY_CASE)


def test_the_running_kernel_conforms(whole_run):
    report = tap_reader.read(whole_run.stdout)
    assert report.by("fail") == [], whole_run.stdout
    assert report.by("broken") == [], whole_run.stdout
    assert whole_run.returncode == 0
    assert whole_run.stderr == ""


def test_every_planned_result_is_there(whole_run, program):
    report = tap_reader.read(whole_run.stdout)
    names = [result.name for result in report.results]
    assert len(names) == report.planned >= 400
    assert len(set(names)) == len(names)
    assert names == run(program, "-l", *EVERY_CASE).stdout.splitlines()


def test_every_result_has_its_time_or_a_reason(whole_run):
    for result in tap_reader.read(whole_run.stdout).results:
        if result.verdict == "skip":
            assert result.directive.startswith("SKIP needs "), result
        else:
            assert "time=" in result.directive, result


def test_the_verdict_is_in_words(whole_run, program):
    comments = tap_reader.read(whole_run.stdout).comments
    verdict = next(line for line in comments if line.startswith("Verdict: "))
    assert " keeps the promises of MSG_ZEROCOPY: " in verdict
    catalogue = json.loads(run(program, "--catalogue=json").stdout)
    ids = {deviation["id"] for deviation in catalogue["deviations"]}
    known = comments[comments.index(verdict) + 1 :]
    assert all(line.split()[1].rstrip(":") in ids for line in known)


def test_verbose_explains_what_passes(program):
    name = "counter_starts_at_zero_and_counts_calls.udp4.loopback"
    quiet = tap_reader.read(run(program, "-t", name).stdout).results[0]
    verbose = tap_reader.read(run(program, "-t", name, "--verbose").stdout).results[0]
    assert verbose.verdict == "pass"
    assert any(line.startswith("judges ZC-CT-01: ") for line in verbose.diagnostics)
    assert sum(line.startswith("notification read: ") for line in verbose.diagnostics) == 3
    assert len(quiet.diagnostics) < len(verbose.diagnostics)


def test_strict_fails_what_deviates(whole_run, program):
    expected = tap_reader.read(whole_run.stdout).by("xfail")
    if not expected:
        pytest.skip("this kernel deviates nowhere")
    strict = run(program, "--strict", "-t", expected[0])
    assert strict.returncode == 1
    report = tap_reader.read(strict.stdout)
    assert report.by("fail") == [expected[0]]
    again = [line for line in report.results[0].diagnostics if line.startswith("run again: ")]
    # Taken literally, it does the same.
    assert run(*again[0].split()[2:]).returncode == 1
