# SPDX-License-Identifier: GPL-2.0
"""The benchmark: what it tells, the command line, how it ends. Nothing here depends on how fast anything is."""

import base64
import html
import json
import os
import re
import signal
import subprocess
from xml.etree import ElementTree

import pytest

from conftest import HANG, LOST_OUTPUT, TOP, complaint_of_lost_output, needs_root, run, wait_until

PROGRAM = TOP / "build" / "zerocopy_bench"
SHORT = ("--seconds", "1", "--size", "4K", "--size", "64K")
ROW = re.compile(r" +([0-9.]+ [KM]iB)(?: +[0-9.]+){6} +[0-9.]+\.\.[0-9.]+[ ?] +([0-9.]+) % +[0-9.]+(?:  noisy)?\n")

pytestmark = [needs_root, pytest.mark.skipif(not PROGRAM.exists(), reason="needs build/zerocopy_bench: make bench")]


def bench(*words, **more):
    return run(PROGRAM, *words, **more)


def results(file):
    """What --json wrote, checked against the schema."""
    found = json.loads(file.read_text())
    schema = json.loads((TOP / "docs" / "schemas" / "bench.schema.json").read_text())
    jsonschema = pytest.importorskip("jsonschema", reason="needs python3-jsonschema")
    jsonschema.validate(found, schema, format_checker=jsonschema.FormatChecker())
    return found


def test_a_path_that_copies_is_not_called_zerocopy():
    result = bench(*SHORT, "--path", "loopback", "--path", "veth")
    assert (result.returncode, result.stderr) == (0, "")
    answer, *tables = result.stdout.split("\n\n")
    assert re.fullmatch(r"MSG_ZEROCOPY costs [0-9.e+]+( to [0-9.e+]+)? times the CPU of a copy on .*", answer)
    assert answer.endswith(", where the data is copied after all.")
    names = [table.split(":")[0] for table in tables[:-1]]
    assert names == ["tcp4 over loopback", "tcp4 over veth", "udp4 over loopback", "udp4 over veth"]
    for table in tables[:-1]:
        assert "every flagged send is copied after all" in table
        assert [share for _, share in ROW.findall(table + "\n")] == ["100.0", "100.0"]


def test_json_has_every_variant(tmp_path):
    file = tmp_path / "bench.json"
    words = "--memory hot --memory cold-huge --drain 1 --drain 128 --slice 5 --segment 1000 --path loopback"
    result = bench(*SHORT, *words.split(), "--transport", "udp4", "--json", file)
    assert (result.returncode, result.stderr) == (0, "")
    found = results(file)
    assert found["answer"] == result.stdout.split("\n", maxsplit=1)[0]
    assert found["run"]["slice_ms"] == 5
    assert [flow["name"] for flow in found["flows"]] == [
        f"udp4 over loopback, {memory}, read every {drain}" for memory in ("hot", "cold-huge") for drain in (1, 128)
    ]
    for flow in found["flows"]:
        assert (flow["segment"], flow["copied"], flow["judged"]) == (1000, True, "both_ratio")
        # A call has 64 segments at most.
        assert [size["size"] for size in flow["sizes"]] == [4096]
        (size,) = flow["sizes"]
        assert size["copied_share"] == 1 and size["pairs"] >= 1
        # Datagrams complete one by one, and what was not read is one message.
        assert size["calls_per_message"] == pytest.approx(flow["drain_every"])
        # The counts are those of the moment before a drain.
        assert size["most_option_memory"] > 0
        assert size["ratio"]["low"] <= size["ratio"]["median"] <= size["ratio"]["high"]
        assert size["ratio"]["firm"] == (size["pairs"] >= 8)


def test_option_memory_used_up_is_waited_for(tmp_path):
    """Each datagram is charged until the device is read, for which both ends have one processor here."""
    file = tmp_path / "bench.json"
    words = "--path peer-macvtap --transport udp4 --size 1K --drain 10000 --seconds 1"
    one = str(min(os.sched_getaffinity(0)))
    result = run("taskset", "-c", one, PROGRAM, *words.split(), "--json", file)
    if result.returncode == 4:
        pytest.skip(result.stderr)
    assert (result.returncode, result.stderr) == (0, "")
    (flow,) = results(file)["flows"]
    assert flow["sizes"][0]["enobufs"] > 0


