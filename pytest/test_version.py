# SPDX-License-Identifier: GPL-2.0
"""The version: where it comes from, where it is told, and what a new one builds again."""

import os
import re
import shutil
import subprocess

import pytest

from conftest import TOP, run
from guest import tap_reader

CASE = "counter_starts_at_zero_and_counts_calls.udp4.loopback"
RELEASE = (TOP / "VERSION").read_text().strip()


def told(program):
    return run(program, "--version").stdout.removeprefix("msg_zerocopy ").strip()


def test_the_program_says_which_release_it_is_of(program):
    assert re.fullmatch(re.escape(RELEASE) + r"(-\d+)?(-g[0-9a-f]{12})?(-dirty)?", told(program))


def test_tap_says_it_first(program):
    output = run(program, "-t", CASE).stdout
    assert tap_reader.read(output).version == told(program)
    assert output.splitlines()[2] == f"# msg_zerocopy {told(program)}"


def test_an_agent_greets_with_it(program):
    with subprocess.Popen([program, "--serve", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as agent:
        assert agent.stdout.readline().endswith(f" {told(program)}\n")
        agent.stdin.close()


def test_the_newest_change_is_of_this_release():
    assert re.search(r"^## (\S+?),? ", (TOP / "CHANGELOG.md").read_text(), re.MULTILINE)[1] == RELEASE


def git(folder, *words):
    who = ["-c", "user.name=Nobody", "-c", "user.email=nobody@example.org"]
    result = run("git", "-C", folder, *who, *words)
    assert result.returncode == 0, result.stderr
    return result.stdout.strip()


def commit(folder, name):
    """One more commit, of a file by this name. Returns how the version names it."""
    (folder / name).write_text(name)
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", name)
    return "g" + git(folder, "rev-parse", "--short=12", "HEAD")


@pytest.fixture
def tree(tmp_path):
    """What the version is found in, with a space in its path and without git."""
    if not shutil.which("git"):
        pytest.skip("needs git")
    folder = tmp_path / "a tree"
    (folder / "scripts").mkdir(parents=True)
    for name in ("scripts/version.sh", "scripts/purpose.sh", "run_tests.sh"):
        shutil.copy(TOP / name, folder / name)
    (folder / "src" / "harness").mkdir(parents=True)
    shutil.copy(TOP / "src/harness/help.txt", folder / "src/harness/help.txt")
    (folder / "VERSION").write_text("4.5.6\n")
    return folder


def version(tree, **options):
    result = run(tree / "scripts/version.sh", **options)
    assert (result.returncode, result.stderr) == (0, "")
    return result.stdout.strip()


def test_a_packed_tree_is_its_release(tree, tmp_path):
    assert version(tree) == "4.5.6"
    # Also within a repository of something else, such as a kernel's.
    git(tmp_path, "init", "-q")
    commit(tmp_path, "kernel")
    assert version(tree) == "4.5.6"
    assert run(tree / "run_tests.sh", "--version").stdout == "msg_zerocopy 4.5.6\n"


def test_a_work_tree_names_its_commit(tree):
    git(tree, "init", "-q")
    assert version(tree) == "4.5.6"
    first = commit(tree, "first")
    assert version(tree) == f"4.5.6-{first}"
    git(tree, "tag", "-a", "-m", "release", "v4.5.6")
    assert version(tree) == "4.5.6"
    (tree / "untracked").write_text("")
    assert version(tree) == "4.5.6"
    (tree / "first").write_text("changed")
    assert version(tree) == "4.5.6-dirty"
    assert version(tree, env={"PATH": os.environ["PATH"], "HOME": "/nonexistent"}) == "4.5.6-dirty"
    second = commit(tree, "second")
    assert version(tree) == f"4.5.6-1-{second}"
    # Before the next release, whose tag is not there yet.
    (tree / "VERSION").write_text("4.6.0\n")
    third = commit(tree, "third")
    assert version(tree) == f"4.6.0-{third}"


def test_without_git_a_work_tree_is_its_release(tree, tmp_path):
    git(tree, "init", "-q")
    commit(tree, "first")
    (tmp_path / "bin").mkdir()
    for name in ("sh", "mkdir"):
        (tmp_path / "bin" / name).symlink_to(shutil.which(name))
    assert version(tree, env={"PATH": str(tmp_path / "bin")}) == "4.5.6"


def test_a_commit_builds_one_object_again(tmp_path):
    """Nothing is built here: make says what it would."""
    if not shutil.which("git"):
        pytest.skip("needs git")
    ignore = shutil.ignore_patterns(".git", "clang", "sanitize", "kernel", "results", "__pycache__", ".pytest_cache")
    tree = shutil.copytree(TOP, tmp_path / "tree", ignore=ignore)
    if (TOP / ".git").exists():
        git(tree, "init", "-q")
        commit(tree, "unrelated")

    def compiled():
        plan = run("make", "-n", "-C", tree, "all").stdout
        return re.findall(r" -c (\S+)", plan)

    before = compiled()
    (tree / "VERSION").write_text("9.9.9\n")
    assert compiled() == ["src/os/version.cc"]
    assert before in ([], ["src/os/version.cc"])
