# SPDX-License-Identifier: GPL-2.0
"""The explorer: seeds, files, the command line, how it ends, and what it must find."""

import os
import pathlib
import re
import signal
import subprocess
import sys

import pytest

import lies
from conftest import HANG, LOST_OUTPUT, TOP, complaint_of_lost_output, needs_root, run, wait_until

PROGRAM = TOP / "build" / "zerocopy_explore"
DYNAMIC = TOP / "build" / "zerocopy_explore.dynamic"
CANNOT_RUN = 4
CORPUS = sorted((TOP / "explore" / "corpus").glob("*.program"))

pytestmark = [
    needs_root,
    pytest.mark.skipif(
        not PROGRAM.exists() or not DYNAMIC.exists(), reason="needs build/zerocopy_explore: make explore"
    ),
]


def explore(*words, program=PROGRAM, **more):
    return run(program, *words, **more)


def this_kernel_has(deviation):
    words = run(TOP / "build" / "msg_zerocopy", "--explain", deviation).stdout
    return f"deviation {deviation}," in words and "(this kernel)" in words


def test_it_agrees_with_the_model():
    result = explore("--seed", "1", "--programs", "300")
    assert result.returncode == 0, result.stdout + result.stderr
    assert "300 programs" in result.stdout
    assert result.stdout.endswith("the kernel agrees with the model\n")


def told_again():
    """What the explorer tells of some programs. Of deviations that are out of the model some depend on time."""
    for _ in range(5):
        text = explore("--seed", "10", "--programs", "60", "--without-deviation", "all", "--workers", "1").stdout
        if "seen once and not again" not in text:
            break
    return text


def test_a_seed_replays_exactly():
    one, other = told_again(), told_again()
    told = [re.sub(r"after .* s, |[0-9]+ programs.*", "", text) for text in (one, other)]
    assert "run again" in one
    assert told[0] == told[1]


@pytest.mark.parametrize("file", CORPUS, ids=lambda file: file.stem)
def test_corpus(file):
    result = explore("--replay", file)
    if result.returncode == CANNOT_RUN and "transport=vsock" in file.read_text():
        pytest.skip(result.stdout.strip())
    assert result.returncode == 0, result.stdout
    # It shows the deviation that it is named after.
    if this_kernel_has(file.stem):
        result = explore("--replay", "--without-deviation", file.stem, file)
        assert result.returncode == 1 and "disagreement" in result.stdout, result.stdout


def test_a_machine_without_vsock():
    result = explore("--transport", "vsock-stream", "--programs", "1")
    lacks = re.compile(
        r"zerocopy_explore: needs (VSOCK loopback|SO_ZEROCOPY of VSOCK|a kernel without the deviation).*\n"
    )
    assert result.returncode == 0 or (result.returncode == CANNOT_RUN and lacks.fullmatch(result.stdout))


def test_deviations_are_found_and_named(tmp_path):
    words = "--seed 1 --programs 400 --keep-going --without-deviation all --transport udp4 --path loopback"
    result = explore(*words.split(), "--corpus", tmp_path)
    assert result.returncode == 1
    found = set(re.findall("explained by the deviation (.*)", result.stdout))
    for deviation in ("zero-length-datagram-counts", "udp-late-failure-counts", "udp-fragment-limit-refused"):
        if this_kernel_has(deviation):
            assert deviation in found
            assert (tmp_path / f"{deviation}.program").read_text().startswith("zerocopy_explore 1\n# seed ")


