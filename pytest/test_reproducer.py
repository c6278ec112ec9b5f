# SPDX-License-Identifier: GPL-2.0
"""--reproducer: results of the suite as programs in C that answer as the suite did."""

import os
import subprocess

import pytest

from conftest import TOP, run

CASE = "counter_starts_at_zero_and_counts_calls"
NAMES = [
    f"{CASE}.tcp4.loopback",
    f"{CASE}.udp4.veth",
    "empty_datagram_does_not_count.udp4.loopback",  # deviates
    "interrupted_call_consumes_no_id.tcp4.loopback",  # by threads and a signal
    "completed_sends_hold_no_page.tcp4.loopback",  # from a file
    "lingering_close_waits_for_flagged_data.tcp4.window",  # by a close that blocks
    "memlock_is_of_each_user.udp4.unresolved",  # by processes of two users, and a neighbour
    "datagram_dropped_by_a_program_completes_as_not_copied.udp6.veth",  # with a BPF program at a device
    "redirected_message_is_completed.tcp4.loopback",  # with one on a map of sockets
    "disconnection_completes_at_every_stage.tcp4.peer-tun",  # by a peer that is told RST
    "destroyed_stream_completes_what_is_pending.tcp6.window",  # with SOCK_DESTROY
    "optmem_max_of_a_new_namespace_is_128_kib.tcp4.loopback",  # by what a file of /proc says
    "probed_data_arrives_as_it_was_at_its_notification.tcp4.loopback",  # deviates, by bytes whose number varies
    "packet_socket_that_takes_nothing_forces_a_copy.udp4.sink",  # with a packet filter
    "lone_packet_socket_gets_a_copy.udp4.veth",  # deviates, by what does not come
    "dropped_syn_completes_as_copied.tcp4.loopback",  # deviates
    "bpf_array_is_a_source.udp4.loopback",  # from memory of the kernel
]


def test_programs_answer_as_the_suite(program, tmp_path):
    selected = [word for name in NAMES for word in ("-t", name)]
    result = subprocess.run(
        [TOP / "scripts" / "reproducers.py", "-o", tmp_path, *selected],
        env=os.environ | {"MSG_ZEROCOPY": str(program)},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert f"{len(NAMES)} answers as the suite  100.0 %" in result.stdout, result.stdout
    assert "but has" not in "".join(line for line in result.stdout.splitlines() if NAMES[2] in line)


def test_program_of_each_deviation(program, tmp_path):
    """The shortest of two programs, under the name of the deviation."""
    tests = [NAMES[2], "empty_datagram_does_not_count.udp4.veth"]
    result = subprocess.run(
        [
            TOP / "scripts" / "reproducers.py",
            "--deviations",
            tmp_path,
            *(word for name in tests for word in ("-t", name)),
        ],
        env=os.environ | {"MSG_ZEROCOPY": str(program)},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert result.stdout.startswith("zero-length-datagram-counts: ") and result.stdout.endswith(f" of {NAMES[2]}\n")
    assert result.returncode == 0
    (written,) = tmp_path.iterdir()
    assert written.name == "zero-length-datagram-counts.c"
    source = written.read_text()
    assert NAMES[2] in source and " zero-length-datagram-counts.c -o " in source
    assert len(source.splitlines()) <= 150 and max(map(len, source.expandtabs().splitlines())) <= 120


def test_program_says_what_it_is_about(program, tmp_path):
    run(program, "--reproducer", NAMES[2], tmp_path / "a.c")
    about = (tmp_path / "a.c").read_text().split("*/")[0]
    for part in (NAMES[2], "ZC-CT-04, promised:", "msg_zerocopy.rst", "zero-length-datagram-counts", "Kernels: 5.0 on"):
        assert part in about
    assert "-pthread a.c -o a\n" in about  # wherever it was written


@pytest.mark.parametrize(
    "words, complaint",
    [
        (["--reproducer", "no_such"], "no test matches 'no_such'; --list shows what there is"),
        (["--reproducer", ""], "--reproducer needs a test; --list shows what there is"),
        (["--reproducer", CASE], f"--reproducer takes one test, and '{CASE}' is "),
        (["--reproducer", NAMES[0], "/no/such/folder/a.c"], "--reproducer '/no/such/folder/a.c': cannot be written"),
        (["--reproducer", NAMES[0], "a.c", "b.c"], "unexpected argument 'b.c'"),
        (["--reproducer", NAMES[0], "-t", CASE], "--reproducer runs one test once: leave out -t"),
        (["--reproducer", NAMES[0], "--repeat", "2"], "--reproducer runs one test once: leave out --repeat"),
    ],
)
def test_no_program_of(program, words, complaint, tmp_path):
    result = run(program, *words, cwd=tmp_path)
    assert result.returncode == 1
    assert result.stderr.startswith(f"msg_zerocopy: {complaint}")
    assert len(result.stderr.splitlines()) == 1
    assert not list(tmp_path.iterdir())
