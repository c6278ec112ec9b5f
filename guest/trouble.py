# SPDX-License-Identifier: GPL-2.0
"""What ends a run before its verdict."""

import sys

FAILED = 1
UNAVAILABLE = 4  # kselftest's "skip": something is missing here


class Trouble(Exception):
    """One line that names the thing and the remedy, and the exit status."""

    def __init__(self, line, status=FAILED):
        super().__init__(line)
        self.status = status


def say(line):
    """Progress, on standard error: standard output is the TAP's."""
    print(f"# {line}", file=sys.stderr, flush=True)
