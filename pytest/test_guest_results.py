# SPDX-License-Identifier: GPL-2.0
"""What is refused before a guest is booted, and what --results may cost: nothing that is not the suite's."""

import os
import sys

import pytest

from conftest import TOP, run
from guests import fake_image, needs_guest_tools
from guest import judge, report, results
from guest.trouble import Trouble

pytestmark = needs_guest_tools


@pytest.fixture
def guest(tmp_path):
    """A function: what the command line says, where no QEMU and no network is to be had."""
    environment = {**os.environ, "MSG_ZEROCOPY_CACHE": str(tmp_path / "cache"), "PYTHONDONTWRITEBYTECODE": "1"}

    def command(*words):
        return run(sys.executable, TOP / "guest", *words, env=environment, cwd=tmp_path)

    return command


def one_line(result, status=1):
    """The line on standard error, which is all that was said."""
    assert result.stdout == ""
    assert result.returncode == status, result.stderr
    assert result.stderr.startswith("run_tests.sh: ") and result.stderr.count("\n") == 1, result.stderr
    return result.stderr.removeprefix("run_tests.sh: ").rstrip("\n")


def tree_of(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def ours(folder):
    """What two runs and a report left."""
    results.prepare(folder)
    for label in ("6.1", "7.3"):
        judge.keep(judge.Verdict(label, label, status="judged", exit=0), folder)
    for name in ("report.html", "report.md", "report.json"):
        (folder / name).touch()
    return folder


def a_repository(folder):
    for path in (".git/HEAD", "notes.txt"):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).touch()


def a_file_beside_ours(folder):
    (ours(folder) / "notes.txt").touch()


def a_file_among_ours(folder):
    (ours(folder) / "7.3" / "notes.txt").touch()


def a_folder_by_the_name_of_a_kernel(folder):
    (folder / "7.3").mkdir(parents=True)
    (folder / "7.3" / "run.tap").touch()


def a_report_of_their_own(folder):
    folder.mkdir()
    (folder / "report.html").touch()


def a_link_in_place_of_a_report(folder):
    (ours(folder) / "report.html").unlink()
    (folder / "report.html").symlink_to("/dev/null")


def an_empty_folder(folder):
    (folder / "empty").mkdir(parents=True)


@pytest.mark.parametrize(
    "fill, named",
    [
        (a_repository, ".git"),
        (a_file_beside_ours, "notes.txt"),
        (a_file_among_ours, "7.3/notes.txt"),
        (a_folder_by_the_name_of_a_kernel, "7.3"),
        (a_report_of_their_own, "report.html"),
        (a_link_in_place_of_a_report, "report.html"),
        (an_empty_folder, "empty"),
    ],
)
def test_a_matrix_removes_nothing_of_others(guest, tmp_path, fill, named):
    folder = tmp_path / "theirs"
    fill(folder)
    before = tree_of(folder)
    line = one_line(guest("--matrix", "seven", "--results", folder))
    assert line == (
        f"{folder} has {named}, which --matrix has not made and does not remove: give --results another folder"
    )
    assert tree_of(folder) == before


def test_a_matrix_removes_what_another_left(guest, tmp_path):
    folder = ours(tmp_path / "ours")
    guest("--matrix", "seven", "--results", folder)
    made = {path.name for path in folder.iterdir()}
    assert made == {results.MARK, "seven", "report.html", "report.md", "report.json"}
    # One kernel after another goes into the same folder, and a matrix may have that too.
    assert guest("--matrix", "seven", "--results", folder).stdout.startswith("TAP version 13\n")


def test_one_kernel_adds_to_a_folder_of_others(tmp_path):
    a_repository(tmp_path)
    folder = results.of_kernel(tmp_path, "7.3")
    assert sorted(path.name for path in tmp_path.iterdir()) == [".git", "7.3", "notes.txt"]
    assert tree_of(folder) == [results.MARK]


def cut_off(path):
    image = fake_image(path)
    image.write_bytes(image.read_bytes()[:0x208])
    return image


