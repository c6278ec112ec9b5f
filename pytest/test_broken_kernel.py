# SPDX-License-Identifier: GPL-2.0
"""scripts/broken_kernel.py, without a kernel: what it makes of what the suite says, and its page."""

import importlib.util
import json
import sys

import pytest

from conftest import TOP, run
from guest import bugs, kernels, machine, modules
from guest.trouble import Trouble

SCRIPT = TOP / "scripts" / "broken_kernel.py"
NAME = next(iter(bugs.read()))
PASSED = "TAP version 13\n1..1\nok 1 a_case.tcp4.loopback # time=1ms\n"
FAILED = """TAP version 13
1..2
not ok 1 some_case.tcp4.loopback # time=1ms
not ok 2 some_case.tcp6.loopback # time=1ms
# Verdict: kernel 7.3.4 breaks promises of MSG_ZEROCOPY:
#   ZC-CT-06 broken: 2 results of 1 case: A failed call consumes no id
#     range of the notification: expected [0,0], seen [2,2]
#     on tcp4, tcp6
"""


@pytest.fixture
def script():
    """It as a module."""
    specification = importlib.util.spec_from_file_location("broken_kernel", SCRIPT)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


@pytest.fixture
def guests(script, monkeypatch):
    """guests(SAYS...): what the guests to come say of each bug, {bug: text}; one that lacks its end has died."""
    monkeypatch.setattr(
        kernels, "find", lambda name: kernels.Kernel("7.3.4+broken", "7.3.4+broken", None, modules.Modules.none())
    )

    def set_up(*guests_to_come):
        left = list(guests_to_come)

        def boot(_kernel, command, _files, sinks, **_):
            text, dies = left.pop(0), False
            for bug, says in text.items():
                assert bug in command
                dies = says is None
                sinks["output"](f"# bug: {bug}\n".encode() + (b"TAP" if dies else f"{says}# bug ends: 0\n".encode()))
            console = b"BUG: KASAN: use-after-free\n" if dies else b""
            return machine.End("crashed" if dies else "judged", 0, "", "7.3.4+broken", console, 1, 1), "tcg"

        monkeypatch.setattr(script.boot, "run", boot)

    return set_up


def test_a_bug_is_caught_by_what_the_verdict_names(script, guests):
    guests({"none": PASSED, NAME: FAILED})
    seen = script.measure([NAME], False, print)[NAME]
    assert (seen["caught"], seen["cases"]) == (["ZC-CT-06"], ["some_case"])
    assert seen["shows"] == "range of the notification: expected [0,0], seen [2,2]"
    assert script.is_caught(seen)


def test_an_outcome_is_kept_as_soon_as_it_is_there(script, guests):
    """What follows it may end otherwise: here there is no guest for it."""
    other, kept = list(bugs.read())[1], {}
    guests({"none": PASSED, NAME: FAILED})
    with pytest.raises(IndexError):
        script.measure([NAME, other], False, kept.__setitem__)
    assert kept[NAME]["caught"] == ["ZC-CT-06"]


def test_a_bug_that_nothing_catches(script, guests):
    guests({"none": PASSED, NAME: PASSED})
    assert not script.is_caught(script.measure([NAME], False, print)[NAME])


def test_a_bug_that_ends_the_guest_is_caught_and_the_others_go_on(script, guests):
    other = list(bugs.read())[1]
    guests({"none": PASSED, NAME: None}, {other: FAILED})
    seen = script.measure([NAME, other], False, print)
    assert seen[NAME]["shows"] == "the kernel crashed: BUG: KASAN: use-after-free"
    assert seen[other]["caught"] == ["ZC-CT-06"]


def test_cases_that_fail_without_a_bug_end_it(script, guests):
    guests({"none": FAILED, NAME: FAILED})
    with pytest.raises(Trouble, match="without a bug these fail on 7.3.4.broken: some_case"):
        script.measure([NAME], False, print)


def test_the_cases_of_a_bug_are_those_of_what_it_breaks(script):
    bug = bugs.read()[NAME]
    some = f"{script.ENTRIES} {script.TRANSPORTS}"
    assert script.options([NAME], False) == some + "".join(f" -r {id}" for id in sorted(bug.breaks))
    assert script.options([NAME], True) == script.ENTRIES


def test_an_unknown_bug():
    result = run(sys.executable, SCRIPT, "no-such-bug")
    assert result.stderr == "scripts/broken_kernel.py: there is no bug 'no-such-bug'; --list shows them\n"
    assert result.returncode == 1


def test_the_list_has_every_bug():
    lines = run(sys.executable, SCRIPT, "--list").stdout.splitlines()
    assert [line.split()[0] for line in lines] == list(bugs.read())


def test_the_page_is_as_it_would_be_made_now():
    """Of what was measured only that it is of bugs that are there still."""
    made = run(sys.executable, SCRIPT, "--page")
    assert made.returncode == 0, made.stderr
    assert made.stdout == (TOP / "docs" / "broken_kernel.md").read_text(encoding="utf-8"), "run 'make docs'"
    measured = json.loads((TOP / "docs" / "broken_kernel.json").read_text(encoding="utf-8"))
    assert set(measured) <= set(bugs.read())


def test_options_that_the_program_takes(script, program):
    assert run(program, "--list", *script.options(list(bugs.read()), False).split()).returncode == 0
