# SPDX-License-Identifier: GPL-2.0
"""--known FILE: the user's own list of expected failures."""

import json
import sys

import pytest

from conftest import TOP, run
from guests import fake_image
from lies import DYNAMIC, lied_to
from guest import judge, tap_reader, verdicts

PASSES = "counter_starts_at_zero_and_counts_calls.tcp4.loopback"
FAILS = "fault_consumes_no_id.tcp4.loopback"  # under the lie below
LIE = "counter-counts-failures"
SECCOMP = [sys.executable, TOP / "pytest" / "seccomp.py"]


@pytest.fixture
def listed(tmp_path):
    """A function: the list of these lines."""

    def write(*lines):
        file = tmp_path / "list"
        file.write_text("\n".join(lines) + "\n")
        return file

    return write


def judged(lie, *options):
    """The result of running both cases, and the report."""
    result = lied_to(lie, DYNAMIC, "--patience", "1000", "-t", PASSES, "-t", FAILS, *options)
    return result, tap_reader.read(result.stdout)


@pytest.mark.parametrize("strict", [[], ["--strict"], ["--strict=fixed"]])
def test_a_failure_of_the_list_is_expected(program, listed, tmp_path, strict):
    file = listed("# ours", "", "fault_consumes_no_id.tcp4.*\t# BUG-7: # under way")
    result, report = judged(LIE, "--known", file, "--json", tmp_path / "json", *strict)
    assert result.returncode == 0
    assert (report.by("xfail"), report.by("pass")) == ([FAILS], [PASSES])
    reason = next(each.reason for each in report.results if each.verdict == "xfail")
    assert " ".join(reason.split()) == f"{file}:3 BUG-7: under way"
    assert any(line.startswith("Verdict: ") and line.endswith(", 1 expected failure") for line in report.comments)
    assert f"Expected by {file}: 1 failure" in report.comments
    written = next(each for each in json.loads((tmp_path / "json").read_text())["results"] if each["name"] == FAILS)
    assert (written["verdict"], written["reason"]) == ("xfail", f"{file}:3 BUG-7: # under way")
    assert "deviation" not in written


def test_another_failure_is_one(program, listed):
    result, report = judged(LIE, "--known", listed(f"{PASSES} # BUG-8"))
    assert result.returncode == 1
    assert (report.by("fail"), report.by("xpass")) == ([FAILS], [PASSES])
    assert any(line.endswith("/list: 0 failures; 1 test passed all the same (XPASS)") for line in report.comments)


def test_the_first_line_that_names_it_decides(program, listed):
    _, report = judged(LIE, "--known", listed("fault_* # first", f"{FAILS} # second"))
    assert [each.reason for each in report.results if each.verdict == "xfail"] == [f"{listed()}:1 first"]


def test_what_could_not_be_judged_is_not_excused(program, listed):
    # TCP_NODELAY
    words = [*SECCOMP, "setsockopt", 2, 1, "EIO", program, "-t", PASSES]
    result = run(*words, "--known", listed(f"{PASSES} # BUG-8"))
    assert result.returncode == 1
    assert tap_reader.read(result.stdout).by("broken") == [PASSES]


@pytest.mark.parametrize(
    "line, complaint",
    [
        ("no_such_test # BUG-1", "no test matches 'no_such_test'; --list shows what there is"),
        (PASSES, f"'{PASSES}' has no reason; add one behind '#'"),
        (f"{PASSES} # ", f"'{PASSES}' has no reason; add one behind '#'"),
        (f"{PASSES} {FAILS} # BUG-1", f"'{PASSES} {FAILS}' is more than one glob; a reason follows '#'"),
        (
            "consecutive_completions_merge.tcp4.tun # BUG-1",
            "no planned test matches 'consecutive_completions_merge.tcp4.tun'; --list --why -t "
            "'consecutive_completions_merge.tcp4.tun' tells which rule excludes it",
        ),
    ],
)
@pytest.mark.parametrize("action", [[], ["--list"]])
def test_a_wrong_line_is_refused(program, listed, line, complaint, action):
    file = listed(f"{FAILS} # not selected, and known", line)
    result = run(program, "--known", file, "-t", PASSES, *action)
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == f"msg_zerocopy: {file}:2: {complaint}\n"


def test_a_list_that_cannot_be_read_is_refused(program, tmp_path):
    for file, why in ((tmp_path / "none", "No such file or directory"), (tmp_path, "Is a directory")):
        result = run(program, "--known", file, "-t", PASSES)
        assert (result.returncode, result.stdout) == (1, "")
        assert result.stderr == f"msg_zerocopy: --known: '{file}' cannot be read: {why}\n"


@pytest.mark.parametrize("words", [["--known", "a/b c"], ["--known=a/b c"]])
def test_a_guest_gets_the_list(words):
    files = {}
    assert judge.with_known(["-t", "x", *words, "-n", "3"], files) == ["-t", "x", "--known=/known/b c", "-n", "3"]
    assert {name: str(path) for name, path in files.items()} == {"known/b c": "a/b c"}


def test_a_guest_for_vsock_takes_none(program, listed, tmp_path):
    options = ("--vsock-guest", fake_image(tmp_path / "vmlinuz"), "--results", tmp_path / "results")
    result = run(TOP / "run_tests.sh", "--no-setup", *options, "--known", listed(f"{PASSES} # BUG-8"))
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.endswith("--known is for --kernel and --matrix: leave it out\n")


def test_a_listed_failure_counts_for_what_its_case_judges():
    result = {"verdict": "xfail", "reason": "list:1 BUG-7", "diagnostics": []}
    assert verdicts.counts_for(result, {"id": "ZC-CT-06"}, named=None)


def test_a_known_deviation_stays_one_unless_strict_makes_it_a_failure(program, listed):
    selection = ("--transport", "udp4", "--path", "loopback")
    deviates = tap_reader.read(run(program, *selection).stdout).by("xfail")
    if not deviates:
        pytest.skip("this kernel has no known deviation of UDP")
    options = ("-t", deviates[0], "--known", listed(f"{deviates[0]} # BUG-9"))
    first = tap_reader.read(run(program, *options).stdout).results[0]
    assert first.verdict == "xfail" and "BUG-9" not in first.reason
    strict = run(program, *options, "--strict")
    first = tap_reader.read(strict.stdout).results[0]
    assert strict.returncode == 0
    assert first.verdict == "xfail" and "BUG-9" in first.reason