@pytest.fixture(scope="module")
def browser_page(tmp_path_factory):
    """The page of a short run, as text."""
    if run(TOP / "scripts" / "find_python.sh", "matplotlib").returncode:
        pytest.skip("needs python3-matplotlib")
    file = tmp_path_factory.mktemp("page") / "bench.html"
    words = ("--path", "sink", "--path", "loopback", "--transport", "udp4", "--page", file)
    result = run(TOP / "run_tests.sh", "--no-setup", "--bench", *SHORT, *words)
    assert (result.returncode, result.stderr) == (0, "")
    return result.stdout, file.read_text()


def test_the_page_has_the_answer_and_a_picture_of_each_flow(browser_page):
    output, page = browser_page
    assert html.escape(output.split("\n", maxsplit=1)[0]) in page
    pictures = re.findall('<img src="data:image/svg\\+xml;base64,([^"]*)"', page)
    assert len(pictures) == len(re.findall("<section>", page)) == 2
    for picture in pictures:
        texts = ["".join(each.itertext()) for each in ElementTree.fromstring(base64.b64decode(picture)).iter()]
        for words in ("throughput, GB/s", "with MSG_ZEROCOPY", "without the flag", "copied after all, %", "4 KiB"):
            assert words in texts
    assert page.count("every flagged send is copied after all") == 1


def test_the_page_needs_no_network(browser_page):
    _, page = browser_page
    outside = re.sub('base64,[^"]*', "", page)
    assert not re.search(r"https?://|<script|<link|@import|url\(", outside)


def test_a_page_that_cannot_be_written(tmp_path):
    result = run(TOP / "run_tests.sh", "--no-setup", "--bench", "--page", tmp_path / "no" / "page.html")
    if result.returncode == 4:
        pytest.skip(result.stderr)
    assert (result.returncode, result.stdout) == (1, "")
    assert (
        result.stderr
        == f"zerocopy_bench: --page: '{tmp_path}/no/page.html' cannot be written: No such file or directory\n"
    )


def test_json_that_cannot_be_written(tmp_path):
    result = bench(*SHORT, "--json", tmp_path / "no" / "file")
    assert (result.returncode, result.stdout) == (1, "")
    assert (
        result.stderr == f"zerocopy_bench: --json: '{tmp_path}/no/file' cannot be written: No such file or directory\n"
    )


@pytest.mark.parametrize("transport", ["udp4", "udp6"])
def test_a_path_that_shares_is(transport):
    result = bench(*SHORT, "--transport", transport, "--path", "sink")
    assert (result.returncode, result.stderr) == (0, "")
    answer, table, _ = result.stdout.split("\n\n")
    assert f"on {transport} over sink" in answer and "copied after all" not in result.stdout
    assert ROW.findall(table + "\n") == [("4 KiB", "0.0"), ("63 KiB", "0.0")]


@pytest.mark.parametrize("transport", ["tcp4", "tcp6", "tcp6-mapped"])
def test_true_zerocopy_of_a_stream(transport):
    result = bench(*SHORT, "--transport", transport, "--path", "peer-macvtap")
    if result.returncode == 4:
        pytest.skip(result.stderr)
    assert (result.returncode, result.stderr) == (0, "")
    assert [share for _, share in ROW.findall(result.stdout)] == ["0.0", "0.0"]


def test_vsock():
    result = bench(*SHORT, "--transport", "vsock-stream", "--path", "vsock-loopback")
    if result.returncode == 4:
        pytest.skip(result.stderr)
    assert (result.returncode, result.stderr) == (0, "")
    assert len(ROW.findall(result.stdout)) == 2


@pytest.mark.parametrize(
    "words, complaint",
    [
        (["--frob"], "'--frob' is unknown or lacks its value; see --help"),
        (["--size"], "'--size' is unknown or lacks its value; see --help"),
        (["more"], "unexpected argument 'more'; see --help"),
        (["--size", "0"], "--size takes 1 to 64M, such as 1500, 16K or 1M, not '0'"),
        (["--size", "16G"], "--size takes 1 to 64M, such as 1500, 16K or 1M, not '16G'"),
        (["--size", "65M"], "--size takes 1 to 64M, such as 1500, 16K or 1M, not '65M'"),
        (["--seconds", "0"], "--seconds takes a whole number from 1 to 86400, not '0'"),
        (["--slice", "0"], "--slice takes a whole number from 1 to 10000, not '0'"),
        (["--drain", "x"], "--drain takes a whole number from 1 to 65536, not 'x'"),
        (["--memory", "warm"], "--memory 'warm' is none of hot, cold, huge, cold-huge"),
        (["--segment", "0"], "--segment takes a whole number from 1 to 65507, not '0'"),
        (["--path", "window"], "--path 'window' is none of loopback, "),
        (["--transport", "vsock-seqpacket"], "--transport 'vsock-seqpacket' is none of tcp4, "),
        (["--path", "sink", "--transport", "tcp4"], "no path that --path names is for a transport that --transport"),
    ],
)
def test_bad_words(words, complaint):
    result = bench(*words)
    assert result.returncode == 1
    assert result.stderr.startswith(f"zerocopy_bench: {complaint}")
    assert (result.stdout, result.stderr.count("\n")) == ("", 1)


