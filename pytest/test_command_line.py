# SPDX-License-Identifier: GPL-2.0
"""The command line: what it selects, what it refuses, from where it runs."""

import pytest

from conftest import EVERY_CASE, LOST_OUTPUT, complaint_of_lost_output, run
from guest import tap_reader

CASE = "counter_starts_at_zero_and_counts_calls"
EXPLAINS_NOT = "the catalogue knows nothing of '{}'; --catalogue lists all of it"
NOTHING_LEFT = (
    "the selection leaves nothing to run; --list --why shows why, --entry guest-only takes cases for guests only"
)


@pytest.mark.parametrize(
    "words, complaint",
    [
        (["--frobnicate"], "unknown option '--frobnicate'; see --help"),
        (["-x"], "unknown option '-x'; see --help"),
        (["extra"], "unexpected argument 'extra'; select with -t, see --help"),
        (["-n", "0"], "--repeat takes a whole number from 1 to 4294967295, not '0'"),
        (["-n", "99999999999"], "--repeat takes a whole number from 1 to 4294967295, not '99999999999'"),
        (["--serve", "exec:x"], "--serve takes tcp:ADDRESS:PORT, vsock:CID:PORT or -, not 'exec:x'"),
        (["--seed", "x"], "--seed takes a whole number from 1 to 18446744073709551615, not 'x'"),
        (["-t"], "option '-t' needs a value; see --help"),
        (["-t", "no_such_case"], "no test matches 'no_such_case'; --list shows what there is"),
        (["-r", "ZC-XX-01"], "no requirement with a case matches 'ZC-XX-01'; --catalogue shows what there is"),
        (["--path", "loopbck"], "no path matches 'loopbck'; --list shows what there is"),
        (["--transport", "sctp"], "no transport matches 'sctp'; --list shows what there is"),
        (["-t", CASE, "-T", CASE], NOTHING_LEFT),
        (["--entry", "cores"], "no entry matches 'cores'; --help shows what there is"),
        (["--catalogue=xml"], "--catalogue takes json or nothing, not 'xml'"),
        (["--catalogue", "-r", "XX-01"], "no requirement matches 'XX-01'; --catalogue shows what there is"),
        (["--catalogue", "-t", "no_such"], "no test matches 'no_such'; --list shows what there is"),
        (
            ["--catalogue", "-t", CASE, "-r", "OP-01"],
            "the selection leaves no requirement; --catalogue shows what there is",
        ),
        (["--catalogue", "--path", "veth"], "--catalogue selects by -r and -t only: leave out --path"),
        (["-r", "CT-01", "--catalogue=json"], "--catalogue=json prints all: leave out -r"),
        (["--explain", "xyzzy", "frobnicates"], EXPLAINS_NOT.format("xyzzy frobnicates")),
        (["--explain", ""], EXPLAINS_NOT.format("")),
        (["--explain", "EPERM", "-r", "CT-01"], "--explain takes words only: leave out -r"),
        (["--color", "blue"], "--color takes auto, always or never, not 'blue'"),
        (["--why"], "--why explains a list: add --list"),
        (["--catalogue", "--why"], "--why explains a list: add --list"),
        (["-l", "--why", "-t", "no_such_case"], "no test matches 'no_such_case'; --list shows what there is"),
        (["-l", "--why", "-t", CASE, "-r", "ZC-OP-01"], NOTHING_LEFT),
    ],
)
def test_bad_words_get_one_line_and_status_1(program, words, complaint):
    result = run(program, *words)
    assert result.stderr == f"msg_zerocopy: {complaint}\n"
    assert result.stdout == ""
    assert result.returncode == 1


def test_help(program):
    result = run(program, "--help")
    assert result.returncode == 0
    assert "Exit status" in result.stdout


@pytest.mark.parametrize(
    "words",
    [
        ["-t", CASE],
        ["-t", f"{CASE}.udp4.*"],
        ["-r", "ZC-CT-01"],
        ["-r", "CT-0*"],
        ["--transport", "tcp6-mapped"],
        ["--path", "veth"],
        ["-v", "udp?.loopback"],
        ["-T", "*.tcp*"],
        ["-V", "*.veth"],
    ],
)
def test_selections_select_some_and_not_all(program, words):
    everything = run(program, "-l", *EVERY_CASE).stdout.splitlines()
    some = run(program, "-l", *words).stdout.splitlines()
    assert 0 < len(some) < len(everything)
    assert [name for name in everything if name in set(some)] == some


