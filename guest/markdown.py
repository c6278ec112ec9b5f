# SPDX-License-Identifier: GPL-2.0
"""The little of Markdown that the pages here are made of."""

import re

# An underscore within a word is none.
MARKUP = re.compile(r"[\\`*<|\[]|(?<!\w)_|_(?!\w)|~(?=~)")


def plain(text):
    """Text of one line in which nothing is markup, in a table's cell too."""
    return MARKUP.sub(r"\\\g<0>", " ".join(text.split()))


def table(head, lines):
    """The lines of a table, and an empty one."""
    yield "| " + " | ".join(head) + " |"
    yield "|" + "---|" * len(head)
    for line in lines:
        yield "| " + " | ".join(line) + " |"
    yield ""
