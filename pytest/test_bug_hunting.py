# SPDX-License-Identifier: GPL-2.0
"""
For bug hunters: --bisect, --until-fail, --repeat, --trace, and the kernel's log beside
a failure. Failures are the lying kernel's.
"""

import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import time

import pytest

from conftest import HANG, TOP, needs_root, run, wait_until
from test_accounts import log  # pylint: disable=unused-import
from test_accounts import report_of, run_that_reads, splat, stopped_worker
from test_circumstances import NOBODY, everybodys_program  # pylint: disable=unused-import
from lies import DYNAMIC, LIBRARY, lied_to
from guest import tap_reader

CASE = "counter_starts_at_zero_and_counts_calls"
RESULT = f"{CASE}.udp4.loopback"
LIE = "counter-starts-at-one"
QUICK = ["--patience", "1000"]
SECCOMP = [sys.executable, TOP / "pytest" / "seccomp.py"]
# linux/ptrace.h
PTRACE_SEIZE, PTRACE_GET_SYSCALL_INFO = 0x4206, 0x420E


def no_tun(program, *words):
    hidden = 'mount --bind /dev/null /dev/net/tun && exec "$0" "$@"'
    return run("unshare", "--mount", "--propagation", "private", "sh", "-c", hidden, program, *words)


def test_bisect_good(program):
    result = run(program, "--bisect", "-t", RESULT)
    assert result.returncode == 0
    assert "Bisection: good" in tap_reader.read(result.stdout).comments


def test_bisect_bad():
    result = lied_to(LIE, DYNAMIC, *QUICK, "--bisect", "-t", RESULT)
    assert result.returncode == 1
    assert "Bisection: bad" in tap_reader.read(result.stdout).comments


@needs_root
def test_bisect_skipped_beside_passed(program):
    words = ["-t", f"{CASE}.udp4.loopback", "-t", f"{CASE}.udp4.tun"]
    assert no_tun(program, *words).returncode == 0
    result = no_tun(program, "--bisect", *words)
    report = tap_reader.read(result.stdout)
    assert [r.verdict for r in report.results] == ["pass", "skip"], result.stdout
    assert any(line.startswith("Bisection: cannot be tested: 1 result not judged") for line in report.comments)
    assert result.returncode == 125


@pytest.mark.parametrize("words", [["-t", "no_such_case"], ["--frobnicate"], ["-n", "0"]])
def test_bisect_a_wrong_command_line(program, words):
    for order in (["--bisect", *words], [*words, "--bisect"]):
        result = run(program, *order)
        assert result.returncode == 125
        assert len(result.stderr.splitlines()) == 1


def test_bisect_no_msg_zerocopy(program):
    # SO_ZEROCOPY
    assert run(*SECCOMP, "setsockopt", 2, 60, "ENOPROTOOPT", program, "--bisect").returncode == 125


def test_bisect_could_not_be_set_up(program):
    # TCP_NODELAY
    words = [*SECCOMP, "setsockopt", 2, 1, "EIO", program, "-t", f"{CASE}.tcp4.loopback"]
    plain = run(*words)
    assert tap_reader.read(plain.stdout).by("broken"), plain.stdout
    assert plain.returncode == 1
    assert run(*words, "--bisect").returncode == 125


def test_bisect_cannot_be_set_up_nor_built(top, tmp_path):
    """run_tests.sh: 1 or 4 would be bad commits."""
    for tool in ("sh", "dirname", "readlink", "find", "id", "env"):
        (tmp_path / tool).symlink_to(shutil.which(tool))
    no_tools = {"PATH": str(tmp_path)}
    assert run(top / "run_tests.sh", "-t", RESULT, env=no_tools).returncode == 4
    assert run(top / "run_tests.sh", "-t", RESULT, "--bisect", env=no_tools).returncode == 125
    for tool in ("mktemp", "nproc", "grep", "head", "rm", "g++", "xz"):
        (tmp_path / tool).symlink_to(shutil.which(tool))
    (tmp_path / "make").symlink_to(shutil.which("false"))
    assert run(top / "run_tests.sh", "--no-setup", "-t", RESULT, env=no_tools).returncode == 1
    assert run(top / "run_tests.sh", "--no-setup", "-t", RESULT, "--bisect", env=no_tools).returncode == 125


