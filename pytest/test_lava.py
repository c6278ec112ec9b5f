# SPDX-License-Identifier: GPL-2.0
"""The LAVA test definition, by LAVA's own schema and with a lava-test-case that writes down."""

import os
import shutil

import pytest
import yaml

from conftest import TOP, run
from guest import tap_reader

LAVA = TOP / "scripts" / "lava"


@pytest.fixture
def schemas():
    return pytest.importorskip("lava_common.schemas", reason="needs LAVA's schema (package lava-common)")


def loaded(name):
    return yaml.safe_load((LAVA / name).read_text())


def test_the_definition_is_one_by_lavas_schema(schemas):
    testdef = pytest.importorskip("lava_common.schemas.test.testdef")
    testdef.validate(loaded("msg_zerocopy.yaml"))
    with pytest.raises(Exception, match="required key not provided"):
        testdef.validate({"run": {"steps": []}})
    assert schemas


def test_the_example_of_a_job_is_one_by_lavas_schema(schemas):
    job = loaded("job.yaml")
    schemas.validate(job)
    # The definition as a job would have it inline, too: that is checked more strictly.
    job["actions"][-1]["test"]["definitions"] = [
        {
            "repository": loaded("msg_zerocopy.yaml"),
            "from": "inline",
            "name": "msg-zerocopy",
            "path": "scripts/lava/msg_zerocopy.yaml",
        }
    ]
    schemas.validate(job)


@pytest.fixture
def device(tmp_path):
    """An environment whose lava-test-case notes its arguments, and what it noted."""
    notes = tmp_path / "notes"
    stub = tmp_path / "lava-test-case"
    stub.write_text(f'#!/bin/sh\necho "$@" >>{notes}\n')
    stub.chmod(0o755)
    return {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}, notes


def test_its_steps_report_each_result(device, program, tmp_path):
    """As lava-test-shell runs them: one script, started at the top of the repository."""
    environment, notes = device
    checkout = tmp_path / "tests" / "0_msg-zerocopy"
    shutil.copytree(LAVA, checkout / "scripts" / "lava")
    script = tmp_path / "run.sh"
    script.write_text("set -e\n" + "\n".join(loaded("msg_zerocopy.yaml")["run"]["steps"]))
    environment.update(PROGRAM=str(program), OPTIONS="--path loopback --transport udp4")
    result = run("sh", script, cwd=checkout, env=environment)
    assert result.returncode == 0, result.stderr
    report = tap_reader.read((checkout / "output.tap").read_text())
    lines = notes.read_text().splitlines()
    assert lines.pop() == "every-planned-result --result pass"
    assert len(lines) == report.planned
    for line, one in zip(lines, report.results):
        words = line.split()
        verdict = {"xfail": "pass", "xpass": "pass", "broken": "fail"}.get(one.verdict, one.verdict)
        assert words[:3] == [one.name, "--result", verdict]
        assert one.verdict == "skip" or words[3] == "--measurement" and int(words[4]) >= 0


@pytest.mark.parametrize(
    "output, noted",
    [
        ("1..1\nok 1 a.b.c # time=3ms\n", ["a.b.c --result pass --measurement 3 --units ms"]),
        ("1..1\nnot ok 1 a.b.c # time=3ms\n", ["a.b.c --result fail --measurement 3 --units ms"]),
        ("1..1\nnot ok 1 a.b.c # broken: bind()\n", ["a.b.c --result fail"]),
        ("1..1\nok 1 a.b.c # SKIP needs veth # devices\n", ["a.b.c --result skip"]),
        ("1..1\nok 1 a.b.c # XFAIL ZC-CT-07 x time=3ms\n", ["a.b.c --result pass --measurement 3 --units ms"]),
        ("1..0 # SKIP needs MSG_ZEROCOPY in the kernel\n", []),
    ],
)
def test_each_kind_of_result(device, output, noted):
    environment, notes = device
    result = run("sh", "-c", f"printf '%s' '{output}' | {LAVA}/report_tap.sh", env=environment)
    assert result.returncode == 0
    assert notes.read_text().splitlines() == [*noted, "every-planned-result --result pass"]


@pytest.mark.parametrize("output", ["", "1..2\nok 1 a.b.c # time=3ms\nBail out! ended by SIGTERM\n"])
def test_output_that_ends_early_is_a_failure(device, output):
    environment, notes = device
    result = run("sh", "-c", f"printf '%s' '{output}' | {LAVA}/report_tap.sh", env=environment)
    assert result.returncode == 1
    assert notes.read_text().splitlines()[-1] == "every-planned-result --result fail"
