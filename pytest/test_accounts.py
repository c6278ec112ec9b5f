# SPDX-License-Identifier: GPL-2.0
"""
What the kernel still holds after a case, and what it says of its own faults while
one runs, fails that case. Here a library keeps what should be let go, and a pipe
stands in the kernel log's place.
"""

import contextlib
import os
import pathlib
import signal
import socket
import subprocess
import time

import pytest

from conftest import HANG, TOP, needs_root, run
from test_circumstances import NOBODY, everybodys_program  # pylint: disable=unused-import
from guest import tap_reader

CASE = "counter_starts_at_zero_and_counts_calls"
DYNAMIC = TOP / "build" / "msg_zerocopy.dynamic"
LIBRARY = TOP / "build" / "lying_kernel.so"


def lied_to(name, *selection):
    environment = {**os.environ, "LD_PRELOAD": str(LIBRARY), "LYING_KERNEL": name}
    # A busy machine needs more patience than this to set a test up.
    for patience in ("1000", "10000"):
        report = tap_reader.read(run(DYNAMIC, "--patience", patience, *selection, env=environment).stdout)
        if not report.by("broken"):
            break
    return report


def diagnostics(report, verdict="fail"):
    return [line for result in report.results if result.verdict == verdict for line in result.diagnostics]


@pytest.mark.parametrize("variant", ["tcp6.loopback", "tcp4.veth", "udp6.loopback", "udp4.veth", "udp4.tun"])
def test_a_socket_that_stays(variant):
    report = lied_to("close-leaks-the-socket", "-t", f"{CASE}.{variant}")
    result = report.results[0]
    if result.verdict == "skip":
        pytest.skip(result.directive)
    assert result.verdict == "fail"
    start = result.diagnostics.index("sockets after the case")
    assert result.diagnostics[start + 1] == "  expected: none in its namespaces, once all is closed (ZC-LF-03)"
    assert result.diagnostics[start + 2].startswith("  seen:     1 at the sender's end; ")


def test_each_case_that_leaves_a_socket_fails():
    report = lied_to("close-leaks-the-socket", "-t", CASE)
    assert report.results
    assert len(report.by("fail")) == len(report.results) - len(report.by("skip"))


@needs_root
def test_locked_pages_that_stay():
    report = lied_to("memlock-leaks", "-r", "ZC-LIM-05", "--path", "loopback")
    assert "locked pages after the case" in diagnostics(report)


def test_option_memory_that_stays():
    report = lied_to("optmem-leaks", "-t", f"{CASE}.*.loopback")
    assert len(report.by("fail")) == len(report.results)
    assert "option memory in use at the end" in diagnostics(report)


def test_nothing_stays_of_what_fails_for_another_reason():
    """Its sockets are not drained: no leak."""
    report = lied_to("counter-starts-at-one", "-t", f"{CASE}.tcp4.loopback")
    assert report.by("fail")
    assert "sockets after the case" not in diagnostics(report)


@needs_root
def test_where_the_log_cannot_be_read_the_run_says_so(everybodys_program):
    with pathlib.Path("/proc/sys/kernel/dmesg_restrict").open(encoding="ascii") as file:
        if file.read().strip() == "0":
            pytest.skip("anybody may read the log here")
    report = tap_reader.read(run(*NOBODY, everybodys_program, "-t", f"{CASE}.udp4.loopback").stdout)
    assert any(line.startswith("the kernel's log cannot be read (/dev/kmsg: ") for line in report.comments)
    assert report.by("pass")


