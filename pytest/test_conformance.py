# SPDX-License-Identifier: GPL-2.0
"""
The conformance suite on the running kernel. What the kernel does is judged by
the program alone; here only: it ran, everything it planned, and says so rightly.
"""

import pytest

import tap_reader
from conftest import run


@pytest.fixture(scope="module")
def whole_run(program):
    return run(program)


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
    assert names == run(program, "-l").stdout.splitlines()


def test_every_result_has_its_time_or_a_reason(whole_run):
    for result in tap_reader.read(whole_run.stdout).results:
        if result.verdict == "skip":
            assert result.directive.startswith("SKIP needs "), result
        else:
            assert "time=" in result.directive, result


def test_strict_fails_what_deviates(whole_run, program):
    expected = tap_reader.read(whole_run.stdout).by("xfail")
    if not expected:
        pytest.skip("this kernel deviates nowhere")
    strict = run(program, "--strict", "-t", expected[0])
    assert strict.returncode == 1
    report = tap_reader.read(strict.stdout)
    assert report.by("fail") == [expected[0]]
    assert any(line.startswith("run again: ") for line in report.results[0].diagnostics)
