# SPDX-License-Identifier: GPL-2.0
"""The example for netdev CI, started as its core/test.py starts a test."""

import json
import os
import shutil

import pytest

from conftest import TOP

NAME = "scripts/nipa/architectures"
OK = "ok {} {} # pass:9 fail:0 xfail:1 xpass:0 skip:0 error:0 (90 s)"
FAILS = "not ok {} {} # pass:8 fail:1 xfail:1 xpass:0 skip:0 error:0 (90 s)"
MISSING = "ok {} {} # SKIP there is no qemu-system-s390x: install the package qemu-system-misc"


@pytest.fixture
def suite(tmp_path):
    """A function that makes the example with a run_tests.sh that prints these lines: the folder."""

    def made(lines, status):
        shutil.copytree(TOP / NAME, tmp_path / NAME)
        script = tmp_path / "run_tests.sh"
        text = "\n".join(["TAP version 13", f"1..{len(lines)}", *lines]) if lines else ""
        script.write_text(f'#!/bin/sh\necho "$@" >{tmp_path}/words\nprintf %s\\\\n "{text}"\nexit {status}\n')
        script.chmod(0o755)
        return tmp_path

    return made


def as_netdev_ci(folder, tree, **environment):
    """What core/test.py makes of it: the exit status, the output, the description."""
    test = folder / "nipa" / "tests" / "series" / "architectures"
    test.parent.mkdir(parents=True)
    test.symlink_to(folder / NAME)
    run = json.loads((test / "info.json").read_text())["run"]
    read, write = os.pipe()
    tree.mkdir()
    pid = os.posix_spawn(
        "/bin/sh",
        ["sh", "-c", f'cd "{tree}" && exec "{test / run[0]}" >"{folder}/output"'],
        os.environ | environment | {"DESC_FD": str(write)},
        file_actions=[(os.POSIX_SPAWN_DUP2, write, write)],
    )
    os.close(write)
    with os.fdopen(read) as file:
        description = file.read()
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), (folder / "output").read_text(), description


@pytest.mark.parametrize(
    "lines, status, ours, description",
    [
        ([OK, OK], 0, 0, "failed: none, not available: none"),
        ([OK, FAILS], 1, 1, "failed: two, not available: none"),
        ([FAILS, MISSING], 1, 1, "failed: one, not available: two"),
        ([OK, MISSING], 0, 250, "failed: none, not available: two"),
        ([MISSING, MISSING], 4, 250, "failed: none, not available: one two"),
    ],
)
def test_what_netdev_ci_is_told(suite, tmp_path, lines, status, ours, description):
    told = [line.format(number + 1, ("one", "two")[number]) for number, line in enumerate(lines)]
    code, output, summary = as_netdev_ci(suite(told, status), tmp_path / "tree", KERNELS="one two")
    assert (code, summary) == (ours, f"2 kernels, {description}\n")
    assert output.splitlines()[2:] == told
    assert (tmp_path / "words").read_text().split() == (
        "--no-setup --matrix one two --results msg_zerocopy.results --entry core".split()
    )


def test_options_that_the_suite_refuses(suite, tmp_path):
    code, _, summary = as_netdev_ci(suite([], 1), tmp_path / "tree", KERNELS="one", OPTIONS="--entry nosuch")
    assert (code, summary) == (1, "no kernel was judged, see the standard error output\n")


def test_by_default_it_judges_the_tree_and_other_machines(suite, tmp_path):
    """A path with a space is one kernel."""
    tree = tmp_path / "my linux"
    code, _, _ = as_netdev_ci(suite([OK.format(1, "one")], 0), tree)
    assert code == 0
    assert (
        f"--matrix {tree} 7.2-s390x 7.2-armhf 7.3-arm64-16k 7.2-ppc64el-64k --results"
        in (tmp_path / "words").read_text()
    )
