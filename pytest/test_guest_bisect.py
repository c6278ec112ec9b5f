# SPDX-License-Identifier: GPL-2.0
"""guest/bisect.sh finds the commit that broke a kernel, with the suite and the build in its place."""

import os
import shutil

import pytest

from conftest import TOP, run


@pytest.fixture
def suite(tmp_path):
    """The script, in a suite whose guests do what the tree's file `kernel` says."""
    folder = tmp_path / "suite"
    (folder / "guest").mkdir(parents=True)
    (folder / "scripts").mkdir()
    shutil.copy(TOP / "guest" / "bisect.sh", folder / "guest")
    shutil.copy(TOP / "scripts" / "find_python.sh", folder / "scripts")
    (folder / "scripts" / "set_up.sh").write_text("#!/bin/sh\nexit 0\n")
    (folder / "scripts" / "set_up.sh").chmod(0o755)
    (folder / "Makefile").write_text("all:\n")
    (folder / "guest" / "__main__.py").write_text(
        "import pathlib, sys\n"
        "assert sys.argv[1] == '--kernel' and '--bisect' in sys.argv, sys.argv\n"
        "assert sys.argv[-2:] == ['-t', 'some_case'], sys.argv\n"
        "sys.exit(int(pathlib.Path(sys.argv[2], 'kernel').read_text()))\n"
    )
    return folder


@pytest.fixture
def tree(tmp_path):
    """A kernel tree whose build fails where `kernel` has no number."""
    folder = tmp_path / "linux"
    folder.mkdir()
    (folder / "Kconfig").touch()
    (folder / ".config").touch()
    (folder / "Makefile").write_text("olddefconfig:\nbzImage:\n\tgrep -q '^[0-9]' kernel\nmodules:\n")
    return folder


def bisect_step(suite, tree, **more):
    return run(suite / "guest" / "bisect.sh", "-t", "some_case", cwd=tree, env={**os.environ, **more})


@pytest.mark.parametrize("kernel, status", [("0", 0), ("1", 1), ("125", 125), ("does not build", 125)])
def test_one_step(suite, tree, kernel, status):
    (tree / "kernel").write_text(f"{kernel}\n")
    assert bisect_step(suite, tree).returncode == status


def test_outside_a_kernel_tree(suite, tmp_path):
    result = bisect_step(suite, tmp_path)
    assert result.returncode == 255
    assert result.stderr.count("\n") == 1
    assert "is no kernel tree with a .config" in result.stderr


def test_a_suite_that_cannot_work_ends_the_bisection(suite, tree):
    (tree / "kernel").write_text("0\n")
    (suite / "scripts" / "set_up.sh").write_text("#!/bin/sh\necho 'missing Debian packages' >&2\nexit 4\n")
    assert bisect_step(suite, tree).returncode == 255


def test_git_finds_the_commit(suite, tree):
    """Good, good, does not build, bad, bad: git names the fourth, or the third beside it."""
    environment = {
        **os.environ,
        **{f"GIT_{who}_{what}": "x@example" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
        "GIT_CONFIG_GLOBAL": "/dev/null",
    }

    def git(*words):
        result = run("git", *words, cwd=tree, env=environment)
        assert result.returncode == 0, result.stderr
        return result.stdout

    git("init", "-q")
    for number, kernel in enumerate(["0", "0", "0", "1", "1"]):
        (tree / "kernel").write_text(f"{kernel}\n{number}\n")
        git("add", "-A", "-f")
        git("commit", "-q", "-m", f"commit {number}")
    (suite / "guest" / "__main__.py").write_text(
        (suite / "guest" / "__main__.py").read_text().replace("read_text())", "read_text().split()[0])")
    )
    git("bisect", "start", "HEAD", "HEAD~4")
    output = git("bisect", "run", suite / "guest" / "bisect.sh", "-t", "some_case")
    assert "is the first bad commit" in output
    assert "commit 3" in output
