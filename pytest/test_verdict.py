# SPDX-License-Identifier: GPL-2.0
"""What the verdict of a failing run blames: one cause, one line, and the requirement that failed."""

import re

import pytest

from lies import DYNAMIC, lied_to
from guest import findings, tap_reader

# As harness/run.cc:confirm() and harness/waiting.cc have them.
SHORT = re.compile(r"waited only \d+ ms for a notification, after 8 results waited the whole time in vain")
NONE_WITHIN = re.compile(r"  seen:     none within (\d+) ms")
# About something observed, about a past bug, and about promises.
CASES = [
    "structure_is_shared_up_to_its_byte_limit",
    "splice_and_zerocopy_alternate_on_one_stream",
    "counter_starts_at_zero_and_counts_calls",
    "other_flags_combine_with_zerocopy",
]


def verdict_under(lie, *cases):
    """The headings and findings of the verdict, without what explains these; and all that was printed."""
    selection = [word for case in cases for word in ("-t", case)]
    output = lied_to(lie, DYNAMIC, "--patience", "1000", "--path", "loopback", *selection).stdout
    lines = output[output.index("# Verdict: ") :].splitlines()
    return [line for line in lines if not line.startswith("#    ")], output


@pytest.mark.parametrize("lie", ["data-twice", "last-byte-wrong"])
def test_damaged_data_is_one_line(program, lie):
    lines, output = verdict_under(lie, *CASES)
    assert lines[0].endswith(" breaks promises of MSG_ZEROCOPY:")
    assert lines[1].startswith("#   ZC-IN-08 broken: ")
    assert len(lines) == 2, lines
    assert "# not judged here, as something fails that every case ends by:\n# fails  ZC-IN-08, promised: " in output


@pytest.mark.parametrize("case", ["structure_is_shared_up_to_its_byte_limit", "other_flags_combine_with_zerocopy"])
def test_a_lost_notification_breaks_a_promise_in_a_case_about_none(program, case):
    lines, _ = verdict_under("lost", case)
    assert lines[0].endswith(" breaks promises of MSG_ZEROCOPY:")
    assert lines[1].startswith("#   ZC-CT-18 broken: ")
    assert len(lines) == 2, lines


def test_a_promise_beside_an_observation_is_broken(program):
    lines, _ = verdict_under("errno-set", "all_but_origin_code_and_range_is_zero")
    assert lines[0].endswith(" breaks promises of MSG_ZEROCOPY:")


@pytest.mark.parametrize(
    "lie, case, requirement",
    [
        ("unconnected-says-enotconn", "unconnected_stream_refuses_and_does_not_count", "ZC-TX-21"),
        ("no-offender", "control_message_is_that_of_the_socket_family", "ZC-PA-12"),
        ("fault-is-invalid", "memory_that_cannot_be_read_gives_efault_and_no_id", "ZC-MEM-16"),
    ],
)
def test_an_observation_beside_a_promise_has_changed(program, lie, case, requirement):
    lines, _ = verdict_under(lie, case)
    assert lines[0].endswith(" differs from what kernels have been observed to do; the document promises nothing here:")
    assert lines[1].startswith(f"#   {requirement} changed: ")


def test_the_place_of_a_deviation_is_not_lent_to_a_later_failure(program):
    """The case deviates as catalogued; what fails is its end."""
    _, output = verdict_under("last-byte-wrong", "empty_datagram_does_not_count")
    assert "the last expectation that held" in output


def test_bytes_of_before_a_store_are_not_damaged_but_unshared(program):
    command = ("--patience", "1000", "-t", "stores_reach_the_peer_while_a_stream_waits")
    output = lied_to("never-shares", DYNAMIC, *command).stdout
    assert "expected: every byte as stored after the send call, as the pages are shared" in output
    assert " as it was at the send call, not 0x" in output and ": its page was not shared" in output
    assert "#   ZC-IN-03 broken: " in output and "ZC-IN-08" not in output


def test_a_finding_says_what_was_seen_where_and_how_to_see_it_again(program):
    _, output = verdict_under("counter-starts-at-one", "counter_starts_at_zero_and_counts_calls", "vector_gets_one_id")
    explained = [line for line in output.splitlines() if line.startswith("#     ")]
    assert explained[0] == "#     range of the notification: expected [0,0], seen [1,1]"
    assert explained[1].startswith("#     on tcp4, ") and explained[1].endswith("; on loopback")
    command = explained[2].removeprefix("#     smallest: ")
    assert command.endswith(" -t counter_starts_at_zero_and_counts_calls.tcp4.loopback")
    again = lied_to("counter-starts-at-one", *command.split())
    assert again.returncode == 1 and "\n# Totals: pass:0 fail:1 " in again.stdout
    first = findings.read(tap_reader.read(output).comments)[0]
    assert first["command"] == command and first["requirement"] == "ZC-CT-01"


