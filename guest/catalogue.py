# SPDX-License-Identifier: GPL-2.0
"""What the program knows of promises and deviations, as data."""

import json
import pathlib
import re
import subprocess

from guest.trouble import Trouble

PROGRAM = pathlib.Path(__file__).resolve().parent.parent / "build" / "msg_zerocopy"


def ask(*arguments):
    """What the program prints. Raises Trouble where it cannot be run."""
    try:
        return subprocess.run([PROGRAM, *arguments], stdout=subprocess.PIPE, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError) as trouble:
        raise Trouble(f"{PROGRAM} has no catalogue ({trouble}): run 'make'") from None


def read():
    """Chapters, requirements, cases, deviations and regressions."""
    return json.loads(ask("--catalogue=json"))


def kernel_parts():
    """The parts of the kernel that the suite can use: their words, modules and options."""
    return json.loads(ask("--catalogue=json"))["kernel_parts"]


def release_key(release):
    """Sorts releases as kernels follow each other: 6.9 before 6.12."""
    return [int(number) for number in re.findall(r"\d+", release)[:3]]


def cases_of(deviation, catalogue):
    """The names of the cases that meet a deviation."""
    return [case["name"] for case in catalogue["cases"] if case["deviation"] == deviation["id"]]


def rows(catalogue):
    """What has a state on each kernel: requirements and deviations."""
    yield from catalogue["requirements"]
    otherwise = {row["id"]: row["otherwise"] for row in catalogue["requirements"]}
    for deviation in catalogue["deviations"]:
        cases = cases_of(deviation, catalogue)
        yield {
            "id": deviation["id"],
            "cases": cases,
            "otherwise": otherwise[deviation["requirement"]],
            "uncovered": "" if cases else "no case shows it",
        }
