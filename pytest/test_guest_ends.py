# SPDX-License-Identifier: GPL-2.0
"""However a guest ends, there is one clear line and an exit status, within the deadline."""

import json
import os
import signal
import subprocess
import sys

import pytest

from conftest import HANG, TOP, run, slowness, wait_until
from guests import FAKE_RELEASE, fake_image, needs_guest_tools

# pylint: disable-next=unused-import
from guests import fake_kernel, fake_qemu, own_cache
from guest import boot, judge, machine, matrix, qemu
from guest.outputs import Outputs

pytestmark = needs_guest_tools
# What must happen has long. What must not is short, but no shorter than a busy machine takes
# for what comes before.
BRIEF = round(2 + slowness())
DEADLINES = machine.Deadlines(boot=HANG, silence=HANG, whole=HANG)
IMPATIENT = machine.Deadlines(boot=BRIEF, silence=HANG, whole=HANG)
WITHOUT_SIGNS = machine.Deadlines(boot=HANG, silence=BRIEF, whole=HANG)


@pytest.fixture(autouse=True)
def here(monkeypatch, own_cache, program):
    """Emulation, short deadlines, a cache of the test's own."""
    monkeypatch.setattr(boot, "deadlines", lambda: DEADLINES)
    monkeypatch.setattr(qemu, "kvm_is_plausible", lambda architecture: False)


@pytest.fixture
def judged(tmp_path, fake_qemu, fake_kernel):
    """A function: the verdict on a guest of this fate."""

    def verdict_on(fate, *options, **more):
        fake_qemu(fate)
        return judge.kernel(str(fake_kernel.image), options, tmp_path / "results", **more)

    return verdict_on


def test_what_a_guest_writes_to_files(judged, tmp_path, capfd):
    file = tmp_path / "out.json"
    judged("writes:all of it", outputs=Outputs({"json": file}))
    assert file.read_text() == "all of it"
    # A run that is begun again, and one that ends before the files are written.
    mark = tmp_path / "emulated-once"
    judged(f"meets-an-emulators-fault:{mark}", outputs=Outputs({"json": file}))
    assert file.read_text() == "all of it"
    judged("panics", outputs=Outputs({"json": file}))
    assert file.read_text() == "all of it"
    told = f"# {file} is not written: the guest ended before it could say what to write\n"
    assert capfd.readouterr().err.count(told) == 2
    assert list(tmp_path.glob("out*")) == [file]


@pytest.mark.parametrize(
    "fate, status, code, reason",
    [
        ("judged:0", "judged", 0, ""),
        ("judged:1", "judged", 1, ""),
        ("judged:4", "judged", 4, ""),
        ("warns-at-boot", "judged", 0, ""),
        ("is-damaged-by-its-last-case", "judged", 0, ""),
        (
            "refuses",
            "did-not-boot",
            1,
            "qemu-system-x86_64: something is wrong with the command line; its console ends: "
            "[    0.0] Linux version 9.9.9-fake",
        ),
        (
            "no-ports",
            "did-not-boot",
            1,
            "the machine ended while it booted; its console ends: guest: no virtio-serial ports "
            "(CONFIG_VIRTIO_CONSOLE, CONFIG_VIRTIO_PCI)",
        ),
        (
            "panics-at-boot",
            "did-not-boot",
            1,
            "the machine ended while it booted; its console ends: [    1.6] Kernel panic - not syncing",
        ),
        (
            "panics",
            "crashed",
            1,
            "the machine ended in the middle of the run, after first.tcp4.loopback (1 of 2 results): "
            "BUG: kernel NULL pointer dereference, address: 0000000000000008",
        ),
        (
            "warns",
            "judged",
            1,
            "the kernel reported a fault: WARNING: CPU: 1 PID: 7 at net/core/sock.c:1",
        ),
    ],
)
def test_each_end_has_its_verdict(judged, fate, status, code, reason):
    verdict = judged(fate)
    assert (verdict.status, verdict.exit, verdict.reason) == (status, code, reason)


def test_a_boot_that_takes_too_long(judged, monkeypatch):
    monkeypatch.setattr(boot, "deadlines", lambda: IMPATIENT)
    verdict = judged("silent")
    assert (verdict.status, verdict.exit) == ("did-not-boot", 1)
    # The stand-in for QEMU may have come to say nothing.
    assert verdict.reason.startswith(f"not ready within {BRIEF} s; its console ")


def test_a_guest_without_signs_of_life(judged, monkeypatch):
    monkeypatch.setattr(boot, "deadlines", lambda: WITHOUT_SIGNS)
    verdict = judged("hangs")
    assert (verdict.status, verdict.exit) == ("hung", 1)
    assert verdict.reason == f"no sign of life for {BRIEF} s, after first.tcp4.loopback (1 of 2 results)"