@pytest.mark.parametrize(
    "words, complaint",
    [
        (["--seed", "1x"], "--seed takes a whole number from 0 to 18446744073709551615, not '1x'"),
        (["--seconds", "0"], "--seconds takes a whole number from 1 to 4294967295, not '0'"),
        (["--path", "moon"], "--path 'moon' is none of loopback, veth, probing, peer-tun"),
        (["--transport", "sctp"], "--transport 'sctp' is none of tcp4,"),
        (["--without-deviation", "x"], "the catalogue has no deviation 'x': msg_zerocopy --catalogue lists them"),
        (["--frob"], "'--frob' is unknown or lacks its value: see --help"),
        (["file"], "'file' is no option: --replay takes files"),
        (["--replay"], "--replay takes files of programs"),
        (["--replay", "/nonexistent"], "/nonexistent: No such file or directory"),
        (["--corpus", "/nonexistent"], "/nonexistent: No such file or directory"),
    ],
)
def test_bad_words(words, complaint):
    result = explore(*words)
    assert result.returncode == 1
    assert result.stderr.startswith(f"zerocopy_explore: {complaint}")
    assert result.stderr.count("\n") == 1


def test_file_of_another_version(tmp_path):
    file = tmp_path / "later.program"
    file.write_text("zerocopy_explore 2\n")
    result = explore("--replay", file)
    assert result.returncode == 1
    assert "line 1: this is no program of this version: expected 'zerocopy_explore 1'" in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("what", ["path", "transport"])
def test_file_of_another_machine(tmp_path, what):
    file = tmp_path / "moon.program"
    file.write_text(re.sub(rf"{what}=\S+", f"{what}=moon", CORPUS[0].read_text()))
    result = explore("--replay", file)
    assert result.returncode == 1
    assert result.stderr.startswith(f"zerocopy_explore: {file}: {what} 'moon' is none of ")
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "lie",
    [
        "counter-starts-at-one",
        "type-set",
        "first-byte-wrong",
        "enomem-for-enobufs",
        "pollerr-once",
        "truncated-stays",
        "failure-beside-a-thread-counts",
        "range-covers-the-next-call",
    ],
)
def test_lie_is_found(lie):
    result = lies.lied_to(lie, DYNAMIC, "--seed", "1", "--seconds", "60")
    assert result.returncode == 1, result.stdout
    assert "\n    expected: " in result.stdout


def test_lies_that_it_cannot_see_exist():
    """The others are told by scripts/explorer_lies.py, which takes too long here."""
    result = run(TOP / "scripts" / "explorer_lies.py", "--outside")
    named = re.findall("^    (.*)", result.stdout, re.MULTILINE)
    assert result.returncode == 0 and len(named) > 50
    assert set(named) <= {lie.name for lie in lies.all_lies()}


def test_differential_of_a_kernel_with_itself():
    """The same programs have the same answers. What is late on a busy machine is left out of these."""
    words = "--differential running running --programs 100 --transport udp4 --path loopback".split()
    result = run(sys.executable, TOP / "guest" / "explore.py", *words)
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout.startswith("# running and running, the same programs\n")
    assert "\n- udp-late-failure-counts\n" in result.stdout


def test_differential_wants_two_kernels():
    result = run(sys.executable, TOP / "guest" / "explore.py", "--differential", "6.1")
    assert (result.returncode, result.stderr) == (1, "explore.py: --differential takes two kernels\n")


def workers_of(pid):
    """The processes that a run has started."""
    found = []
    for folder in pathlib.Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                words = (folder / "stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            if int(words[1]) == pid and words[0] != "Z":
                found.append(int(folder.name))
    return found


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_ended_early(number):
    with subprocess.Popen([PROGRAM, "--seconds", "60"], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.readline()  # what looks at the machine before has children, too
        assert wait_until(lambda: workers_of(process.pid))
        workers = workers_of(process.pid)
        process.send_signal(number)
        output, errors = process.communicate(timeout=HANG)
    assert process.returncode == -number
    assert errors == b""
    if number != signal.SIGKILL:
        assert re.search(rb"zerocopy_explore: ended by .* after [0-9]+ programs, seed [0-9]+\n$", output)
    assert wait_until(lambda: not any(os.path.exists(f"/proc/{worker}") for worker in workers))


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["--programs", "1"]], ids=" ".join)
@LOST_OUTPUT
def test_lost_output_is_an_error(words, redirection):
    assert complaint_of_lost_output(redirection, PROGRAM, *words).startswith("zerocopy_explore: standard output")