@pytest.mark.parametrize(
    "words, ids",
    [
        (["-r", "ZC-CT-01"], ["ZC-CT-01"]),
        (["-r", "SO-0[12]", "-r", "ZC-CT-01"], ["ZC-SO-01", "ZC-SO-02", "ZC-CT-01"]),
        (["-r", "ZC-SO-11"], ["ZC-SO-11"]),  # without a case
        (["-t", CASE], ["ZC-CT-01"]),
        (["-t", f"{CASE}.udp4.loopback"], ["ZC-CT-01"]),
    ],
)
def test_the_catalogue_is_that_of_the_selection(program, words, ids):
    result = run(program, "--catalogue", *words)
    assert (result.returncode, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert [line.split()[0] for line in lines if line.startswith("  ZC-")] == ids
    assert len([line for line in lines if not line.startswith(" ")]) == len({id[3:5] for id in ids}) + 1
    assert lines[-1] == f"covered {0 if ids == ['ZC-SO-11'] else len(ids)}/{len(ids)}"


def why(program, *words):
    """The lines of --list --why: (planned, left-out or excluded; name; reason)."""
    result = run(program, "-l", "--why", *words)
    assert (result.returncode, result.stderr) == (0, "")
    found = []
    for line in result.stdout.splitlines():
        state_and_name, reason = line.split(" # ", 1)
        found.append((*state_and_name.split(" "), reason))
    return found


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["--entry", "*"],
        ["--entry", "vsock"],
        ["--entry", "guest-only"],
        [*EVERY_CASE, "-V", "*.veth"],
    ],
)
def test_why_explains_each_combination_once_and_plans_what_the_list_has(program, words):
    everything = run(program, "-l", "--entry", "*").stdout.splitlines()
    lines = why(program, *words)
    names = [name for _, name, _ in lines]
    assert len(set(names)) == len(names)
    assert {state for state, _, _ in lines} <= {"planned", "left-out", "excluded"}
    planned = [name for state, name, _ in lines if state == "planned"]
    assert planned == run(program, "-l", *words).stdout.splitlines()
    assert [name for state, name, _ in lines if state != "excluded"] == everything


def test_why_names_the_word_or_the_rule(program):
    def reason(name, *words):
        (found,) = [(state, reason) for state, each, reason in why(program, *words) if each == name]
        return found

    core = "entry core, in the default run"
    assert reason(f"{CASE}.udp4.tun") == ("planned", core)
    for words, word in [
        (["-t", f"{CASE}.tcp4.*"], "no -t names it"),
        (["-T", "*.udp4.*"], "-T '*.udp4.*' names it"),
        (["-v", "tcp4.*"], "no -v names its variant"),
        (["-V", "*.tun"], "-V '*.tun' names its variant"),
        (["--transport", "tcp*"], "no --transport names its transport"),
        (["--path", "veth"], "no --path names its path"),
        (["--entry", "vsock"], "no --entry names its entry"),
    ]:
        assert reason(f"{CASE}.udp4.tun", *words) == ("left-out", f"{word}; {core}")
    assert reason(f"{CASE}.vsock-stream.vsock-loopback") == (
        "left-out",
        "not selected by default, add --entry vsock; entry vsock, in run_vsock.sh",
    )
    # A name that is not planned can be asked about, though it cannot be run.
    unplanned = f"{CASE}.udp6-mapped.veth"
    state, rule = reason(unplanned, "-t", unplanned)
    assert state == "excluded" and rule.startswith("repeats-ipv4: ")
    refused = run(program, "-l", "-t", unplanned)
    assert refused.returncode == 1
    assert refused.stderr == (
        f"msg_zerocopy: no planned test matches '{unplanned}'; "
        f"--list --why -t '{unplanned}' tells which rule excludes it\n"
    )


def test_repeat_keeps_one_line_a_result(program):
    result = run(program, "-t", f"{CASE}.udp4.loopback", "-n", "20")
    report = tap_reader.read(result.stdout)
    assert [r.verdict for r in report.results] == ["pass"]


def test_the_seed_is_printed_and_taken(program):
    result = run(program, "-t", f"{CASE}.udp4.loopback", "--seed", "42")
    assert any("seed 42" in line for line in tap_reader.read(result.stdout).comments)


def test_run_tests_from_another_folder_and_through_a_link(top, program, tmp_path):
    link = tmp_path / "link"
    link.symlink_to(top / "run_tests.sh")
    for command in (top / "run_tests.sh", link):
        result = run(command, "--no-setup", "-t", f"{CASE}.udp4.loopback", cwd=tmp_path)
        assert result.returncode == 0, result.stderr
        assert tap_reader.read(result.stdout).by("pass")
    assert [path.name for path in tmp_path.iterdir()] == ["link"]


@pytest.mark.parametrize(
    "words",
    [["--help"], ["-l"], ["--catalogue"], ["--catalogue=json"], ["--explain", "524"], ["-t", f"{CASE}.udp4.loopback"]],
    ids=" ".join,
)
@LOST_OUTPUT
def test_lost_output_is_an_error(program, words, redirection):
    assert complaint_of_lost_output(redirection, program, *words).startswith("msg_zerocopy: standard output")
