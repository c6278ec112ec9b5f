# SPDX-License-Identifier: GPL-2.0
"""The unit tests of the rooms without system calls, one item a test."""

import pytest

from conftest import TOP, run

UNIT_TESTS = TOP / "build" / "unit_tests"


def unit_tests():
    if not UNIT_TESTS.exists():
        return []
    suite, names = "", []
    for line in run(UNIT_TESTS, "--gtest_list_tests").stdout.splitlines():
        if line.startswith("  "):
            names.append(suite + line.strip())
        elif line.endswith("."):
            suite = line
    return names


def test_there_are_unit_tests():
    assert unit_tests(), "run 'make unit_tests'"


@pytest.mark.parametrize("name", unit_tests())
def test_unit(name):
    result = run(UNIT_TESTS, f"--gtest_filter={name}")
    assert result.returncode == 0, result.stdout
