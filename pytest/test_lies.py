# SPDX-License-Identifier: GPL-2.0
"""
The negative control: a kernel that breaks a promise is caught by a case of that
promise, and no case is there that could not fail. lying_kernel/README.md.
"""

import concurrent.futures
import dataclasses
import fcntl
import functools
import json
import os

import pytest

import tap_reader
from conftest import EVERY_CASE, TOP, needs_root, run

pytestmark = needs_root

DYNAMIC = TOP / "build" / "msg_zerocopy.dynamic"
LIBRARY = TOP / "build" / "lying_kernel.so"
# Most results fail, by waiting in vain; and to see a case fail, some of its
# transports are enough.
FEW = ["--patience", "1000", "-j", "12", "--transport", "tcp4", "--transport", "udp[46]", "--transport", "vsock-*"]


@dataclasses.dataclass
class Lie:
    name: str
    breaks: list
    description: str


def lied_to(name, *command, **options):
    environment = {**os.environ, "LD_PRELOAD": str(LIBRARY), "LYING_KERNEL": name}
    return run(*command, env=environment, **options)


@functools.cache
def all_lies():
    if not LIBRARY.exists():
        return []
    lines = lied_to("list", "true").stdout.splitlines()
    rows = [line.split("\t") for line in lines]
    return [Lie(name, breaks.split(), description) for name, breaks, description in rows if breaks]


@functools.cache
def cases_of(requirement):
    """The names of the cases that judge it; there may be none."""
    listed = run(DYNAMIC, "-l", "-r", requirement)
    return {line.split(".")[0] for line in listed.stdout.splitlines()} if listed.returncode == 0 else set()


def ended_by_the_harness(result):
    return any("the case did not end within" in line for line in result.diagnostics)


def outcome(lie):
    """One run of the cases of the promises that a lie breaks, judged by them."""
    judged = [requirement for requirement in lie.breaks if cases_of(requirement)]
    if not judged:
        return {"judged": []}
    selection = [word for requirement in judged for word in ("-r", requirement)]
    result = lied_to(lie.name, DYNAMIC, *FEW, *selection)
    report = tap_reader.read(result.stdout)
    return {
        "judged": judged,
        "status": result.returncode,
        "stderr": result.stderr,
        "missing": report.planned - len(report.results),
        "failed": [r.name for r in report.results if r.verdict == "fail" and not ended_by_the_harness(r)],
        "crashed": [
            r.name
            for r in report.results
            if r.verdict == "broken" and ("ended by" in r.directive or "without a report" in r.directive)
        ],
        "stuck": [r.name for r in report.results if r.verdict == "fail" and ended_by_the_harness(r)],
        "broken": [r.name + ": " + r.directive for r in report.results if r.verdict == "broken"],
    }


@pytest.fixture(scope="session")
def told(tmp_path_factory):
    """told(lie): the outcome, of one run however many tests and workers ask."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent

    def once(lie):
        with open(folder / f"lie_{lie.name}.json", "a+", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.seek(0)
            text = file.read()
            if not text:
                text = json.dumps(outcome(lie))
                file.write(text)
            return json.loads(text)

    return once


def test_there_are_many_lies():
    assert len(all_lies()) >= 80, "run 'make lying_kernel'"
    names = [lie.name for lie in all_lies()]
    assert len(set(names)) == len(names)


def test_lies_break_promises_of_the_catalogue():
    catalogue = json.loads(run(DYNAMIC, "--catalogue=json").stdout)
    known = {row["id"] for row in catalogue["requirements"]}
    assert {requirement for lie in all_lies() for requirement in lie.breaks} <= known


def test_an_unknown_lie_is_refused():
    result = lied_to("the-whole-truth", "true")
    assert result.returncode == 2
    assert result.stderr.startswith("lying_kernel: no lie is named 'the-whole-truth'")


@pytest.mark.parametrize("name", ["", "none"])
def test_without_a_lie_nothing_changes(name):
    """'none' sends every notification through the library all the same."""
    report = tap_reader.read(lied_to(name, DYNAMIC, *EVERY_CASE).stdout)
    assert report.results
    assert report.by("fail") == report.by("broken") == []


@pytest.mark.parametrize("lie", all_lies(), ids=lambda lie: lie.name)
def test_the_lie_is_caught(lie, told):
    seen = told(lie)
    if not seen["judged"]:
        pytest.skip("no case judges " + ", ".join(lie.breaks))
    if seen["status"] == 4:
        pytest.skip("all cases of " + ", ".join(seen["judged"]) + " are skipped here")
    assert seen["missing"] == 0
    assert seen["stderr"] == ""
    assert seen["crashed"] == []
    assert seen["failed"], f"{lie.description} Nobody notices: {seen}"
    assert seen["status"] == 1


def test_every_case_fails_under_a_lie_about_its_promise(told):
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        outcomes = list(pool.map(told, all_lies()))
    failed = {name.split(".")[0] for seen in outcomes for name in seen.get("failed", [])}
    report = tap_reader.read(run(DYNAMIC, *EVERY_CASE).stdout)
    runs_here = {result.name.split(".")[0] for result in report.results if result.verdict != "skip"}
    never = sorted(runs_here - failed)
    print(f"seen to fail: {len(runs_here) - len(never)} of {len(runs_here)} cases")
    assert never == []
