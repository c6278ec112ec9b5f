# SPDX-License-Identifier: GPL-2.0
"""The catalogue and the cases agree, and both are as large as promised."""

import json
import re

import pytest

from conftest import TOP, run
from guest import findings


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
        assert findings.KNOWN.match(f"  {deviation['requirement']} {deviation['id']}: {deviation['how']}")


@pytest.mark.parametrize("page", sorted((TOP / "docs").glob("*.md")), ids=lambda page: page.name)
def test_pages_name_cases_that_there_are(program, page):
    """What is written `in_such_a_way`, of three underscores and more, is a case."""
    catalogue = json.loads(run(program, "--catalogue=json").stdout)
    cases = {case for row in catalogue["requirements"] for case in row["cases"]}
    named = set(re.findall(r"`([a-z0-9]+(?:_[a-z0-9]+){3,})`", page.read_text()))
    assert named - cases == set()


SOURCES = [
    path
    for folder in ("src", "netns", "conformance", "guest", "scripts")
    for pattern in ("*.cc", "*.h", "*.py", "*.sh")
    for path in sorted((TOP / folder).rglob(pattern))
    if "unit" not in path.parts
]
CATALOGUED = re.compile(r"^(?:REQUIREMENT|DEVIATION|REGRESSION)\(.*?\);$", re.MULTILINE | re.DOTALL)


def flat(text):
    """Words alone: without the quotation marks, comment signs and line ends of source."""
    return " ".join(re.findall(r"\w+", text.replace('\\"', '"'))).lower()


def found_in(words, texts):
    return [str(path.relative_to(TOP)) for path, text in texts.items() if f" {words} " in f" {text} "]


def test_no_quotation_stands_twice(program):
    """A sentence of the document is quoted by one requirement; others say that they rest on it."""
    catalogue = json.loads(run(program, "--catalogue=json").stdout)
    texts = {path: flat(path.read_text()) for path in SOURCES}
    rows = [row["document"] for row in catalogue["requirements"]]
    quotations = [quotation for row in rows for quotation in re.findall(r'"(.*?)"', row)]
    assert len(quotations) > 30
    assert len(set(quotations)) == len(quotations)
    for quotation in quotations:
        assert len(found_in(flat(quotation), texts)) == 1, quotation


def test_no_promise_stands_twice(program):
    catalogue = json.loads(run(program, "--catalogue=json").stdout)
    texts = {path: flat(path.read_text()) for path in SOURCES}
    for row in catalogue["requirements"]:
        assert len(found_in(flat(row["promise"]), texts)) == 1, row["promise"]
    for deviation in catalogue["deviations"]:
        assert len(found_in(flat(deviation["how"]), texts)) == 1, deviation["how"]


def test_kernel_releases_are_named_in_the_catalogue_only(program):
    """
    The ends of a deviation's ranges stand in its DEVIATION. A skip may tell the release that
    has what is missing, which is no stable one.
    """
    catalogue = json.loads(run(program, "--catalogue=json").stdout)
    ends = {
        release
        for deviation in catalogue["deviations"]
        for span in deviation["kernels"]
        for release in (span["from"], span["before"])
        if release
    }
    assert "6.17" in ends
    for path in SOURCES:
        if path.suffix not in (".cc", ".h") or "catalogue" in path.parts:
            continue
        told = ends if path.parent.name == "conformance" else {end for end in ends if end.count(".") == 2}
        named = set(re.findall(r"(?<![\w.])\d+\.\d+(?:\.\d+)?(?![\w.]*\d)", CATALOGUED.sub("", path.read_text())))
        assert named & told == set(), path
