# SPDX-License-Identifier: GPL-2.0
"""--json, --junit and --kcidb: by their schemas and by public readers, and the same as the TAP, however a run ends."""

import json
import os
import pathlib
import re
import signal
import stat
import subprocess
import sys
from xml.etree import ElementTree

import pytest

from conftest import TOP, needs_root, run
from lies import DYNAMIC, lied_to
from guest import findings, tap_reader

SCHEMAS = TOP / "docs" / "schemas"
CASE = "counter_starts_at_zero_and_counts_calls"
SECCOMP = [sys.executable, TOP / "pytest" / "seccomp.py"]
KCIDB = ["--kcidb-origin", "some_ci", "--kcidb-build", "some_ci:build-1"]
STATUS = {
    "pass": "PASS",
    "xfail": "PASS",
    "xpass": "PASS",
    "fail": "FAIL",
    "skip": "SKIP",
    "broken": "ERROR",
    "missed": "MISS",
}


class Written:
    """The three files of a run, each checked by its schema."""

    def __init__(self, folder):
        self.files = {name: folder / f"out.{name}" for name in ("json", "junit", "kcidb")}
        self.words = [word for name, file in self.files.items() for word in (f"--{name}", file)] + KCIDB

    def read(self):
        jsonschema = pytest.importorskip("jsonschema", reason="needs python3-jsonschema")
        for name, schema in (("json", "results"), ("kcidb", "kcidb-v5")):
            text = json.loads(self.files[name].read_text())
            rules = json.loads((SCHEMAS / f"{schema}.schema.json").read_text())
            jsonschema.Draft7Validator.check_schema(rules)
            jsonschema.validate(text, rules)
        checked = run("xmllint", "--noout", "--schema", SCHEMAS / "junit.xsd", self.files["junit"])
        assert checked.returncode == 0, checked.stderr
        return self

    @property
    def json(self):
        return json.loads(self.files["json"].read_text())

    @property
    def verdicts(self):
        return {result["name"]: result["verdict"] for result in self.json["results"]}

    @property
    def tests(self):
        return json.loads(self.files["kcidb"].read_text())["tests"]

    @property
    def suite(self):
        return ElementTree.parse(self.files["junit"]).getroot().find("testsuite")

    def junit_kind(self, case):
        """What JUnit says of a test, in the words of --json."""
        children = [child.tag for child in case]
        if "system-out" in children:
            return case.find("system-out").text.split(" ")[0].lower()
        words = {"failure": "fail", "error": "broken", "skipped": "skip"}
        return words[children[0]] if children else "pass"


@pytest.fixture
def written(tmp_path):
    return Written(tmp_path)


def check(written, result, missed=()):
    """All three say what the TAP says. Returns the TAP's report."""
    tap = tap_reader.read(result.stdout)
    found = written.read().json
    verdicts = written.verdicts
    shown = {each.name: each.verdict for each in tap.results}
    assert {name: verdict for name, verdict in verdicts.items() if name in shown} == {
        name: "missed" if name in missed else verdict for name, verdict in shown.items()
    }
    assert found["suite"]["version"] == tap.version
    assert found["run"]["exit_status"] == result.returncode % 256 if result.returncode >= 0 else 128 - result.returncode
    assert found["totals"]["planned"] == len(verdicts) == tap.planned
    for verdict in STATUS:
        assert found["totals"][verdict] == list(verdicts.values()).count(verdict), verdict
    for each in tap.results:
        mine = next(row for row in found["results"] if row["name"] == each.name)
        if each.verdict not in ("pass", "fail"):
            assert mine["reason"] == each.reason
        # A skip may have run, too, and says nothing of its time.
        if each.milliseconds is not None:
            assert round(mine["seconds"] * 1000) == each.milliseconds

    tests = written.tests
    assert [test["status"] for test in tests] == [STATUS[verdict] for verdict in verdicts.values()]
    assert [test["path"] for test in tests] == [f"msg_zerocopy.{name}" for name in verdicts]
    assert len({test["id"] for test in tests}) == len(tests)

    suite = written.suite
    cases = suite.findall("testcase")
    assert [case.get("name") for case in cases] == list(verdicts)
    kinds = ["skip" if verdict == "missed" else verdict for verdict in verdicts.values()]
    assert [written.junit_kind(case) for case in cases] == kinds
    for attribute, kind in (("failures", "fail"), ("errors", "broken"), ("skipped", "skip")):
        assert int(suite.get(attribute)) == kinds.count(kind)
    return tap


def test_a_run_that_passes(program, written):
    result = run(program, "-t", f"{CASE}.udp*", *written.words)
    assert check(written, result).by("pass")
    assert written.json["run"]["cut_short"] == ""
    assert written.json["findings"] == [] and written.suite.find("system-out") is None
    for test in written.tests:
        assert test["build_id"] == "some_ci:build-1"
        assert test["duration"] >= 0 and "log_excerpt" not in test


