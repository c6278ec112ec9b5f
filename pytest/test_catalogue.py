# SPDX-License-Identifier: GPL-2.0
"""The catalogue and the cases agree, and both are as large as promised."""

import fnmatch
import json
import re

from conftest import run


def test_cases_and_requirements_claim_each_other(program):
    result = run(program, "--catalogue")
    assert result.stderr == ""
    assert result.returncode == 0


def test_its_last_line_counts(program):
    last = run(program, "--catalogue").stdout.splitlines()[-1]
    word, figures = last.split()
    covered, total = map(int, figures.split("/"))
    assert word == "covered"
    assert total >= 228
    assert covered >= 100


def test_json_says_the_same(program):
    catalogue = json.loads(run(program, "--catalogue=json").stdout)
    covered = [row for row in catalogue["requirements"] if row["cases"]]
    assert len(catalogue["requirements"]) == catalogue["total"]
    assert len(covered) == catalogue["covered"]
    for row in catalogue["requirements"]:
        assert bool(row["cases"]) != bool(row["uncovered"]), row["id"]
    ids = {row["id"] for row in catalogue["requirements"]}
    for deviation in catalogue["deviations"]:
        assert deviation["requirement"] in ids
        assert deviation["kernels"]


def test_documents_name_cases_that_are_there(program, top):
    catalogue = json.loads(run(program, "--catalogue=json").stdout)
    cases = [case for row in catalogue["requirements"] for case in row["cases"]]
    for page in ("upstream.md", "regressions.md"):
        text = (top / "docs" / page).read_text(encoding="utf-8")
        # Three words at least: others are names of other things.
        named = re.findall(r"`([a-z0-9]+(?:_[a-z0-9*]+){3,})`", text)
        assert named
        missing = [name for name in named if not fnmatch.filter(cases, name)]
        assert missing == [], page
