# SPDX-License-Identifier: GPL-2.0
"""What a terminal shows while a run lasts and at its end; and that nothing else gets any of it."""

import concurrent.futures
import os
import pty
import re
import subprocess

import pytest

from lies import DYNAMIC, LIBRARY
from guest import tap_reader

CASE = "counter_starts_at_zero_and_counts_calls"
WORDS = ["-t", f"{CASE}.*.loopback", "-j", "1"]
ESCAPE = "\x1b["
GREEN = f"{ESCAPE}32mok{ESCAPE}0m"
PROGRESS = re.compile(r"\r([^\r]* done, [^\r]*)\x1b\[K")


def watch(command, on_terminal, **environment):
    """(status, standard output, standard error), these of them on a terminal."""
    streams, ends = {}, {}
    for name in ("stdout", "stderr"):
        ends[name], streams[name] = pty.openpty() if name in on_terminal else os.pipe()
    env = {name: value for name, value in os.environ.items() if name != "NO_COLOR"} | {"TERM": "xterm"} | environment
    with subprocess.Popen([str(word) for word in command], env=env, stdin=subprocess.DEVNULL, **streams) as process:
        for fd in streams.values():
            os.close(fd)
        # Both at a time: the program waits for a terminal that is full.
        with concurrent.futures.ThreadPoolExecutor() as readers:
            said = list(readers.map(read_all, (ends["stdout"], ends["stderr"])))
    return process.returncode, *said


def read_all(fd):
    """A terminal's other end fails when all have closed it."""
    text = b""
    try:
        while part := os.read(fd, 1 << 16):
            text += part
    except OSError:
        pass
    os.close(fd)
    return text.decode().replace("\r\n", "\n")


def as_tap(text):
    """What is left when the line at the bottom was erased, and without colours."""
    return tap_reader.read(re.sub(r"\x1b\[[\d;]*m", "", re.sub(r"\r[^\n]*\x1b\[K", "", text)))


def test_no_terminal_gets_a_code(program):
    status, output, errors = watch([program, *WORDS], [])
    assert (status, errors) == (0, "")
    assert ESCAPE not in output and "\r" not in output
    assert "# Notifications: the counter" not in output


def test_standard_error_shows_how_far_it_is(program):
    status, output, errors = watch([program, *WORDS], ["stderr"])
    assert status == 0
    assert ESCAPE not in output
    planned = tap_reader.read(output).planned
    shown = PROGRESS.findall(errors)
    assert shown[0] == f"0/{planned} done, 0 failed"
    done = [int(line.split("/")[0]) for line in shown]
    assert done == sorted(done)
    # Erased before the summary.
    head, counts = errors.rpartition(f"\r{ESCAPE}K")[2].splitlines()
    assert head.split() == ["#", "pass"]
    assert re.fullmatch(rf"# Notifications: the counter +{planned}", counts)


def test_standard_output_is_still_tap(program):
    status, output, errors = watch([program, *WORDS], ["stdout"])
    assert (status, errors) == (0, "")
    report = as_tap(output)
    assert len(report.by("pass")) == report.planned
    assert output.count(GREEN) == report.planned
    assert PROGRESS.search(output)
    assert any(line.startswith("Notifications: the counter") for line in report.comments)


def test_failures_are_counted_and_red():
    lie = {"LD_PRELOAD": str(LIBRARY), "LYING_KERNEL": "counter-starts-at-one"}
    command = [DYNAMIC, "--patience", "1000", "--repeat", "2", *WORDS]
    status, output, _ = watch(command, ["stdout", "stderr"], **lie)
    assert status == 1
    assert f"{ESCAPE}1;31mnot ok{ESCAPE}0m" in output


def test_the_time_that_is_left_and_the_failures_so_far():
    """Each result takes as long as the patience is, and there are some."""
    lie = {"LD_PRELOAD": str(LIBRARY), "LYING_KERNEL": "lost"}
    _, _, errors = watch([DYNAMIC, "--patience", "1500", *WORDS], ["stderr"], **lie)
    assert re.search(r"\r[1-9]/\d+ done, [1-9] failed, about \d+ (s|min) left\x1b\[K", errors)


def test_rounds_are_shown(program):
    _, output, _ = watch([program, *WORDS, "--until-fail", "--repeat", "3"], ["stdout", "stderr"])
    assert len(as_tap(output).by("pass")) == as_tap(output).planned
    _, _, errors = watch([program, *WORDS, "--until-fail", "--repeat", "3"], ["stderr"])
    assert {line.split(":")[0] for line in PROGRESS.findall(errors)} <= {"round 1", "round 2", "round 3"}
    assert errors.startswith("\rround 1: 0/")


@pytest.mark.parametrize(
    "words, on_terminal, environment, colored",
    [
        ([], ["stdout"], {"NO_COLOR": "1"}, False),
        ([], ["stdout"], {"NO_COLOR": ""}, True),
        ([], ["stdout"], {"TERM": "dumb"}, False),
        (["--color=never"], ["stdout"], {}, False),
        (["--color=auto"], ["stdout"], {}, True),
        (["--color=always"], [], {}, True),
        (["--color=always"], [], {"NO_COLOR": "1"}, True),
    ],
)
def test_colors_by_the_usual_rules(program, words, on_terminal, environment, colored):
    _, output, _ = watch([program, *WORDS, *words], on_terminal, **environment)
    assert (GREEN in output) == colored


def test_a_dumb_terminal_gets_no_line(program):
    _, output, errors = watch([program, *WORDS], ["stdout", "stderr"], TERM="dumb")
    assert ESCAPE not in output + errors
    assert " done, " not in output + errors
