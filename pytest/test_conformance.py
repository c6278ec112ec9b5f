# SPDX-License-Identifier: GPL-2.0
"""
The conformance suite on the running kernel, one item a result. What the kernel
does is judged by the program alone; here only: it ran, everything it planned, and
says so rightly.
"""

import functools
import json
import re

import pytest

from conftest import EVERY_CASE, PROGRAM, TOLD, run
from guest import findings, tap_reader


@functools.cache
def results():
    """The names of all that is planned."""
    return run(PROGRAM, "-l", *EVERY_CASE).stdout.splitlines()


def one_run():
    done = run(PROGRAM, *EVERY_CASE)
    return {"stdout": done.stdout, "stderr": done.stderr, "returncode": done.returncode}


@pytest.fixture(scope="session")
def whole_run(once):
    """(what it printed, read; what it printed; its standard error; its exit status)"""
    done = once("whole_run", one_run)
    return tap_reader.read(done["stdout"]), done["stdout"], done["stderr"], done["returncode"]


@pytest.fixture(scope="session")
def result_by_name(whole_run):
    return {result.name: result for result in whole_run[0].results}


def each_results(request, result_by_name):
    """As the program judged it."""
    result = result_by_name.get(request.node.name)
    assert result, "planned, and no result: the run ended early"
    said = "\n".join(result.diagnostics)
    if said:
        request.node.add_report_section("call", "stdout", said + "\n")
    request.node.user_properties.append(("verdict", result.verdict))
    request.node.stash[TOLD] = {
        "seconds": (result.milliseconds or 0) / 1000,
        "xpass": result.reason if result.verdict == "xpass" else None,
    }
    if result.verdict == "skip":
        pytest.skip(result.reason)
    if result.verdict == "xfail":
        pytest.xfail(result.reason)
    if result.verdict in ("fail", "broken"):
        pytest.fail(f"{said}\n{result.directive}", pytrace=False)


def test_the_running_kernel_conforms(whole_run):
    report, output, errors, status = whole_run
    assert report.by("fail") == report.by("broken") == [], output
    assert status == 0
    assert errors == ""


def test_every_planned_result_is_there(whole_run):
    report = whole_run[0]
    names = [result.name for result in report.results]
    assert len(names) == report.planned >= 400
    assert len(set(names)) == len(names)
    assert names == results()


def test_names_stay_different_in_readers_that_know_few_characters():
    assert len({re.sub(r"[^0-9A-Za-z_-]+", "-", name) for name in results()}) == len(results())


def test_every_result_has_its_time_or_a_reason(whole_run):
    for result in whole_run[0].results:
        if result.verdict == "skip":
            assert result.directive.startswith("SKIP needs "), result
        else:
            assert "time=" in result.directive, result


def test_the_verdict_is_in_words(whole_run, program):
    comments = whole_run[0].comments
    verdict = next(line for line in comments if line.startswith("Verdict: "))
    assert re.search(
        r" keeps the promises of MSG_ZEROCOPY: \d+ promises, \d+ past bugs and \d+ observations judged", verdict
    )
    catalogue = json.loads(run(program, "--catalogue=json").stdout)
    ids = {deviation["id"] for deviation in catalogue["deviations"]}
    known = comments[comments.index(verdict) + 1 :]
    assert all(line.split()[1].rstrip(":") in ids for line in known if not line.startswith("    "))


def test_the_verdict_claims_no_promise_where_none_was_judged(program):
    observed = run(program, "-r", "ZC-SO-01", "-v", "tcp4.loopback")
    assert " does what kernels have been observed to do: 2 observations judged\n" in observed.stdout
    promised = run(program, "-r", "ZC-CT-01", "-t", "counter_starts*", "-v", "tcp4.loopback")
    assert " keeps the promises of MSG_ZEROCOPY: 1 promise judged\n" in promised.stdout


def test_deviations_are_explained_where_that_is_wanted(program):
    quiet, told = (
        tap_reader.read(run(program, "--path", "tun", "--path", "sink", *words).stdout).results
        for words in ([], ["--deviations"])
    )
    expected = [result.name for result in quiet if result.verdict == "xfail"]
    if not expected:
        pytest.skip("this kernel does not deviate there")
    assert [result.name for result in told if result.diagnostics] == expected
    assert all(any(line.startswith("  seen: ") for line in r.diagnostics) for r in told if r.verdict == "xfail")


def test_verbose_explains_what_passes(program):
    name = "counter_starts_at_zero_and_counts_calls.udp4.loopback"
    quiet = tap_reader.read(run(program, "-t", name).stdout).results[0]
    verbose = tap_reader.read(run(program, "-t", name, "--verbose").stdout).results[0]
    assert verbose.verdict == "pass"
    assert any(line.startswith("judges ZC-CT-01, promised: ") for line in verbose.diagnostics)
    assert sum(line.startswith("notification read: ") for line in verbose.diagnostics) == 3
    assert len(quiet.diagnostics) < len(verbose.diagnostics)


def test_strict_fails_what_deviates(whole_run, program):
    expected = whole_run[0].by("xfail")
    if not expected:
        pytest.skip("this kernel deviates nowhere")
    strict = run(program, "--strict", "-t", expected[0])
    assert strict.returncode == 1
    report = tap_reader.read(strict.stdout)
    assert report.by("fail") == [expected[0]]
    again = [line for line in report.results[0].diagnostics if line.startswith("run again: ")]
    # Taken literally, it does the same.
    assert run(*again[0].split()[2:]).returncode == 1
    deviation = next(result for result in whole_run[0].results if result.name == expected[0]).reason.split()[0]
    assert [found["requirement"] for found in findings.read(report.comments)] == [deviation]


def test_known_deviations_are_told_with_what_ends_them(whole_run):
    known = findings.read_known(whole_run[0].comments)
    reasons = {result.reason for result in whole_run[0].results if result.verdict == "xfail"}
    assert {f"{one['requirement']} {one['id']}" for one in known} == reasons
    assert [one for one in known if not one["remedy"].startswith(("not fixed upstream", "fixed in "))] == []


def test_strict_about_what_is_fixed_lets_the_rest_be(whole_run, program):
    known = findings.read_known(whole_run[0].comments)
    if not known or any(one["remedy"].startswith("fixed in ") for one in known):
        pytest.skip("every deviation of this kernel is fixed by an update, or there is none")
    expected = whole_run[0].by("xfail")[0]
    assert run(program, "--strict=fixed", "-t", expected).returncode == 0