@pytest.mark.parametrize(
    "words, complaint",
    [
        (["--bench", "--frob"], "unknown option '--frob'; see --help"),
        (["--bench", "--size"], "option '--size' needs a value; see --help"),
        (["--bench", "word"], "unexpected argument 'word'; see --help"),
        (["--bench", "--matrix", "6.1"], "--bench measures one kernel: leave out '--matrix'"),
        (["--bench", "--kernel"], "option '--kernel' needs a value; see --help"),
        (["--bench", "-t", "case"], "unknown option '-t'; see --help"),
        (["--list", "--bench"], "--bench must be the first option, or follow --no-setup"),
    ],
)
def test_bad_words_of_run_tests(words, complaint):
    result = run(TOP / "run_tests.sh", "--no-setup", *words)
    assert (result.returncode, result.stdout, result.stderr) == (1, "", f"run_tests.sh: {complaint}\n")


@pytest.mark.parametrize(
    "words, complaint",
    [
        (["--kernel", "7.3", "--size", "0"], "--size takes 1 to 64M, such as 1500, 16K or 1M, not '0'"),
        (
            ["--kernel", "7.3", "--json", "/proc/none"],
            "--json: '/proc/none' cannot be written: No such file or directory",
        ),
        (["--kernel", "/dev/null"], "there is no /dev/null: --kernel takes "),
    ],
)
def test_what_a_guest_would_refuse_is_refused_before_it_boots(words, complaint):
    result = run(TOP / "run_tests.sh", "--no-setup", "--bench", *words)
    if result.returncode == 4:
        pytest.skip(result.stderr)
    assert (result.returncode, result.stdout, result.stderr.count("\n")) == (1, "", 1)
    assert result.stderr.startswith(f"zerocopy_bench: {complaint}")


def test_the_running_kernel_takes_no_guest(tmp_path):
    file = tmp_path / "bench.json"
    words = ("--kernel", "running", "--path", "loopback", "--transport", "udp4", "--json", file)
    result = run(TOP / "run_tests.sh", "--no-setup", "--bench", *SHORT, *words)
    if result.returncode == 4:
        pytest.skip(result.stderr)
    assert (result.returncode, result.stderr) == (0, "")
    assert results(file)["kernel"]["release"] == os.uname().release


def test_run_tests_measures():
    result = run(TOP / "run_tests.sh", "--no-setup", "--bench", *SHORT, "--path", "loopback", "--transport", "udp4")
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith("MSG_ZEROCOPY costs ")
    help_text = run(TOP / "run_tests.sh", "--bench", "--help").stdout
    assert help_text == bench("--help").stdout == (TOP / "bench" / "help.txt").read_text()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ended_early_it_tells_what_it_has(number, tmp_path):
    words = ["--seconds", "600", "--size", "1K", "--path", "loopback", "--json", tmp_path / "bench.json"]
    with subprocess.Popen([PROGRAM, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        # Once both receivers are there, it measures.
        children = f"/proc/{process.pid}/task/{process.pid}/children"
        assert wait_until(lambda: len(open(children, encoding="ascii").read().split()) == 2)
        process.send_signal(number)
        output, errors = process.communicate(timeout=HANG)
    assert (process.returncode, errors) == (-number, "")
    assert re.search(r"\nended by .*; [0-9]+ rounds of slices of 10 ms, ", output)
    found = results(tmp_path / "bench.json")
    assert found["run"]["cut_short"] == "ended by " + signal.strsignal(number)
    assert len(found["flows"]) <= 2


@pytest.mark.parametrize("words", [["--help"], ["--version"], [*SHORT, "--path", "loopback"]], ids=" ".join)
@LOST_OUTPUT
def test_lost_output_is_an_error(words, redirection):
    assert complaint_of_lost_output(redirection, PROGRAM, *words).startswith("zerocopy_bench: standard output")
