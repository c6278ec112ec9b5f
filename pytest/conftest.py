# SPDX-License-Identifier: GPL-2.0
"""What the tests share: the project's folder, the program, and how to run it."""

import os
import pathlib
import subprocess
import sys

import pytest

TOP = pathlib.Path(__file__).resolve().parent.parent
PROGRAM = TOP / "build" / "msg_zerocopy"
# For the package guest; pytest run by its own name does not look there.
sys.path.insert(0, str(TOP))


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
    """The static program, which `make check` has built."""
    if not PROGRAM.exists():
        pytest.fail(f"{PROGRAM} is missing: run 'make'")
    return PROGRAM


def run(*command, **options):
    """Run a command to its end; output as text, no exception by exit status."""
    return subprocess.run(
        [str(word) for word in command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
        timeout=options.pop("timeout", 300),
        check=False,
        **options,
    )


# Every entry but guest-only.
EVERY_CASE = ("-t", "*")

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