def without_release(path):
    image = fake_image(path)
    image.write_bytes(image.read_bytes()[:0x600] + b"\xff" * 64)
    return image


@pytest.mark.parametrize(
    "make, label, reason",
    [
        (lambda path: "seven", "seven", "'seven' is no kernel: give a version"),
        (lambda path: "..", "unnamed", ".. is no kernel build tree"),
        (lambda path: "7" * 300, "7" * 100, ": File name too long"),
        (cut_off, None, "is a kernel image that is cut off or damaged"),
        (without_release, None, "is a kernel image that is cut off or damaged"),
    ],
    ids=["typo", "no tree", "long", "cut off", "garbage"],
)
def test_what_is_no_kernel_is_broken_in_tap_and_status(guest, tmp_path, make, label, reason):
    name = str(make(tmp_path / "image"))
    folder = tmp_path / "kept" / "results"
    result = guest("--matrix", name, "--results", folder)
    lines = result.stdout.splitlines()
    assert lines[:2] == ["TAP version 13", "1..1"]
    assert lines[2].startswith(f"not ok 1 {label or ''}") and " # broken: " in lines[2] and reason in lines[2]
    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    assert [path.name for path in (tmp_path / "kept").iterdir()] == ["results"]


@pytest.mark.parametrize("purpose", [["--kernel", "running"], ["--matrix", "running"], ["--vsock-guest", "seven"]])
def test_results_that_cannot_be_written(guest, purpose, tmp_path):
    line = one_line(guest(*purpose, "--results", "/proc/nope"))
    assert line.startswith("cannot keep results in /proc/nope: ")
    assert line.endswith(" (--results FOLDER names another folder)")
    (tmp_path / "file").touch()
    assert one_line(guest(*purpose, "--results", "file")).startswith(f"cannot keep results in {tmp_path}/file: ")


@pytest.mark.parametrize("purpose", [["--kernel"], ["--matrix"], ["--vsock-guest"]])
@pytest.mark.parametrize(
    "words, complaint",
    [
        (["--frobnicate"], "unknown option '--frobnicate'; see --help"),
        (["-t", "no_such_case"], "no test matches 'no_such_case'; --list shows what there is"),
        (["-n", "0"], "--repeat takes a whole number from 1 to 4294967295, not '0'"),
        (["--remote", "tcp:x"], "--remote is for the running kernel: a guest has no network to another machine"),
        (
            ["--reproducer", "x", "a.c"],
            "--reproducer is for the running kernel: a file that it writes in a guest is gone with the guest",
        ),
        (["--known", "/no/list"], "--known: '/no/list' cannot be read: No such file or directory"),
        (["--serve=-"], "--serve=- is for the running kernel: a guest has no network to another machine"),
    ],
)
def test_options_are_checked_before_a_boot(guest, tmp_path, purpose, words, complaint):
    image = fake_image(tmp_path / "vmlinuz")
    folder = tmp_path / "results"
    assert one_line(guest(*purpose, image, "--results", folder, *words)) == complaint
    assert one_line(guest(*purpose, image, "--results", folder, "--bisect", *words), 125) == complaint
    assert not folder.exists()


def test_a_program_that_is_not_built(monkeypatch, tmp_path):
    monkeypatch.setattr(judge, "PROGRAM", tmp_path / "none")
    with pytest.raises(Trouble, match="cannot run .*/none: No such file or directory; 'make' builds it"):
        judge.check([], judge.NO_OUTPUTS)


def test_called_by_itself(guest):
    assert one_line(guest()) == (
        "none of --kernel, --matrix, --vsock-guest, --pair, --compare, --list-kernels is there; see --help"
    )
    assert guest("--help").stdout == run(TOP / "run_tests.sh", "--help").stdout != ""


@pytest.mark.parametrize("count, text", [(1, "1 kernel: 1 keeps the"), (2, "2 kernels: 2 keep the")])
def test_the_sentence_above_a_report(count, text):
    kernels = [{"verdict": {"state": "kept"}}] * count
    assert report.summary(kernels) == f"{text} promises but for known deviations"
