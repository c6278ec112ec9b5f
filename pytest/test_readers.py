# SPDX-License-Identifier: GPL-2.0
"""Readers of TAP that were not written here read the output without loss."""

import re
import subprocess
import sys
from xml.etree import ElementTree

import pytest

from conftest import run
from guest import tap_reader


@pytest.fixture(scope="module")
def output(program):
    """Some of everything: passes, and on most kernels expected failures."""
    return run(program, "--transport", "udp4").stdout


def names_in(output):
    return re.findall(r"^(?:not )?ok \d+ (\S+)", output, re.MULTILINE)


@pytest.fixture(scope="session")
def kunit(kernel_tree):
    """The kernel's own reader, and what it is tested with."""
    return kernel_tree / "tools" / "testing" / "kunit"


def parsed_by(kunit, *words, text):
    return subprocess.run(
        [sys.executable, kunit / "kunit.py", "parse", *words],
        input=text,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )


def test_kunit_reads_every_result(kunit, output):
    result = parsed_by(kunit, "--json", text=output)
    for name in names_in(output):
        assert f'"{name}"' in result.stdout, name
    assert result.returncode == 0, result.stdout


def test_kunit_writes_every_result_as_junit(kunit, output, tmp_path):
    if "--junit" not in run(sys.executable, kunit / "kunit.py", "parse", "--help").stdout:
        pytest.skip("this kernel's kunit.py has no --junit")
    file = tmp_path / "junit.xml"
    parsed_by(kunit, f"--junit={file}", text=output)
    cases = [case.get("name") for case in ElementTree.parse(file).iter("testcase")]
    assert cases == names_in(output)


def test_the_reader_here_knows_flat_tap_and_nothing_else(kunit):
    """By the data that the kernel tests its own reader with."""
    logs = sorted((kunit / "test_data").glob("*.log"))
    flat = [log for log in logs if log.read_text().startswith("TAP version 13\n")]
    assert flat and len(flat) < len(logs)
    for log in flat:
        report = tap_reader.read(log.read_text())
        assert len(report.results) == report.planned > 0, log
        assert not report.by("fail"), log
    for log in set(logs) - set(flat):
        with pytest.raises(ValueError):
            tap_reader.read(log.read_text())


@pytest.mark.parametrize(
    "line, name, verdict",
    [
        ("ok 1 - with a hyphen", "with a hyphen", "pass"),
        ("not ok 2 selftests: net: x.sh # exit=1", "selftests: net: x.sh", "fail"),
        ("ok 3 a.tcp4.veth # SKIP needs veth", "a.tcp4.veth", "skip"),
        ("ok 3 # SKIP selftests: net: x.sh", "", "skip"),
        ("ok 4 a.tcp4.veth # XFAIL ZC-CT-07 late time=3ms", "a.tcp4.veth", "xfail"),
        ("not ok 5 a.tcp4.veth # broken: bind()", "a.tcp4.veth", "broken"),
    ],
)
def test_the_reader_here_reads(line, name, verdict):
    results = tap_reader.read(f"TAP version 13\n1..1\n{line}\n").results
    assert [(result.name, result.verdict) for result in results] == [(name, verdict)]


@pytest.mark.parametrize("line", ["okay 1 a", "ok a", "\tok 1 a", "[    0.1] ok 1 a", "Linux version 6.1"])
def test_the_reader_here_refuses(line):
    with pytest.raises(ValueError):
        tap_reader.read(f"TAP version 13\n1..1\n{line}\n")


def test_tappy_reads_every_result(output, tmp_path):
    parser = pytest.importorskip("tap.parser", reason="needs python3-tap")
    file = tmp_path / "output.tap"
    file.write_text(output)
    results = [line for line in parser.Parser().parse_file(str(file)) if line.category == "test"]
    assert [line.description.split(" ")[0] for line in results] == names_in(output)
    assert all(line.ok for line in results)