def test_many_waits_in_vain_are_short_once_some_were_long(program):
    """On a kernel that loses all notifications. Whole waits are of three seconds here, times the machine's slowness."""
    output = lied_to("lost", DYNAMIC, "--patience", "3000", "--path", "loopback", "--transport", "udp4").stdout
    report = tap_reader.read(output)
    failed = [result.diagnostics for result in report.results if result.verdict == "fail"]
    short = [lines for lines in failed if any(SHORT.fullmatch(line) for line in lines)]
    assert len(failed) > 100 and len(short) > 0.8 * len(failed)
    waits = [int(match[1]) for lines in failed for line in lines if (match := NONE_WITHIN.fullmatch(line))]
    assert sum(wait >= 3000 for wait in waits) <= 10 and min(waits) >= 500
    assert findings.read(report.comments)[0]["requirement"] == "ZC-CT-18"


def test_enough_waits_in_vain_end_the_run(program):
    """Whatever the rest would show, it would take several times as long as on a good kernel."""
    report = tap_reader.read(lied_to("lost", DYNAMIC, "--patience", "1000").stdout)
    left_out = [result for result in report.results if "not run: so many tests waited in vain" in result.directive]
    assert 400 <= len(report.by("fail")) <= 1300 and len(left_out) > 200
    assert findings.read(report.comments)[0]["requirement"] == "ZC-CT-18"


def test_a_broad_fault_is_one_finding(program):
    """Its other failures are told beside it, in one line."""
    options = ("--patience", "1000", "--path", "loopback", "--transport", "tcp4", "--transport", "udp4")
    output = lied_to("counter-starts-at-one", DYNAMIC, *options).stdout
    report = tap_reader.read(output)
    found = findings.read(report.comments)
    assert found[0]["requirement"] == "ZC-CT-01"
    assert 1 <= len(found) <= 4, found
    told = sum(each["results"] + sum(count for _, count in each["followers"]) for each in found)
    assert told == len(report.by("fail")) > 50


@pytest.mark.parametrize(
    "lie, requirement",
    [
        ("another-control-message-first", "ZC-PA-08"),
        ("copied-lost-by-merging", "ZC-BT-07"),
        ("empty-queue-gives-zero", "ZC-RX-01"),
        ("never-copied", "ZC-LO-01"),
        ("pollerr-missing", "ZC-RX-02"),
        ("range-is-a-count", "ZC-PA-06"),
        ("send-fails-while-notification-queued", "ZC-RX-09"),
        ("wrong-type", "ZC-PA-09"),
    ],
)
def test_a_broad_fault_is_blamed_on_what_was_looked_at(program, lie, requirement):
    """And not on what a few of the cases are about, nor on the promise of every notification."""
    paths = [word for path in ("loopback", "sink", "unresolved", "window") for word in ("--path", path)]
    options = ("--patience", "1000", *paths, "--transport", "tcp4", "--transport", "udp4")
    report = tap_reader.read(lied_to(lie, DYNAMIC, *options).stdout)
    assert findings.read(report.comments)[0]["requirement"] == requirement


def test_a_wait_in_vain_says_what_the_queue_holds(program):
    _, output = verdict_under("pollerr-missing", "counter_starts_at_zero_and_counts_calls")
    assert re.search(r"  seen:     none within \d+ ms, though the error queue holds .* ee_info=0 ee_data=0", output)


def test_a_read_of_the_queue_that_blocks_is_what_is_broken(program):
    lines, output = verdict_under("empty-queue-blocks", "counter_starts_at_zero_and_counts_calls", "vector_gets_one_id")
    assert lines[1].startswith("#   ZC-RX-01 broken: ") and len(lines) == 2, lines
    assert re.search(
        r"# recvmsg\(MSG_ERRQUEUE\)\n#   expected: returns at once\n#   seen:     does not return within", output
    )


def test_a_call_that_blocks_holds_up_no_attempt_to_find_out_what_there_is(program):
    """What native XDP on veth devices needs is found out by sending there."""
    options = ("--patience", "500", "-t", "stream_is_not_copied_whatever_its_length.tcp4.veth-xdp")
    output = lied_to("empty-queue-blocks", DYNAMIC, *options, timeout=100).stdout
    assert "# SKIP needs native XDP on veth devices" in output and ": the attempt did not end within " in output