@needs_root
def test_git_bisect_run_finds_the_commit(tmp_path):
    """What it is for, with a lie for the kernel's defect."""

    def git(*words):
        identity = ["-c", "user.name=nobody", "-c", "user.email=nobody@localhost"]
        return run("git", *identity, *words, cwd=tmp_path)

    git("init", "-q")
    for number in range(8):
        (tmp_path / "lie").write_text("none" if number < 5 else LIE)
        (tmp_path / "number").write_text(str(number))
        git("add", "-A")
        git("commit", "-qm", f"commit {number}")
    git("bisect", "start", "HEAD", "HEAD~7")
    script = f"[ $(cat lie) = none ] || export LD_PRELOAD={LIBRARY} LYING_KERNEL=$(cat lie); "
    script += f"exec {DYNAMIC} --patience 1000 --bisect -t {RESULT}"
    output = git("bisect", "run", "sh", "-c", script).stdout
    assert "commit 5" in output.split(" is the first bad commit")[1]


def test_repeat_reports_the_first_failure():
    result = lied_to(LIE, DYNAMIC, *QUICK, "-n", "50", "-t", RESULT)
    report = tap_reader.read(result.stdout)
    assert report.by("fail") == [RESULT]
    assert "in repetition 1 of 50" in report.results[0].diagnostics


def test_until_fail_stops_at_the_first_failure():
    words = ["-j", "1", "-t", f"{CASE}.udp?.loopback"]
    result = lied_to(LIE, DYNAMIC, *QUICK, "--until-fail", *words)
    report = tap_reader.read(result.stdout)
    assert [r.verdict for r in report.results] == ["fail", "skip"]
    assert report.planned == 2
    first, second = report.results
    assert "in round 1" in first.diagnostics
    assert any(line.startswith("judges ZC-CT-01") for line in first.diagnostics)
    assert any(line.startswith("run again: ") and "--until-fail" in line for line in first.diagnostics)
    assert second.directive == "SKIP not run before another failed"
    assert "until-fail: 0 rounds without a failure, then one" in report.comments
    assert result.returncode == 1


def test_until_fail_with_one_job_begins_none_before_the_last_has_ended():
    """A case whose sockets stay fails only after its end, when a second could have failed before it."""
    environment = {**os.environ, "LD_PRELOAD": str(LIBRARY), "LYING_KERNEL": "close-leaks-the-socket"}
    words = [*QUICK, "-j", "1", "--until-fail", "-t", f"{CASE}.udp?.loopback"]
    with subprocess.Popen([DYNAMIC, *words], stdout=subprocess.PIPE, text=True, env=environment) as process:
        children = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children")
        # Children before this are no cases.
        while "page size" not in process.stdout.readline():
            pass
        most = 0
        while process.poll() is None:
            most = max(most, len(children.read_text(encoding="ascii").split()))
            time.sleep(0.01)
    assert most == 1


def test_until_fail_ends_with_repeat(program):
    result = run(program, "--until-fail", "--repeat", "3", "-t", f"{CASE}.udp?.loopback")
    report = tap_reader.read(result.stdout)
    assert len(report.by("pass")) == report.planned == 2
    assert "until-fail: 3 rounds without a failure" in report.comments
    assert result.returncode == 0


@needs_root
def test_until_fail_does_not_repeat_skips(program):
    result = no_tun(program, "--until-fail", "-t", f"{CASE}.udp4.tun")
    assert [r.verdict for r in tap_reader.read(result.stdout).results] == ["skip"]
    assert result.returncode == 4


def test_until_fail_interrupted(program):
    process = subprocess.Popen([program, "--until-fail", "-t", RESULT], stdout=subprocess.PIPE, text=True)
    lines = []
    for line in process.stdout:  # until it shows that it goes on
        lines.append(line)
        if line.startswith("# until-fail: "):
            break
    process.send_signal(signal.SIGINT)
    lines += process.communicate(timeout=HANG)[0].splitlines(keepends=True)
    assert process.returncode == -signal.SIGINT
    report = tap_reader.read("".join(lines))
    assert not report.results
    assert any(re.fullmatch(r"until-fail: \d+ rounds? without a failure", line) for line in report.comments)
    assert lines[-1].startswith("Bail out! ended by Interrupt")


def trace_of(result):
    """The calls of the trace, without their times."""
    report = tap_reader.read(result.stdout)
    (judged,) = report.results
    lines = judged.diagnostics
    start = next(i for i, line in enumerate(lines) if line.startswith("trace of "))
    calls = [match[1] for line in lines[start:] if (match := re.match(r" *\d+ (.*)", line))]
    return judged, calls


