# SPDX-License-Identifier: GPL-2.0
"""
Nothing stays behind, however and whenever the run ends: no process, device or
file. Its network namespaces have no name and no mount, so that they go with the
last of its processes.
"""

import os
import pathlib
import random
import signal
import subprocess
import tempfile

import pytest

from conftest import HANG, needs_root, wait_until

pytestmark = needs_root


def processes():
    """The programs that run anywhere, by pid: ours and ip's."""
    found = {}
    for folder in pathlib.Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                found[int(folder.name)] = os.readlink(folder / "exe")
            except OSError:
                continue
    return found


def devices():
    return sorted(os.listdir("/sys/class/net"))


def end_by(program, tmp_path, moment, numbers):
    """Start a run, send it signals after so many results, and look round."""
    folder = tmp_path / "tmp"
    folder.mkdir(exist_ok=True)
    mine = pathlib.Path(tmp_path / "msg_zerocopy_left")
    if not mine.exists():
        if os.stat(program).st_dev == os.stat(tmp_path).st_dev:
            os.link(program, mine)
        else:
            mine.write_bytes(program.read_bytes())
        mine.chmod(0o755)
    before = devices()
    run = subprocess.Popen(
        [mine], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, "TMPDIR": str(folder)}
    )
    for _ in range(moment):
        run.stdout.readline()
    for number in numbers:
        run.send_signal(number)
    output = run.communicate(timeout=HANG)[0].decode()
    ours = str(mine)
    # What held a namespace is gone with its processes, whatever the kernel
    # still takes down in the background.
    assert wait_until(lambda: ours not in processes().values()), "processes are left"
    assert devices() == before
    assert not list(folder.iterdir())
    if pathlib.Path("/run/netns").exists():
        assert os.listdir("/run/netns") == []
    return run.returncode, output


ROUNDS = int(os.environ.get("LEFTOVER_ROUNDS", "5"))


@pytest.mark.parametrize("round_number", range(ROUNDS))
@pytest.mark.parametrize(
    "numbers", [[signal.SIGINT], [signal.SIGTERM, signal.SIGTERM], [signal.SIGKILL]], ids=["int", "term-twice", "kill"]
)
def test_ended_early(program, tmp_path, numbers, round_number):
    moment = random.Random(round_number).randrange(0, 200)
    status, output = end_by(program, tmp_path, moment, numbers)
    assert status == -numbers[0]
    if numbers[0] != signal.SIGKILL:
        assert "Bail out! ended by " in output


WHOLE = "TAP version 13\nBail out! ended by "


def ended_before_its_plan(number, *command):
    """The output of a run that a signal ends while it still finds out what there is."""
    # These tests may run below nohup(1).
    command = ["env", "--default-signal=HUP", *command]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)
    children = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children")
    assert wait_until(lambda: process.poll() is not None or children.read_text(encoding="ascii"))
    # As a terminal sends it, to all of the group.
    os.killpg(process.pid, number)
    output = process.communicate(timeout=HANG)[0]
    assert process.returncode == -number
    return output


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_ended_before_its_plan(program, number):
    environment = ["env", "REMOTE_V4=127.0.0.1", program, "--remote", "exec:sleep 98763"]
    said = ended_before_its_plan(number, *environment)
    assert said == f"{WHOLE}{signal.strsignal(number)}\n"


def test_ended_while_it_looks_round(program):
    said = ended_before_its_plan(signal.SIGINT, program)
    assert said.startswith("TAP version 13\n")
    assert said.endswith("\nBail out! ended by Interrupt\n")
    assert said.count("TAP version") == 1


def test_no_file_is_left_in_tmp(program):
    before = set(os.listdir(tempfile.gettempdir()))
    subprocess.run([program, "--path", "veth"], stdout=subprocess.DEVNULL, check=True)
    new = set(os.listdir(tempfile.gettempdir())) - before
    assert not [name for name in new if "zerocopy" in name]