@contextlib.contextmanager
def run_that_reads(program, kmsg, *words, tainted=None):
    """One result over and over, with these files in the place of the kernel's."""
    mounts = f"mount --bind {kmsg} /dev/kmsg"
    if tainted:
        mounts += f" && mount --bind {tainted} /proc/sys/kernel/tainted"
    command = ["unshare", "-m", "--propagation", "private", "sh", "-c", f'{mounts} && exec "$@"', "sh"]
    with subprocess.Popen(
        [*command, program, "-j", "1", "-t", f"{CASE}.udp4.loopback", *words],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            # Children before this are no cases.
            process.header = ""
            while not process.header.splitlines()[-1:] or "page size" not in process.header.splitlines()[-1]:
                process.header += process.stdout.readline()
            yield process
        finally:
            process.kill()


def report_of(process):
    text = process.header + process.stdout.read()
    process.wait()
    return tap_reader.read(text)


def wait_for_workers(process):
    children = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children")
    deadline = time.monotonic() + HANG
    while time.monotonic() < deadline:
        if workers := [int(pid) for pid in children.read_text(encoding="ascii").split()]:
            return workers
    raise TimeoutError("no case runs")


@contextlib.contextmanager
def stopped_worker(process):
    """The process of a case, which does not end meanwhile."""
    while True:
        pid = wait_for_workers(process)[0]
        with contextlib.suppress(ProcessLookupError, FileNotFoundError, IndexError):
            os.kill(pid, signal.SIGSTOP)
            status = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
            if status[0] == "T" and int(status[1]) == process.pid:
                break
    try:
        yield pid
    finally:
        os.kill(pid, signal.SIGCONT)


@pytest.fixture
def log(tmp_path):
    """A pipe for records of the log, and a function that writes there."""
    pipe = tmp_path / "kmsg"
    os.mkfifo(pipe)
    descriptor = os.open(pipe, os.O_RDWR)

    def write(lines, priority=4):
        records = "".join(f"{priority},1,1,-;{line}\n" for line in lines)
        os.write(descriptor, records.encode())

    write.path = pipe
    yield write
    os.close(descriptor)


def splat(place, pid, *trace):
    return [
        "------------[ cut here ]------------",
        f"WARNING: CPU: 0 PID: {pid} at {place} some_function+0x1/0x2",
        "Modules linked in: vhost_net vsock",
        f"CPU: 0 PID: {pid} Comm: somebody Not tainted",
        "Call Trace:",
        *trace,
        "---[ end trace 0000000000000000 ]---",
    ]


def the_log_has_pids_of_this_namespace():
    return os.readlink("/proc/self/ns/pid") == "pid:[4026531836]"


LONG = ["--repeat", "50000"]
SHORT = ["--repeat", "100"]


@needs_root
def test_a_splat_fails_the_case_whose_process_it_names(program, log):
    if not the_log_has_pids_of_this_namespace():
        pytest.skip("the log's process ids are not those that are seen here")
    with run_that_reads(program, log.path, *LONG) as process:
        with stopped_worker(process) as worker:
            # Whatever it is about.
            log(splat("drivers/gpu/x.c:1", worker))
        report = report_of(process)
    assert report.by("fail") == [f"{CASE}.udp4.loopback"]
    lines = report.results[0].diagnostics
    start = lines.index(f"the kernel reported a fault in process {worker} of this case")
    assert lines[start + 2] == f"kernel log: WARNING: CPU: 0 PID: {worker} at drivers/gpu/x.c:1 some_function+0x1/0x2"
    assert process.returncode == 1


@needs_root
def test_a_splat_in_an_interrupt_fails_what_runs(program, log):
    with run_that_reads(program, log.path, *LONG) as process:
        wait_for_workers(process)
        log(splat("net/core/stream.c:208", 0, " <IRQ>", " net_rx_action+0x1/0x2"))
        report = report_of(process)
    assert report.by("fail") == [f"{CASE}.udp4.loopback"]
    assert (
        "the kernel reported a fault while these ran, one of which may have caused it: "
        f"{CASE}.udp4.loopback" in report.results[0].diagnostics
    )


@needs_root
@pytest.mark.parametrize(
    "lines, priority",
    [
        (splat("drivers/gpu/x.c:1", 0), 4),
        (splat("net/core/stream.c:208", 0), 12),
        (["watchdog: BUG: soft lockup - CPU#1 stuck for 26s! [tcp_x:12]"], 0),
        (["unregister_netdevice: waiting for lo to become free. Usage count = 2"], 0),
        (["TCP: out of memory -- consider tuning tcp_mem"], 3),
    ],
    ids=["other-code", "written-by-a-program", "overload", "anybodys-device", "no-fault"],
)
def test_what_is_no_fault_of_the_suites_doing_fails_nothing(program, log, lines, priority):
    with run_that_reads(program, log.path, *SHORT) as process:
        log(lines, priority)
        report = report_of(process)
    assert report.by("pass") == [f"{CASE}.udp4.loopback"], report


@needs_root
def test_a_splat_in_another_program_fails_nothing(program, log):
    if not the_log_has_pids_of_this_namespace():
        pytest.skip("the log's process ids are not those that are seen here")
    with run_that_reads(program, log.path, *SHORT) as process:
        log(splat("net/core/stream.c:208", os.getpid()))
        report = report_of(process)
    assert report.by("pass") == [f"{CASE}.udp4.loopback"], report


@needs_root
def test_a_splat_without_an_end_counts(program, log):
    with run_that_reads(program, log.path, *LONG) as process:
        wait_for_workers(process)
        log(["BUG: KASAN: slab-use-after-free in skb_release_data+0x1/0x2", "Read of size 8"])
        report = report_of(process)
    assert "kernel log: Read of size 8" in report.results[0].diagnostics
    assert report.by("fail")


@needs_root
def test_without_the_log_a_new_taint_counts(program, tmp_path):
    tainted = tmp_path / "tainted"
    tainted.write_text("0001\n")
    unreadable = tmp_path / "kmsg"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(unreadable))
    with run_that_reads(program, unreadable, *LONG, tainted=tainted) as process, tainted.open("r+b", 0) as file:
        wait_for_workers(process)
        # A module of somebody's (4096), then a warning (512); never an empty file.
        os.pwrite(file.fileno(), b"4097\n", 0)
        wait_for_workers(process)
        os.pwrite(file.fileno(), b"4609\n", 0)
        report = report_of(process)
    assert any(line.startswith("the kernel's log cannot be read") for line in report.comments)
    lines = report.results[0].diagnostics
    assert any(line.startswith("kernel log: /proc/sys/kernel/tainted: ") and " 4609 now" in line for line in lines)
    assert report.by("fail")