def test_a_run_that_never_ends_is_ended(judged, monkeypatch):
    monkeypatch.setattr(boot, "deadlines", lambda: machine.Deadlines(boot=HANG, silence=HANG, whole=2 * BRIEF))
    verdict = judged("chatters")
    assert (verdict.status, verdict.exit) == ("hung", 1)
    assert verdict.reason.startswith(f"not at its end within {2 * BRIEF} s, before the first result")


def test_a_boot_is_tried_twice(judged, tmp_path):
    verdict = judged(f"boots-at-second-try:{tmp_path}/tried")
    assert (verdict.status, verdict.exit) == ("judged", 0)


def test_an_emulators_fault_is_none_of_the_kernels(judged, tmp_path):
    """It runs once more, and what it said already is not said again."""
    verdict = judged(f"meets-an-emulators-fault:{tmp_path}/met")
    assert (verdict.status, verdict.exit) == ("judged", 0)
    lines = (tmp_path / "results" / FAKE_RELEASE / "run.tap").read_text().splitlines()
    assert [line for line in lines if line.startswith(("TAP", "1..", "ok"))] == [
        "TAP version 13",
        "1..2",
        "ok 1 first.tcp4.loopback # time=1ms",
        "ok 2 second.tcp4.loopback # time=1ms",
    ]


@pytest.mark.parametrize(
    "fate, code", [("silent", 125), ("hangs", 125), ("panics", 1), ("judged:0", 0), ("judged:1", 1)]
)
def test_what_bisection_is_told(judged, monkeypatch, fate, code):
    limits = {"silent": IMPATIENT, "hangs": WITHOUT_SIGNS}.get(fate, DEADLINES)
    monkeypatch.setattr(boot, "deadlines", lambda: limits)
    assert judged(fate, "--bisect").exit == code


def test_what_is_kept(judged, tmp_path):
    judged("panics")
    folder = tmp_path / "results" / FAKE_RELEASE
    kept = json.loads((folder / "kernel.json").read_text())
    assert kept["label"] == kept["release"] == FAKE_RELEASE
    assert kept["status"] == "crashed"
    assert kept["splats"][0].startswith("BUG: kernel NULL pointer dereference")
    assert (folder / "run.tap").read_text().splitlines()[-1] == "ok 1 first.tcp4.loopback # time=1ms"
    assert "Kernel panic" in (folder / "console.log").read_text()


@pytest.fixture
def command(tmp_path, fake_qemu, fake_kernel, monkeypatch):
    """The command line, on a fake kernel: (the words, the environment)."""
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    return [
        sys.executable,
        TOP / "guest",
        "--kernel",
        fake_kernel.image,
        "--results",
        tmp_path / "results",
    ]


def test_the_tap_is_the_guests(command, fake_qemu):
    fake_qemu("judged:0")
    result = run(*command)
    assert result.stdout.splitlines()[0] == "TAP version 13"
    assert result.stdout.splitlines()[-1].startswith("# Totals: pass:2")
    assert result.returncode == 0


def test_a_crash_is_one_line(command, fake_qemu):
    fake_qemu("panics")
    result = run(*command)
    lines = [line for line in result.stderr.splitlines() if not line.startswith("#")]
    assert len(lines) == 1
    assert lines[0].startswith(f"run_tests.sh: {FAKE_RELEASE} crashed: the machine ended in the middle of the run")
    assert result.returncode == 1


def test_no_qemu(command, tmp_path):
    bare = tmp_path / "bare"
    bare.mkdir()
    for tool in ("busybox", "ldd", "bash", "sh"):
        path = run("sh", "-c", f"command -v {tool}").stdout.strip()
        if path:
            (bare / tool).symlink_to(path)
    result = run(*command, env={**os.environ, "PATH": str(bare)})
    assert "run_tests.sh: there is no qemu-system-x86_64: install the package qemu-system-x86" in result.stderr
    assert result.returncode == 4


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
@pytest.mark.parametrize("many", [False, True])
def test_no_guest_survives(command, fake_qemu, fake_kernel, tmp_path, number, many):
    fake_qemu("hangs")
    words = [str(word) for word in command]
    if many:
        # One more than are judged at once: it must not come up when they are gone.
        more = [fake_image(tmp_path / f"another{number}", f"9.9.1{number}-fake") for number in range(matrix.AT_ONCE)]
        words[2:4] = ["--matrix", str(fake_kernel.image), *map(str, more)]
    # A guest's command line names the kernel.
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert wait_until(lambda: len(guests_of(tmp_path)) == (matrix.AT_ONCE if many else 1))
        process.send_signal(number)
        process.wait(HANG)
    assert wait_until(lambda: not guests_of(tmp_path))
    # Nor what waited for it.
    assert wait_until(lambda: not run("pgrep", "-f", f"guest .* --results {tmp_path}/").stdout)


def guests_of(folder):
    """The pids of fake guests whose kernels lie in this folder."""
    result = run("pgrep", "-f", f"qemu-system-x86_64 .*-kernel {folder}/")
    return result.stdout.split()
