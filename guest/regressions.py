# SPDX-License-Identifier: GPL-2.0
"""usage: python3 -m guest.regressions

Writes docs/regressions.md: the bugs that kernels had, and the cases that show them, from the
REGRESSIONs of conformance/. `make docs` is the same.
"""

import pathlib
import sys

from guest import catalogue as catalogues
from guest.markdown import plain, table
from guest.trouble import Trouble

PAGE = pathlib.Path(__file__).resolve().parent.parent / "docs" / "regressions.md"
HEAD = """\
# Bugs that were

What kernels got wrong about MSG_ZEROCOPY before, by the subject of the commit that fixed it, and the cases that fail
on a kernel without the fix. Cases marked guest-only could crash such a kernel and run only when they are asked for:
`./run_tests.sh --kernel 7.3 -t NAME`, or `--entry guest-only`.

Releases are upstream's. Where Debian's kernels have the fix from another version on, that stands behind in brackets.

This page is made by `make docs` from the REGRESSIONs that stand above the cases in `conformance/`.
"""


def lines(catalogue):
    """The page."""
    entries = {case["name"]: case["entry"] for case in catalogue["cases"]}
    shown = [one for one in catalogue["regressions"] if one["cases"]]
    others = [one for one in catalogue["regressions"] if not one["cases"]]

    def case(name):
        return f"`{name}`" + (" (guest-only)" if entries[name] == "guest-only" else "")

    yield HEAD
    yield from table(
        ("fixed by", "in", "cases"),
        ((plain(one["commit"]), plain(one["fixed_in"]), ", ".join(map(case, one["cases"]))) for one in shown),
    )
    yield "No case shows these:"
    yield ""
    yield from table(
        ("fixed by", "in", "why not"),
        ((plain(one["commit"]), plain(one["fixed_in"]), plain(one["not_judged"])) for one in others),
    )


def page():
    """The page as the program makes it."""
    return "\n".join(lines(catalogues.read())).rstrip("\n") + "\n"


def main():
    """Write it."""
    try:
        PAGE.write_text(page())
    except (OSError, Trouble) as trouble:
        print(f"regressions: {trouble}", file=sys.stderr)
        return 1
    print(PAGE)
    return 0


if __name__ == "__main__":
    sys.exit(main())
