# SPDX-License-Identifier: GPL-2.0
"""
As kernel CI runs it: a collection in tools/testing/selftests of a kernel tree,
built, run, installed, packed and cleaned by the kernel's own makefiles and scripts.
"""

import os
import pathlib
import re
import shutil

import pytest

from conftest import PROGRAM, TOP, needs_root, run

SELFTESTS = pathlib.Path("tools/testing/selftests")
ENTRIES = ["msg_zerocopy", *re.findall(r"run_\w+\.sh", (TOP / ".gitignore").read_text())]
# Where all results of an entry would say nothing more. Its runner takes them
# from the environment.
FEW = {
    "KSELFTEST_MSG_ZEROCOPY_ARGS": "--path loopback --transport udp4",
    **{
        "KSELFTEST_"
        + re.sub(r"\W", "_", entry).upper()
        + "_ARGS": "--path *loopback --path vxlan --path macvlan-bridge"
        for entry in ENTRIES
        if entry != "msg_zerocopy"
    },
}
COMPILERS = ["g++*", "gcc*", "c++*", "cc", "clang*", "*-g++*", "*-gcc*", "make", "as", "ld"]


def collect(tree):
    """Put the collection into a tree."""
    here = tree / SELFTESTS / "msg_zerocopy"
    shutil.copytree(TOP, here, ignore=shutil.ignore_patterns(".git", "build", "obj", "__pycache__", ".pytest_cache"))
    return here


def reuse_objects(output):
    """
    What does not depend on the kernel's tree is compiled already, by the same rules;
    its files are newer than the sources.
    """
    shutil.copytree(TOP / "build" / "obj", output / "obj")
    for name in ("msg_zerocopy", "src/harness/report"):
        (output / "obj" / f"{name}.o").unlink()