def test_trace_shows_the_calls_in_order(program):
    result = run(program, "--trace", f"{CASE}.tcp4.loopback", "--seed", "42")
    judged, calls = trace_of(result)
    assert judged.verdict == "pass"
    sends = [call for call in calls if "MSG_ZEROCOPY" in call]
    send = re.compile(r"sendto\(\d+, 0x[0-9a-f]+\+(\d+) seed\+0, (\S+)\) = (\d+)")
    assert [send.fullmatch(call).groups() for call in sends] == [
        ("1", "MSG_DONTWAIT|MSG_NOSIGNAL|MSG_ZEROCOPY", "1"),
        ("100", "MSG_DONTWAIT|MSG_NOSIGNAL|MSG_ZEROCOPY", "100"),
        ("10000", "MSG_DONTWAIT|MSG_NOSIGNAL|MSG_ZEROCOPY", "10000"),
    ]
    notified = [call for call in calls if "ids [" in call]
    for number, call in enumerate(notified):
        assert re.match(r"recvmsg\(\d+, .*, MSG_ERRQUEUE\) = 0 ", call)
        assert f"ids [{number},{number}]: " in call
        assert "ee_errno=0 ee_origin=SO_EE_ORIGIN_ZEROCOPY ee_type=0 ee_code=SO_EE_CODE_ZEROCOPY_COPIED " in call
        assert f"ee_info={number} ee_data={number}" in call
    assert len(notified) == 3
    # One after the other, each before the next send.
    both = [call for call in calls if call in sends or call in notified]
    assert both == [call for pair in zip(sends, notified) for call in pair]
    assert any(re.fullmatch(r"setsockopt\(\d+, SOL_SOCKET, SO_ZEROCOPY, 1\) = 0", call) for call in calls)
    assert any(call.endswith(", MSG_ERRQUEUE) = -1 EAGAIN") for call in calls)
    received = [call for call in calls if call.startswith("recvfrom(") and "= 10101 " in call]
    assert len(received) == 1 and received[0].endswith("seed+0 for 100, seed+0 for 10000")


def test_trace_shows_the_pointer_of_an_option_that_cannot_be_read(program):
    _, calls = trace_of(run(program, "--trace", "option_is_an_int.tcp4.loopback"))
    assert any(re.fullmatch(r"setsockopt\(\d+, SOL_SOCKET, SO_ZEROCOPY, NULL\+4\) = -1 EFAULT", call) for call in calls)


def test_trace_tells_threads_apart(program):
    name = "two_threads_on_a_datagram_socket_have_ids_of_their_own"
    judged, calls = trace_of(run(program, "--trace", f"{name}.udp4.loopback"))
    assert judged.verdict == "pass"
    threads = {match[1] for call in calls if (match := re.match(r"\[(\d+)\] .*MSG_ZEROCOPY", call))}
    assert len(threads) >= 1
    assert any("MSG_ERRQUEUE" in call and not call.startswith("[") for call in calls)


def test_trace_of_several_takes_the_first(program):
    result = run(program, "--trace", f"{CASE}*", "--transport", "udp4")
    report = tap_reader.read(result.stdout)
    assert [r.name for r in report.results] == [RESULT]
    note = re.compile(rf"trace: '{CASE}\*' is \d+ results; of the first only")
    assert any(note.fullmatch(line) for line in report.comments)


def test_trace_of_a_failure():
    """Of what the kernel said, not of what the liar above it made of that."""
    result = lied_to(LIE, DYNAMIC, *QUICK, "--trace", RESULT)
    judged, calls = trace_of(result)
    assert judged.verdict == "fail"
    assert any("ids [0,0]" in call for call in calls)


def test_trace_shows_the_topology_and_where_it_fails(program):
    _, calls = trace_of(run(program, "--trace", f"{CASE}.udp4.veth"))
    assert any("ip: link add name zc0" in call for call in calls)
    assert not any("AF_NETLINK" in call for call in calls)
    _, calls = trace_of(lied_to(LIE, DYNAMIC, *QUICK, "--trace", RESULT))
    marks = [
        i for i, call in enumerate(calls) if "<-- expectation failed: range of the notification: expected [0,0]" in call
    ]
    assert len(marks) == 1 and "recvmsg(" in calls[marks[0] - 1], calls


def test_trace_of_a_case_that_is_ended():
    """What it did up to then is there."""
    result = lied_to("empty-queue-blocks", DYNAMIC, "--patience", "300", "--trace", RESULT)
    judged, calls = trace_of(result)
    assert any("MSG_ERRQUEUE" in call for call in calls)
    assert not any(line.startswith("waiting in: ") for line in judged.diagnostics)