def test_junit_by_a_reader_of_others(program, written):
    junitparser = pytest.importorskip("junitparser", reason="needs python3-junitparser")
    result = lied_to("counter-starts-at-one", DYNAMIC, "-t", f"{CASE}.udp4.*", "--patience", "1000", *written.words)
    suite = next(iter(junitparser.JUnitXml.fromfile(str(written.files["junit"]))))
    assert [case.name for case in suite] == [each.name for each in tap_reader.read(result.stdout).results]
    assert suite.failures == suite.tests > 0
    failure = next(iter(suite)).result[0]
    assert isinstance(failure, junitparser.Failure)
    assert "expected: [0,0]" in failure.text and "judges ZC-CT-01" in failure.text


def test_a_run_that_fails(written):
    result = lied_to("counter-starts-at-one", DYNAMIC, "-t", f"{CASE}.udp4.*", "--patience", "1000", *written.words)
    assert check(written, result).by("fail")
    failed = written.json["results"][0]
    assert any("expected: [0,0]" in line for line in failed["diagnostics"])
    assert "expected: [0,0]" in written.tests[0]["log_excerpt"]


def test_what_is_wrong_is_grouped_as_in_the_verdict(written):
    result = lied_to("counter-starts-at-one", DYNAMIC, "-t", f"{CASE}.udp4.*", "--patience", "1000", *written.words)
    tap = check(written, result)
    told = findings.read(tap.comments)[0]
    (found,) = written.json["findings"]
    assert (found["requirement"], found["otherwise"], found["cases"]) == ("ZC-CT-01", "broken", 1)
    assert f"{found['what']}: expected {found['expected']}, seen {found['seen']}" == told["sight"]
    assert sorted(found["results"]) == sorted(tap.by("fail"))
    assert told["command"].endswith(f"-t {found['results'][0]}")
    assert found["transports"] == {"fail": ["udp4"], "pass": []} and "loopback" in found["paths"]["fail"]
    assert findings.read("  " + line for line in found["text"]) == [told]
    assert written.suite.find("system-out").text.splitlines() == found["text"]


def test_followers_are_findings_of_their_own(written):
    words = ["--patience", "1000", "--path", "loopback", "--transport", "tcp4", "--transport", "udp4"]
    result = lied_to("counter-starts-at-one", DYNAMIC, *words, *written.words)
    told = findings.read(check(written, result).comments)
    found = written.json["findings"]
    assert [one["requirement"] for one in found] == [one["requirement"] for one in told]
    assert [[[other["requirement"], len(other["results"])] for other in one["followers"]] for one in found] == [
        one["followers"] for one in told
    ]
    assert any(one["followers"] for one in found)
    # All files blame each failure on what the verdict names for it.
    named = {name: one["requirement"] for top in found for one in (top, *top["followers"]) for name in one["results"]}
    failed = [result for result in written.json["results"] if result["verdict"] == "fail"]
    assert {result["name"]: result["charged_to"] for result in failed} == named
    failures = {case.get("name"): case.find("failure") for case in written.suite.iter("testcase")}
    assert {name: one.get("type") for name, one in failures.items() if one is not None} == named
    charged = [test["misc"]["charged_to"] for test in written.tests if test["status"] == "FAIL"]
    assert sorted(charged) == sorted(named.values())


def test_a_failure_is_charged_to_what_failed(written):
    result = lied_to("first-byte-wrong", DYNAMIC, "-t", f"{CASE}.udp4.loopback", *written.words)
    check(written, result)
    assert written.json["results"][0]["charged_to"] == "ZC-IN-08"
    assert written.tests[0]["misc"]["charged_to"] == "ZC-IN-08"


def test_a_test_that_cannot_be_set_up(program, written):
    # TCP_NODELAY
    result = run(*SECCOMP, "setsockopt", 2, 1, "EIO", program, "-t", f"{CASE}.tcp4.loopback", *written.words)
    assert check(written, result).by("broken")
    assert written.tests[0]["comment"].startswith("setsockopt(TCP_NODELAY)")


@needs_root
def test_a_test_that_lacks_something(program, written):
    hidden = 'mount --bind /dev/null /dev/net/tun && exec "$0" "$@"'
    words = ["-t", f"{CASE}.udp4.loopback", "-t", f"{CASE}.udp4.tun", *written.words]
    result = run("unshare", "--mount", "--propagation", "private", "sh", "-c", hidden, program, *words)
    assert check(written, result).by("skip")
    skipped = written.tests[1]
    assert skipped["comment"].startswith("needs ") and "start_time" not in skipped