def files_of(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def without_compilers(command, hidden):
    """In a mount namespace without compilers, and with these folders empty."""
    binaries = [
        binary
        for folder in ("/usr/bin", "/usr/local/bin")
        for pattern in COMPILERS
        for binary in pathlib.Path(folder).glob(pattern)
    ]
    script = "".join(f"mount --bind /dev/null {binary.resolve()}\n" for binary in {b.resolve() for b in binaries})
    script += "".join(f"mount -t tmpfs none {folder}\n" for folder in hidden)
    return ["unshare", "--mount", "--propagation", "private", "sh", "-ec", f"{script}\nexec {command}"]


def whole_course(kernel_tree, base):
    """Each step's output and exit status."""
    tree = base / "linux"
    shutil.copytree(kernel_tree, tree)
    here = collect(tree)
    before = files_of(tree)
    out = base / "out"
    installed = base / "installed"
    make = ["make", "-C", tree / SELFTESTS, "TARGETS=msg_zerocopy", f"-j{os.cpu_count()}"]
    few = {**os.environ, **FEW}
    steps = {}

    def step(name, *command, **options):
        done = run(*command, **options)
        steps[name] = {"status": done.returncode, "output": done.stdout, "errors": done.stderr}

    reuse_objects(here)
    step("build", *make)
    step("run_tests", *make, "run_tests")
    reuse_objects(out / "kselftest" / "msg_zerocopy")
    step("build out of tree", *make, f"O={out}")
    step("run_tests out of tree", *make, f"O={out}", "run_tests", env=few)
    step("install", *make, "install", f"KSFT_INSTALL_PATH={installed}")
    step("run installed", installed / "run_kselftest.sh", "-c", "msg_zerocopy", env=few)
    step("gen_tar", *make, "gen_tar", f"KSFT_INSTALL_PATH={installed}")
    unpacked = base / "unpacked"
    unpacked.mkdir()
    step("unpack", "tar", "-xf", installed / "kselftest-packages" / "kselftest.tar.gz", "-C", unpacked)
    if os.geteuid() == 0:
        steps["left to the tarball"] = run(*without_compilers("sh -c 'command -v g++ cc make'", [TOP, tree])).stdout
        step(
            "run unpacked",
            *without_compilers(f"{unpacked}/run_kselftest.sh -c msg_zerocopy", [TOP, tree, out, installed]),
            env=few,
        )
    step("clean", *make, "clean")
    steps["before"] = before
    steps["after"] = files_of(tree)
    steps["installed"] = sorted(path.name for path in (installed / "msg_zerocopy").iterdir())
    return steps


@pytest.fixture(scope="session")
def course(once, kernel_tree, tmp_path_factory):
    if not shutil.which("rsync"):
        pytest.skip("needs rsync (package rsync)")
    return once("kselftest", lambda: whole_course(kernel_tree, tmp_path_factory.mktemp("kselftest")))


def entries_in(output):
    """What the kernel's runner says of each entry."""
    return re.findall(r"^(ok|not ok) \d+ selftests: msg_zerocopy: (\S+)(.*)$", output, re.MULTILINE)


@pytest.mark.parametrize("name", ["build", "build out of tree", "install", "gen_tar", "unpack", "clean"])
def test_make_succeeds(course, name):
    assert course[name]["status"] == 0, course[name]["errors"]
    assert "warning" not in course[name]["errors"], course[name]["errors"]


@pytest.mark.parametrize(
    "name",
    ["run_tests", "run_tests out of tree", "run installed", pytest.param("run unpacked", marks=needs_root)],
)
def test_the_kernels_runner_sees_every_entry(course, name):
    """Each is an entry of its own: what a machine lacks for one says nothing of the others."""
    seen = entries_in(course[name]["output"])
    assert sorted(entry for _, entry, _ in seen) == sorted(ENTRIES), course[name]["output"]
    for result, entry, directive in seen:
        assert result == "ok", (entry, directive, course[name]["output"])
    assert seen[0][1] == "msg_zerocopy" and seen[0][2] == ""


@needs_root
def test_the_tarball_ran_without_a_compiler(course):
    assert course["left to the tarball"] == ""


def test_clean_leaves_the_tree_as_it_was(course):
    assert course["after"] == course["before"]


def test_what_is_installed(course):
    """The program, its entries and what the runner and a kernel builder read: no sources."""
    assert course["installed"] == sorted([*ENTRIES, "config", "settings"])


# The expressions of netdev CI (github.com/linux-netdev/nipa, contest/remote:
# vmksft-p.py and lib/vm.py), and what it does by them.
RESULT = re.compile(r"(not )?ok (\d+)( -)? ([^#]*[^ ])( +# +)?([^ ].*)?$")
TIME = re.compile(r"time=(\d+)ms")
WORDS_FOR_FAILURE = ["[FAIL]", "[fail]", " FAIL:", "\nnot ok 1 selftests: ", "\n# not ok 1"]


def namify(name):
    return re.sub(r"[^0-9a-zA-Z]+", "-", name).removesuffix("-")


def read_as_netdev_ci(output):
    """name -> (result, has a time): of the nested results of all entries."""
    seen = {}
    nested = False
    for line in output.split("\n"):
        if nested and line.startswith("# "):
            line = line[2:]
        elif nested:
            nested = False
        elif line.startswith("# TAP version "):
            nested = True
            continue
        if not nested or not line.startswith(("ok ", "not ok ")):
            continue
        match = RESULT.match(line)
        directive = match[6] or ""
        name = namify(match[4])
        assert name not in seen
        seen[name] = (
            "skip" if directive.lower().startswith("skip") else "fail" if match[1] else "pass",
            bool(TIME.search(directive)),
        )
    return seen


def test_netdev_ci_reads_every_result(course):
    output = course["run_tests"]["output"]
    names = run(PROGRAM, "-l").stdout.splitlines()
    for entry in ENTRIES[1:]:
        names += run(PROGRAM, "-l", "--entry", entry.removeprefix("run_").removesuffix(".sh")).stdout.splitlines()
    seen = read_as_netdev_ci(output)
    assert set(seen) == {namify(name) for name in names}
    assert len(seen) == len(names)
    for name, (result, timed) in seen.items():
        assert result in ("pass", "skip"), name
        assert timed or result == "skip", name
    for word in WORDS_FOR_FAILURE:
        assert word not in output


def test_netdev_ci_sees_a_failure(program):
    """Also of a name that a broken promise gives it."""
    environment = {
        **os.environ,
        "LD_PRELOAD": str(TOP / "build" / "lying_kernel.so"),
        "LYING_KERNEL": "counter-starts-at-one",
    }
    name = "counter_starts_at_zero_and_counts_calls.udp4.loopback"
    result = run(TOP / "build" / "msg_zerocopy.dynamic", "-t", name, env=environment)
    wrapped = "".join(f"# {line}\n" for line in result.stdout.splitlines())
    assert read_as_netdev_ci(wrapped) == {namify(name): ("fail", True)}
    assert any(word in "\n" + wrapped for word in WORDS_FOR_FAILURE)
