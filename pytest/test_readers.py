# SPDX-License-Identifier: GPL-2.0
"""Readers of TAP that were not written here read the output without loss."""

import re
import subprocess
import sys

import pytest

from conftest import run


@pytest.fixture(scope="module")
def output(program):
    """Some of everything: passes, and on most kernels expected failures."""
    return run(program, "--transport", "udp4").stdout


def names_in(output):
    return re.findall(r"^(?:not )?ok \d+ (\S+)", output, re.MULTILINE)


@pytest.fixture(scope="session")
def kunit(top, tmp_path_factory):
    """The kernel's own reader, from the linux-source package."""
    # Where it insists to lie.
    folder = tmp_path_factory.mktemp("kernel") / "tools" / "testing" / "kunit"
    result = run(top / "kernel_source.sh", folder, "tools/testing/kunit")
    if result.returncode:
        pytest.skip(result.stderr.strip())
    return folder / "kunit.py"


def test_kunit_reads_every_result(kunit, output):
    result = subprocess.run(
        [sys.executable, kunit, "parse", "--json"],
        input=output,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    for name in names_in(output):
        assert f'"{name}"' in result.stdout, name
    assert result.returncode == 0, result.stdout


def test_tappy_reads_every_result(output, tmp_path):
    parser = pytest.importorskip("tap.parser", reason="needs python3-tap")
    file = tmp_path / "output.tap"
    file.write_text(output)
    results = [line for line in parser.Parser().parse_file(str(file)) if line.category == "test"]
    assert [line.description.split(" ")[0] for line in results] == names_in(output)
    assert all(line.ok for line in results)


def test_no_word_that_netdev_ci_takes_for_a_verdict(output):
    for word in ("[FAIL]", " FAIL:", "SKIP:", "[SKIP]", "# not ok"):
        assert word not in output