def deviating(program):
    """Some cases that meet a known deviation here, by the run itself."""
    catalogue = json.loads(run(program, "--catalogue=json").stdout)
    meeting = {case["name"] for case in catalogue["cases"] if case["deviation"]}
    planned = run(program, "-l", "--transport", "udp4").stdout.splitlines()
    return [word for name in planned if name.split(".")[0] in meeting for word in ("-t", name)]


@pytest.mark.parametrize("strict", [[], ["--strict"]])
def test_a_known_deviation_is_a_pass_that_names_it(program, written, strict):
    result = run(program, *deviating(program), *strict, *written.words)
    tap = check(written, result)
    rows = [row for row in written.json["results"] if "deviation" in row]
    if not rows:
        pytest.skip("this kernel has no known deviation of UDP")
    assert {row["verdict"] for row in rows if row["verdict"] != "xpass"} <= {"fail" if strict else "xfail"}
    named = {test["path"]: test["misc"].get("deviation") for test in written.tests}
    for row in rows:
        assert named[f"msg_zerocopy.{row['name']}"] == row["deviation"]
    assert bool(tap.by("fail")) == bool(strict)


@needs_root
def test_without_anything_to_run_all_is_skipped(program, written):
    # SO_ZEROCOPY
    result = run(*SECCOMP, "setsockopt", 2, 60, "ENOPROTOOPT", program, "-t", CASE, *written.words)
    assert result.returncode == 4
    verdicts = written.read().verdicts
    assert verdicts and set(verdicts.values()) == {"skip"}
    assert {test["status"] for test in written.tests} == {"SKIP"}
    assert "MSG_ZEROCOPY in the kernel" in written.json["results"][0]["reason"]


def test_repetitions_are_one_result_each(program, written):
    result = run(program, "-t", f"{CASE}.udp4.*", "--repeat", "3", *written.words)
    check(written, result)


def test_until_fail_says_what_was_not_run(written):
    words = ["-t", f"{CASE}.udp*", "--until-fail", "-j", "1", "--patience", "1000"]
    result = lied_to("counter-starts-at-one", DYNAMIC, *words, *written.words)
    tap = tap_reader.read(result.stdout)
    missed = [each.name for each in tap.results if each.reason == "not run before another failed"]
    check(written, result, missed)
    assert missed and list(written.verdicts.values())[0] == "fail"


@pytest.mark.parametrize("lie, status", [("counter-starts-at-one", 1), ("", 0)])
def test_bisect(written, lie, status):
    words = ["--bisect", "-t", f"{CASE}.udp4.loopback", "--patience", "1000", *written.words]
    result = lied_to(lie, DYNAMIC, *words) if lie else run(DYNAMIC, *words)
    assert result.returncode == status
    check(written, result)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_says_what_is_missed(program, written, tmp_path, number):
    words = [str(word) for word in (program, "--repeat", "20", "-j", "1", "-t", "counter*", *written.words)]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)
    for line in process.stdout:
        if line.startswith("ok "):
            break
    process.send_signal(number)
    rest = process.communicate(timeout=60)[0]
    assert process.returncode == -number and "Bail out! ended by " in rest
    found = written.read().json
    assert found["run"]["cut_short"].startswith("ended by ")
    assert found["run"]["exit_status"] == 128 + number
    assert found["totals"]["pass"] > 0 and found["totals"]["missed"] > 0
    missed = next(row for row in found["results"] if row["verdict"] == "missed")
    assert missed["reason"] == "not run: " + found["run"]["cut_short"] and "started" not in missed
    assert "MISS" in {test["status"] for test in written.tests}
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(path.name for path in written.files.values())


def test_nothing_is_there_before_the_end_nor_after_a_kill(program, written, tmp_path):
    """What was there before is whole, whenever somebody looks."""
    written.files["json"].write_text("before")
    words = [str(word) for word in (program, "--repeat", "1000", "-t", "counter*", *written.words)]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)
    while not process.stdout.readline().startswith(b"# kernel "):
        pass
    process.kill()
    process.communicate()
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"out.json": "before"}


def test_an_older_file_keeps_its_mode_and_its_links(program, tmp_path):
    real = tmp_path / "real.json"
    real.write_text("before")
    real.chmod(0o640)
    (tmp_path / "link.json").symlink_to(real.name)
    assert run(program, "-t", f"{CASE}.udp4.loopback", "--json", "link.json", cwd=tmp_path).returncode == 0
    assert json.loads(real.read_text())["totals"]["pass"] == 1
    assert (tmp_path / "link.json").is_symlink()
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    run(program, "-t", f"{CASE}.udp4.loopback", "--json", "new.json", cwd=tmp_path, umask=0o027)
    assert stat.S_IMODE((tmp_path / "new.json").stat().st_mode) == 0o640


