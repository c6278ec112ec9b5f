# SPDX-License-Identifier: GPL-2.0
"""What the tests share: the project's folder, the program, and how to run it."""

import fcntl
import json
import os
import pathlib
import shutil
import subprocess
import sys
import time

import pytest

TOP = pathlib.Path(__file__).resolve().parent.parent
PROGRAM = TOP / "build" / "msg_zerocopy"
# For the package guest; pytest run by its own name does not look there.
sys.path.insert(0, str(TOP))
BUILT = [TOP / "build" / name for name in ("msg_zerocopy", "unit_tests", "lying_kernel.so", "msg_zerocopy.dynamic")]


def pytest_configure():
    """Tests are collected from what is built."""
    missing = [path.name for path in BUILT if not path.exists()]
    if missing:
        raise pytest.UsageError(
            f"build/ lacks {', '.join(missing)}: run 'make all unit_tests lying_kernel', or 'make check'"
        )


def pytest_addoption(parser):
    parser.addoption(
        "--guests",
        nargs="?",
        const="",
        metavar="KERNEL,...",
        help="boot kernels, too: these (as run_tests.sh --kernel takes them), or those of the matrix",
    )


@pytest.fixture(scope="session")
def top():
    return TOP


@pytest.fixture(scope="session")
def program():
    """The static program."""
    return PROGRAM


@pytest.fixture(scope="session")
def once(tmp_path_factory):
    """once(name, make): what make() returned, of one call however many tests and workers ask."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent

    def get(name, make):
        with open(folder / f"{name}.json", "a+", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.seek(0)
            text = file.read()
            if not text:
                text = json.dumps(make())
                file.write(text)
            return json.loads(text)

    return get


# What the tests want of the kernel's source.
KERNEL_FILES = [
    "scripts/subarch.include",
    "tools/testing/kunit",
    "tools/testing/selftests/Makefile",
    "tools/testing/selftests/lib.mk",
    "tools/testing/selftests/kselftest.h",
    "tools/testing/selftests/kselftest_harness.h",
    "tools/testing/selftests/kselftest",
    "tools/testing/selftests/run_kselftest.sh",
]


def unpack_kernel():
    """To build/kernel, where it stays: the archive takes long to read."""
    folder = TOP / "build" / "kernel"
    origin = os.environ.get("KSRC") or max(map(str, pathlib.Path("/usr/src").glob("linux-source-*.tar.xz")), default="")
    label = folder / "origin"
    wanted = "\n".join([origin, *KERNEL_FILES])
    if not label.exists() or label.read_text() != wanted:
        shutil.rmtree(folder, ignore_errors=True)
        result = run(TOP / "scripts" / "kernel_source.sh", "--tree", folder, *KERNEL_FILES)
        if result.returncode:
            return result.stderr.strip()
        label.write_text(wanted)
    return ""


@pytest.fixture(scope="session")
def kernel_tree(once):
    """A kernel tree with little in it, from KSRC or the package linux-source."""
    if complaint := once("kernel", unpack_kernel):
        pytest.skip(complaint)
    return TOP / "build" / "kernel"


# Seconds. Nothing takes that long on any machine, however busy: only what hangs does.
HANG = 1200


def slowness():
    """How many times longer things may take just now, as so many processes share the machine: 1 at least."""
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


def run(*command, **options):
    """Run a command to its end; output as text, no exception by exit status."""
    return subprocess.run(
        [str(word) for word in command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
        timeout=options.pop("timeout", HANG),
        check=False,
        **options,
    )


LOST_OUTPUT = pytest.mark.parametrize("redirection", [">/dev/full", ">&-"])


def complaint_of_lost_output(redirection, *command):
    """The line that a program prints, and exits with 1, whose standard output is full or closed."""
    result = run("sh", "-c", f'exec "$@" {redirection}', "sh", *command)
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1
    return result.stderr


def wait_until(condition):
    """Whether it comes to hold."""
    deadline = time.monotonic() + HANG
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


# Every entry but guest-only.
EVERY_CASE = ("-t", "*")

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


def pytest_pycollect_makeitem(collector, name, obj):
    """A function `each_NAME` of a module is one item for each of its `NAME`."""
    if not name.startswith("each_"):
        return None
    return [
        pytest.Function.from_parent(collector, name=item, callobj=obj)
        for item in getattr(collector.obj, name.removeprefix("each_"))()
    ]


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """A result's report has the result's own duration, and XPASS is no failure."""
    report = (yield).get_result()
    if call.when == "call" and (told := item.stash.get(TOLD, None)):
        report.duration = told["seconds"]
        if told["xpass"]:
            report.wasxfail = told["xpass"]


# What an item says of its report.
TOLD = pytest.StashKey()


def pytest_terminal_summary(terminalreporter):
    """With pytest-xdist too: it is the controller that has the reports of all workers."""
    lies = {
        outcome: [r for r in terminalreporter.getreports(outcome) if "::test_the_lie_is_caught[" in r.nodeid]
        for outcome in ("passed", "failed", "skipped")
    }
    caught, judged = len(lies["passed"]), len(lies["passed"]) + len(lies["failed"])
    if judged:
        terminalreporter.write_line(
            f"lies caught {caught}/{judged}"
            + (f", {len(lies['skipped'])} more cannot be told here" if lies["skipped"] else "")
        )
