# SPDX-License-Identifier: GPL-2.0
"""
The negative control: a kernel that breaks a promise is caught by a case of that
promise, and no case is there that could not fail. src/lying_kernel/README.md.
"""

import concurrent.futures
import json
import os
import sys

import pytest

from conftest import EVERY_CASE, TOP, needs_root, run
from guests import slot, wanted
from lies import DYNAMIC, LIBRARY, all_lies, lied_to, outcome, told_in_a_guest
from guest import initramfs, tap_reader

pytestmark = needs_root


@pytest.fixture(scope="session")
def told(once):
    """told(lie): the outcome."""
    return lambda lie: once(f"lie_{lie.name}", lambda: outcome(lie))


@pytest.fixture(scope="session")
def all_told(told):
    """The outcome of every lie, by its name."""
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return dict(zip((lie.name for lie in all_lies()), pool.map(told, all_lies())))


def cases(names):
    return {name.split(".")[0] for name in names}


@pytest.fixture(scope="session")
def without_a_lie(once):
    """
    without_a_lie(name): (name, verdict) of every result. With '' the library does
    nothing, with 'none' it sends every notification through its machinery all the same.
    """

    def verdicts(name):
        report = tap_reader.read(lied_to(name, DYNAMIC, *EVERY_CASE).stdout)
        return [(result.name, result.verdict) for result in report.results]

    return lambda name: once(f"without_a_lie_{name}", lambda: verdicts(name))


@pytest.fixture(scope="session")
def cases_that_run(without_a_lie):
    """Those of which a result is no skip here."""
    return cases(name for name, verdict in without_a_lie("") if verdict != "skip")


def test_there_are_many_lies():
    assert len(all_lies()) >= 80, "run 'make lying_kernel'"
    names = [lie.name for lie in all_lies()]
    assert len(set(names)) == len(names)


def test_lies_break_promises_of_the_catalogue():
    catalogue = json.loads(run(DYNAMIC, "--catalogue=json").stdout)
    known = {row["id"] for row in catalogue["requirements"]}
    assert {requirement for lie in all_lies() for requirement in lie.breaks} <= known


def test_every_requirement_with_a_case_has_a_lie():
    catalogue = json.loads(run(DYNAMIC, "--catalogue=json").stdout)
    lied_about = {requirement for lie in all_lies() for requirement in lie.breaks}
    assert [row["id"] for row in catalogue["requirements"] if row["cases"] and row["id"] not in lied_about] == []


@pytest.mark.parametrize("script, page", [("upstream_lies", "lies"), ("first_lines", "first_lines")])
def test_the_page_of_lies_is_as_it_would_be_made_now(script, page):
    """Of what was measured only that it is of lies that are there still."""
    made = run(sys.executable, TOP / "scripts" / f"{script}.py", "--page")
    assert made.returncode == 0, made.stderr
    text = (TOP / "docs" / f"{page}.md").read_text(encoding="utf-8")
    assert made.stdout == text, f"run scripts/{script}.py with the lies that are new, or 'make docs'"
    measured = json.loads((TOP / "docs" / f"{page}.json").read_text(encoding="utf-8"))
    assert set(measured) <= {lie.name for lie in all_lies()}


def test_an_unknown_lie_is_refused():
    result = lied_to("the-whole-truth", "true")
    assert result.returncode == 2
    assert result.stderr.startswith("lying_kernel: no lie is named 'the-whole-truth'")


@pytest.mark.parametrize("name", ["", "none"])
def test_without_a_lie_nothing_changes(name, without_a_lie):
    results = without_a_lie(name)
    assert results
    assert [one for one, verdict in results if verdict in ("fail", "broken")] == []


@pytest.mark.parametrize("lie", all_lies(), ids=lambda lie: lie.name)
def test_the_lie_is_caught(lie, told, pytestconfig):
    seen = told(lie)
    guests = wanted(pytestconfig)
    if guests and seen.get("status") == 4:
        seen = outcome(lie, told_in_a_guest(guests[-1]))
    if not seen["judged"]:
        pytest.skip("no case judges " + ", ".join(lie.breaks))
    if seen["status"] == 4:
        pytest.skip("all cases of " + ", ".join(seen["judged"]) + " are skipped here (--guests tells it in a guest)")
    assert seen["missing"] == 0
    assert seen["stderr"] == ""
    assert seen["crashed"] == []
    assert seen["failed"], f"{lie.description} Nobody notices: {seen}"
    assert seen["status"] == 1


def test_every_case_fails_under_a_lie_about_its_promise(all_told, cases_that_run):
    failed = cases(name for seen in all_told.values() for name in seen.get("failed", []))
    never = sorted(cases_that_run - failed)
    print(f"seen to fail: {len(cases_that_run) - len(never)} of {len(cases_that_run)} cases")
    assert never == []


@pytest.mark.skipif("not config.getoption('--guests')", reason="needs --guests (make guests)")
def test_every_case_that_does_not_run_here_fails_in_a_guest(cases_that_run, pytestconfig):
    kernel = wanted(pytestconfig)[-1]
    everywhere = cases(run(DYNAMIC, "--list", "--entry", "*").stdout.split())
    elsewhere = [word for case in sorted(everywhere - cases_that_run) for word in ("-t", case)]
    files = ["--add", LIBRARY, "--add", DYNAMIC, "--add", TOP / "src" / "lying_kernel" / "each_lie.sh"]
    options = ["--entry", "*", "--patience", "1000", "-j", "12", *elsewhere]
    command = ["sh", "/each_lie.sh", "/msg_zerocopy.dynamic", "/lying_kernel.so", *options]
    with slot():
        result = run(
            sys.executable, TOP / "guest" / "try_boot.py", *files, kernel, initramfs.words(command), timeout=1800
        )
    seen = result.stdout.strip().splitlines()[-1]
    assert seen.startswith("cases seen to fail: ") and seen.endswith(", never: none"), result.stderr


def test_every_requirement_has_a_lie_that_its_own_cases_catch(all_told, cases_that_run):
    catalogue = json.loads(run(DYNAMIC, "--catalogue=json").stdout)
    judged = {
        row["id"]: set(row["cases"]) & cases_that_run
        for row in catalogue["requirements"]
        if set(row["cases"]) & cases_that_run
    }
    undefended = [
        requirement
        for requirement, its_cases in judged.items()
        if not any(
            requirement in lie.breaks and its_cases & cases(all_told[lie.name].get("failed", [])) for lie in all_lies()
        )
    ]
    assert undefended == []