def test_a_pipe_gets_it_as_it_is(program):
    read_end, write_end = os.pipe()
    words = ["-t", f"{CASE}.udp4.loopback", "--json", f"/dev/fd/{write_end}"]
    result = run(program, *words, pass_fds=[write_end])
    os.close(write_end)
    with open(read_end, encoding="utf-8") as pipe:
        assert json.loads(pipe.read())["totals"]["pass"] == 1
    assert result.returncode == 0


REFUSED = [
    (["--json", "/proc/nope"], r"--json: '/proc/nope' cannot be written: .+"),
    (["--junit", "no/such/folder"], r"--junit: 'no/such/folder' cannot be written: No such file or directory"),
    (["--json", "."], r"--json: '\.' cannot be written: Is a directory"),
    (["--json", "x", "--junit", "./x"], r"--json and --junit name the same file, '\./x'"),
    (["--json", ""], "option '--json' needs a value; see --help|option '' needs a value; see --help"),
    (
        ["--json", "x", "--list"],
        "--json writes the results of a run: leave it out, or --list, --catalogue, --explain or --serve",
    ),
    (["--kcidb", "x"], "--kcidb FILE, --kcidb-origin NAME and --kcidb-build ID go together"),
    (["--kcidb-origin", "x"], "--kcidb FILE, --kcidb-origin NAME and --kcidb-build ID go together"),
    (
        ["--kcidb", "x", "--kcidb-origin", "My-CI", "--kcidb-build", "a:b"],
        "--kcidb-origin takes lower-case letters, digits and '_', not 'My-CI'",
    ),
    (
        ["--kcidb", "x", "--kcidb-origin", "a", "--kcidb-build", "b"],
        r"--kcidb-build takes the id of a build, ORIGIN:\.\.\., not 'b'",
    ),
]


@pytest.mark.parametrize("words, complaint", REFUSED)
def test_what_cannot_be_written_is_said_before_anything_runs(program, tmp_path, words, complaint):
    result = run(program, *words, cwd=tmp_path)
    assert result.stdout == "" and result.returncode == 1
    assert re.fullmatch(f"msg_zerocopy: (?:{complaint})\n", result.stderr), result.stderr
    assert not list(tmp_path.iterdir())
    assert run(program, "--bisect", *words, cwd=tmp_path).returncode == 125


def test_a_file_that_is_lost_in_the_end_is_an_error(program):
    result = run(program, "-t", f"{CASE}.udp4.loopback", "--json", "/dev/full")
    assert result.stderr == "msg_zerocopy: --json: '/dev/full' cannot be written: No space left on device\n"
    assert result.returncode == 1


def test_files_are_where_run_tests_was_called(top, tmp_path):
    words = ["--no-setup", "-t", f"{CASE}.udp4.loopback", "--json", "here.json"]
    assert run(top / "run_tests.sh", *words, cwd=tmp_path).returncode == 0
    assert json.loads((tmp_path / "here.json").read_text())["totals"]["pass"] == 1


@pytest.mark.parametrize(
    "words, complaint",
    [
        (["--matrix", "7.3", "--json", "x"], "--json is for one kernel: give it with --kernel"),
        (["--vsock-guest", "7.3", "--kcidb-build", "x"], "--kcidb-build is for one kernel: give it with --kernel"),
        (
            ["--kernel", "7.3", "--junit", "no/such/x"],
            "--junit: '{}/no/such/x' cannot be written: No such file or directory",
        ),
        (["--kernel", "7.3", "--json", "."], "--json: '{}' cannot be written: it is a folder"),
        (["--kernel", "7.3", "--kcidb", "x"], "--kcidb FILE, --kcidb-origin NAME and --kcidb-build ID go together"),
    ],
)
def test_with_other_kernels(top, tmp_path, words, complaint):
    result = run(top / "run_tests.sh", "--no-setup", *words, cwd=tmp_path)
    assert (result.stdout, result.stderr) == ("", f"run_tests.sh: {complaint.format(tmp_path)}\n")
    assert result.returncode == 1
    assert not list(tmp_path.iterdir())


def test_what_text_may_have(program, tmp_path):
    """Bytes that XML or JSON cannot have, in what a machine says."""
    ip = pathlib.Path(tmp_path / "ip")
    ip.write_text("#!/bin/sh\nprintf 'odd \\001 <&\"> \\377 \\303\\244\\n' >&2\nexit 1\n")
    ip.chmod(0o755)
    written = Written(tmp_path)
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    result = run(program, "-t", f"{CASE}.udp4.veth", *written.words, env=environment, errors="replace")
    assert result.returncode == 4
    written.read()
    assert "odd" in written.json["results"][0]["reason"]
    assert 'odd \\x01 <&"> \\xff' in written.suite.find("testcase/skipped").get("message")