def test_nothing_is_left_of_a_trace_that_is_killed(program):
    """The runner's end is the tracer's, and that the case's."""
    process = subprocess.Popen(
        [program, "--until-fail", "--trace", RESULT], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    for line in process.stdout:
        if line.startswith("# until-fail: "):
            break
    process.kill()
    process.communicate(timeout=HANG)
    assert wait_until(lambda: not members(process.pid)), members(process.pid)


def members(session):
    """The processes of a session."""
    found = []
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text(encoding="utf-8", errors="replace").rsplit(")", 1)[1].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(fields[3]) == session:
            found.append((stat.parent.name, fields[0]))
    return found


@pytest.mark.parametrize(
    "request_number, error, line",
    [
        (PTRACE_SEIZE, "EPERM", "ptrace(PTRACE_SEIZE): Operation not permitted: a seccomp filter"),
        (PTRACE_GET_SYSCALL_INFO, "EIO", "ptrace(PTRACE_GET_SYSCALL_INFO): Input/output error: it needs Linux 5.3"),
    ],
)
def test_no_trace_to_be_had(program, request_number, error, line):
    result = run(*SECCOMP, "ptrace", 0, request_number, error, program, "--trace", RESULT)
    judged, calls = trace_of(result)
    assert judged.verdict == "pass"
    assert calls == []
    assert len([said for said in judged.diagnostics if said.startswith(f"no trace: {line}")]) == 1
    assert result.returncode == 0


@pytest.mark.parametrize(
    "words, complaint",
    [
        (["--trace", "no_such"], "no test matches 'no_such'; --list shows what there is"),
        (["--trace", ""], "--trace needs a case; --list shows what there is"),
        (["--trace", CASE, "-t", CASE], "--trace selects the test itself: leave out -t"),
    ],
)
def test_trace_of_nothing(program, words, complaint):
    result = run(program, *words)
    assert (result.returncode, result.stderr, result.stdout) == (1, f"msg_zerocopy: {complaint}\n", "")


@needs_root
def test_trace_without_root(everybodys_program):
    """Of one's own children, so that it takes no privilege."""
    judged, calls = trace_of(run(*NOBODY, everybodys_program, "--trace", RESULT))
    assert judged.verdict == "pass"
    assert sum("ids [" in call for call in calls) == 3


@pytest.fixture
def lies(monkeypatch):
    monkeypatch.setenv("LD_PRELOAD", str(LIBRARY))
    monkeypatch.setenv("LYING_KERNEL", "lost")


@needs_root
def test_the_kernels_log_is_beside_a_failure(lies, log):
    """What it said while the case ran, at any level, and not before; bounded; as no reader takes for results."""
    log(["said before"], priority=6)
    with run_that_reads(DYNAMIC, log.path, *QUICK) as process:
        with stopped_worker(process):
            log(["zc9: left promiscuous mode [FAIL] x FAIL: SKIP: [SKIP] # not ok 1"], priority=6)
            log(["a program's"], priority=12)
            log([f"line {number}" for number in range(100)], priority=7)
        report = report_of(process)
    assert report.by("fail") == [RESULT]
    lines = report.results[0].diagnostics
    start = lines.index("kernel log during this test, whoever caused it:")
    assert lines[start + 1] == "kernel log: zc9: left promiscuous mode [fail] x fail: skip: [skip] #not ok 1"
    assert lines[start + 2] == "kernel log: line 0"
    assert len([line for line in lines if line.startswith("kernel log: ")]) == 30
    assert "and 71 more lines" in lines
    assert not any("said before" in line or "a program's" in line for line in lines)


@needs_root
def test_a_silent_kernel_log(lies, log):
    with run_that_reads(DYNAMIC, log.path, "--patience", "1000") as process:
        report = report_of(process)
    assert "kernel log: no messages during this test" in report.results[0].diagnostics


@needs_root
def test_a_splats_lines_are_told_once(program, log):
    with run_that_reads(program, log.path, "--repeat", "50000") as process:
        with stopped_worker(process) as pid:
            log(["zc0: entered promiscuous mode"], priority=6)
            log(splat("net/core/skbuff.c:1", pid))
        report = report_of(process)
    lines = report.results[0].diagnostics
    assert len([line for line in lines if "[ cut here ]" in line]) == 1
    assert "kernel log: zc0: entered promiscuous mode" in lines


@needs_root
def test_a_log_that_cannot_be_read_is_said_beside_a_failure(lies, tmp_path):
    unreadable = tmp_path / "kmsg"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(unreadable))
    with run_that_reads(DYNAMIC, unreadable, "--patience", "1000") as process:
        report = report_of(process)
    complaint = "the kernel's log cannot be read here (/dev/kmsg: No such device or address): dmesg, run by root, "
    assert any(line.startswith(complaint) for line in report.results[0].diagnostics)


@needs_root
def test_the_log_is_not_shown_beside_what_passes(program, log):
    with run_that_reads(program, log.path, "--repeat", "200", "--verbose") as process:
        log(["zc0: entered promiscuous mode"], priority=6)
        report = report_of(process)
    assert report.by("pass") == [RESULT]
    assert not any("kernel log: " in line for line in report.comments)
