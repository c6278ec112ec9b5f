# SPDX-License-Identifier: GPL-2.0
"""run_tests.sh --compare: files of results become a table of what changed, and a report. Nothing is built."""

import json
import shutil

import pytest

from conftest import TOP, run
from test_report import tap
from guest import artefacts, compare

CASE = "counter_starts_at_zero_and_counts_calls"
OLD = [
    f"ok {{}} {CASE}.tcp4.loopback # time=5ms",
    f"ok {{}} {CASE}.udp4.loopback # time=5ms",
    f"ok {{}} {CASE}.udp4.tun # XFAIL ZC-CT-04 zero-length-datagram-counts time=3ms",
    f"not ok {{}} {CASE}.udp6.tun # time=3ms",
    f"ok {{}} {CASE}.tcp6.veth # time=3ms",
    f"ok {{}} {CASE}.udp6.veth # time=3ms",
    f"ok {{}} {CASE}.tcp6.sink # SKIP needs IPv6",
]
NEW = [
    "# range of the notification\n#   expected: [0,0]\n#   seen:     [1,1]\n"
    f"not ok {{}} {CASE}.tcp4.loopback # time=5ms",
    f"not ok {{}} {CASE}.udp4.loopback # broken: no socket time=5ms",
    f"not ok {{}} {CASE}.udp4.tun # time=3ms",
    f"ok {{}} {CASE}.udp6.tun # time=3ms",
    f"ok {{}} {CASE}.tcp6.veth # SKIP needs IPv6",
    f"ok {{}} {CASE}.tcp6.sink # SKIP needs veth",
    f"ok {{}} {CASE}.tcp4.netkit # time=3ms",
]
KINDS = {
    "tcp4.loopback": ("worse", "pass", "fail"),
    "udp4.loopback": ("worse", "pass", "broken"),
    "udp4.tun": ("worse", "xfail", "fail"),
    "udp6.tun": ("better", "fail", "pass"),
    "tcp6.veth": ("changed", "pass", "skip"),
    "udp6.veth": ("vanished", "pass", None),
    "tcp4.netkit": ("new", None, "pass"),
}


@pytest.fixture
def write(tmp_path):
    def write(name, text):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
        return tmp_path / name

    return write


@pytest.fixture
def compared(tmp_path):
    """compared(FILE...): by a tree of which nothing is built."""
    ignored = shutil.ignore_patterns(".git", "build", "obj", "__pycache__", ".pytest_cache")
    clone = shutil.copytree(TOP, tmp_path / "clone", ignore=ignored)

    def compared(*words):
        result = run(clone / "run_tests.sh", "--compare", *words, cwd=tmp_path)
        assert sorted(path.name for path in (clone / "build").glob("*")) in ([], ["comparison"])
        return result

    yield compared


def test_every_kind_of_change(write):
    old, new = artefacts.read_all([write("old.tap", tap(OLD)), write("new.tap", tap(NEW))])
    found = {one["name"].partition(".")[2]: (one["kind"], one["from"], one["to"]) for one in compare.changes(old, new)}
    assert found == KINDS
    assert compare.got_worse(compare.comparison(old, new))
    assert not compare.got_worse(compare.comparison(old, old))


def test_the_table_and_the_report(write, compared, tmp_path):
    result = compared(write("old.tap", tap(OLD)), write("new.tap", tap(NEW)), "--results", tmp_path / "page")
    assert result.returncode == 1
    lines = result.stdout.splitlines()
    assert lines[0] == "new, compared with old: 3 worse, 1 better, 1 otherwise, 1 vanished, 1 new"
    assert f"  pass -> fail     {CASE}  tcp4.loopback" in lines
    assert "expected: [0,0], seen:     [1,1]" in result.stdout
    made = json.loads((tmp_path / "page" / "report.json").read_text())
    assert [kernel["label"] for kernel in made["kernels"]] == ["old", "new"]
    assert made["kernels"][1]["cells"]["ZC-CT-01"]["state"] == "broken"
    assert len(made["compared"][0]["changes"]) == len(KINDS)
    assert "What changed from old to new" in (tmp_path / "page" / "report.md").read_text()
    assert (tmp_path / "page" / "report.html").exists()


def test_nothing_worse_is_status_0(write, compared):
    older = write("a.tap", tap(OLD).replace("6.12.1 ", "6.9.1 "))
    result = compared(older, write("b.tap", tap(OLD[:-1])), write("c.tap", tap(OLD)))
    heads = [line for line in result.stdout.splitlines() if ", compared with " in line]
    assert heads == ["b, compared with a: 1 vanished", "c, compared with a: no change"]
    assert (result.returncode, result.stderr.count("\n")) == (0, 1)


def test_output_of_the_program_itself(program, write, compared):
    file = write("run.tap", run(program, "-t", f"{CASE}.udp4.*").stdout)
    release = run("uname", "-r").stdout.strip()
    result = compared(write("old.tap", tap(OLD[:1])), file)
    assert result.stdout.startswith(f"{release}, compared with 6.12.1: 1 vanished, ")
    assert result.returncode == 0


def nested(text):
    """As the runner of kselftest prints it."""
    inner = "".join(f"# {line}\n" for line in text.splitlines())
    name = "selftests: msg_zerocopy: msg_zerocopy"
    return f"TAP version 13\n1..2\n# timeout set to 300\n# {name}\n{inner}ok 1 {name}\n{inner}not ok 2 other # exit=1\n"


