# SPDX-License-Identifier: GPL-2.0
"""The LAVA test definition, by LAVA's own schema and with a lava-test-case that writes down."""

import os
import shutil

import pytest
import yaml

from conftest import TOP, run
from guest import architecture, tap_reader

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


def test_a_job_of_each_architecture(tmp_path):
    """With what the guests of that architecture have; the example is the one of x86-64."""
    result = run(LAVA / "jobs.py", tmp_path / "jobs")
    assert (result.returncode, result.stderr) == (0, "")
    for name, of in architecture.ALL.items():
        job = yaml.safe_load((tmp_path / "jobs" / f"{name}.yaml").read_text())
        assert job["context"] == {"arch": name, "machine": of.board, "cpu": of.cpu, "memory": 2048}
        images = job["actions"][0]["deploy"]["images"]
        assert f"console={of.console} " in images["kernel"]["image_arg"]
        assert f" virtio-blk-{of.bus}," in images["rootfs"]["image_arg"]
        assert all(f"{name}" in image["url"] for image in images.values())
    job = yaml.safe_load((tmp_path / "jobs" / "amd64.yaml").read_text())
    assert job | {"job_name": ""} == loaded("job.yaml") | {"job_name": ""}


def test_jobs_are_of_lavas_schema(schemas, tmp_path):
    assert run(LAVA / "jobs.py", tmp_path, "arm64=lab-arm64-qemu", "s390x").returncode == 0
    jobs = {path.stem: yaml.safe_load(path.read_text()) for path in tmp_path.glob("*.yaml")}
    assert {name: job["device_type"] for name, job in jobs.items()} == {"arm64": "lab-arm64-qemu", "s390x": "qemu"}
    for job in jobs.values():
        schemas.validate(job)


@pytest.mark.parametrize(
    "words, complaint",
    [
        ([], "usage: scripts/lava/jobs.py FOLDER"),
        (["{}/jobs", "arm64", "mips"], "jobs.py: no architecture 'mips': guests are amd64, i386, "),
        (["/proc/jobs"], "jobs.py: cannot write /proc/jobs: "),
    ],
)
def test_jobs_that_cannot_be_written(tmp_path, words, complaint):
    result = run(LAVA / "jobs.py", *(word.format(tmp_path) for word in words))
    assert result.returncode == 1
    assert result.stderr.startswith(complaint)
    assert result.stderr.count("\n") == 1
    assert not (tmp_path / "jobs").exists()


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
