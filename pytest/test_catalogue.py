# SPDX-License-Identifier: GPL-2.0
"""The catalogue and the cases agree, and both are as large as promised."""

import json
import re

import pytest

from conftest import TOP, run


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


@pytest.mark.parametrize("page", sorted((TOP / "docs").glob("*.md")), ids=lambda page: page.name)
def test_pages_name_cases_that_there_are(program, page):
    """What is written `in_such_a_way`, of three underscores and more, is a case."""
    catalogue = json.loads(run(program, "--catalogue=json").stdout)
    cases = {case for row in catalogue["requirements"] for case in row["cases"]}
    named = set(re.findall(r"`([a-z0-9]+(?:_[a-z0-9]+){3,})`", page.read_text()))
    assert named - cases == set()