def test_output_of_kselftests_runner(write):
    kernel = artefacts.read(write("runner.tap", "make: entering\n" + nested(tap(NEW[:3]))))
    assert [result["verdict"] for result in kernel["results"]] == ["fail", "broken", "fail"] * 2
    assert kernel["results"][0]["diagnostics"][-1] == "  seen:     [1,1]"
    assert (kernel["release"], kernel["arch"], kernel["planned"], kernel["status"]) == ("6.12.1", "x86_64", 6, "judged")


FINDING = """\
  ZC-CT-01 broken: 2 results of 1 case: A promise.
    range of the notification: expected [0,0], seen [1,1]
    on tcp4; on loopback, not on veth
    smallest: msg_zerocopy -t counts.tcp4.loopback
"""


def test_json_says_the_same_as_tap(write):
    """In the fields that are read here of what --json writes."""
    said = "".join(f"# {line}\n" for line in [*FINDING.splitlines(), "machine: a packet socket of tcpdump"])
    tap_kernel = artefacts.read(write("new.tap", tap(NEW, planned=8) + said))
    assert tap_kernel["findings"] and tap_kernel["machine"]
    results = [
        {name: value for name, value in result.items() if name != "milliseconds"}
        | ({} if result["milliseconds"] is None else {"seconds": result["milliseconds"] / 1000})
        for result in tap_kernel["results"]
    ]
    results.append({"name": f"{CASE}.udp4.sink", "verdict": "missed", "reason": "cut", "diagnostics": []})
    data = {
        "format": 1,
        "suite": {"name": "msg_zerocopy", "version": tap_kernel["suite"]},
        "kernel": {"release": "6.12.1", "version": "#1", "machine": "x86_64"},
        "run": {"cut_short": tap_kernel["reason"], "page_size": tap_kernel["page_size"]},
        "machine": ["a packet socket of tcpdump"],
        "findings": [{"text": [line[2:] for line in FINDING.splitlines()]}],
        "results": results,
    }
    assert artefacts.read(write("new.json", json.dumps(data))) | {"file": ""} == tap_kernel | {"file": ""}


@pytest.mark.parametrize(
    "end, reason",
    [
        ("Bail out! ended by Interrupt\n", "ended by Interrupt"),
        ("ok 3 coun", "the output ends before its plan"),
    ],
)
def test_a_run_that_was_cut_short_got_worse(write, end, reason):
    old, new = artefacts.read_all([write("a", tap(OLD)), write("b", tap(OLD[:2], planned=7) + end)])
    one = compare.comparison(old, new)
    assert one["cut_short"] == reason
    assert compare.got_worse(one)
    assert f"  cut short: {reason}" in compare.lines(old, new, one)


def test_labels_tell_files_apart_and_have_no_slash(write):
    def labels(*names):
        return [kernel["label"] for kernel in artefacts.read_all([write(name, tap(OLD)) for name in names])]

    write("c", tap(OLD).replace("6.12.1 ", "7.3.4 "))
    assert [k["label"] for k in artefacts.read_all([write("a", tap(OLD)), write("c", tap(OLD))])] == ["a", "c"]
    assert labels("old/run.tap", "new/run.tap") == ["old-run", "new-run"]
    assert labels("a.tap", "a.tap") == ["6.12.1 (1)", "6.12.1 (2)"]


@pytest.mark.parametrize(
    "text, complaint",
    [
        ("", "no TAP of msg_zerocopy"),
        ("Hello\n", "no TAP of msg_zerocopy"),
        ("TAP version 13\n1..1\nok 1 other # time=3ms\n", "no TAP of msg_zerocopy"),
        (tap(OLD) + "Segmentation fault\n", "not a line of TAP: 'Segmentation fault'"),
        ("{", "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
        ("{}", "no JSON of msg_zerocopy --json"),
        (
            '{"suite": {"name": "msg_zerocopy"}, "format": 2}',
            "format 2, where this release of the suite reads format 1",
        ),
        (
            '{"suite": {"name": "msg_zerocopy"}, "format": 1}',
            "not as msg_zerocopy --json writes it: KeyError('results')",
        ),
    ],
)
def test_bad_files_get_a_line_each(write, compared, tmp_path, text, complaint):
    bad = write("bad.tap", text)
    result = compared(write("old.tap", tap(OLD)), bad, "missing.tap", "--results", tmp_path / "page")
    assert result.stderr.splitlines() == [
        f"run_tests.sh: {bad}: {complaint}",
        "run_tests.sh: missing.tap: No such file or directory",
    ]
    assert (result.returncode, result.stdout) == (1, "")
    assert not (tmp_path / "page").exists()


@pytest.mark.parametrize(
    "words, complaint",
    [
        (["old.tap"], "--compare takes two files or more: the results of an old run, and of new ones"),
        (["a", "b", "-t", "x"], "--compare takes files of results and --results FOLDER, not '-t'"),
        (
            ["a", "b", "--kernel", "7.3"],
            "--compare boots nothing: it goes without --kernel, --matrix and --vsock-guest",
        ),
    ],
)
def test_bad_words_get_one_line(compared, words, complaint):
    result = compared(*words)
    assert (result.returncode, result.stdout, result.stderr) == (1, "", f"run_tests.sh: {complaint}\n")
