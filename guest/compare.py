# SPDX-License-Identifier: GPL-2.0
"""What became of each test since another run: what got worse, better or otherwise, and what is gone or new."""

import itertools
import sys

from guest import artefacts, report, results, sources
from guest.trouble import FAILED, say
from guest.verdicts import case_of

BAD = ("fail", "broken")
KINDS = {
    "worse": "Worse",
    "better": "Better",
    "changed": "Otherwise",
    "vanished": "Vanished",
    "new": "New",
}
# Of the tests of a case that changed alike.
MOST_VARIANTS = 4


def _kind(before, after):
    if before is None or after is None:
        return "vanished" if after is None else "new"
    if before in BAD or after in BAD:
        if after in BAD:
            return "changed" if before in BAD else "worse"
        return "changed" if after == "skip" else "better"
    return "better" if before == "xfail" and after in ("pass", "xpass") else "changed"


def changes(old, new):
    """Every test whose verdict is not the same, in the order of the plans."""
    before = {result["name"]: result for result in old["results"]}
    after = {result["name"]: result for result in new["results"]}
    found = []
    for name in before | after:
        one, other = before.get(name), after.get(name)
        verdicts = one and one["verdict"], other and other["verdict"]
        if verdicts[0] != verdicts[1]:
            telling = other or one
            said = [line.strip() for line in telling["diagnostics"] if line.strip().startswith(("expected:", "seen:"))]
            found.append(
                {
                    "kind": _kind(*verdicts),
                    "from": verdicts[0],
                    "to": verdicts[1],
                    "name": name,
                    "why": ", ".join(said[:2]) or telling["reason"],
                }
            )
    return found


def comparison(old, new):
    """The changes of two runs, and why the later one is shorter where it was cut."""
    return {
        "from": old["label"],
        "to": new["label"],
        "cut_short": new["reason"] if new["status"] == "cut-short" else "",
        "changes": changes(old, new),
    }


def got_worse(compared):
    """A run that was cut short may have got worse where it ended."""
    return bool(compared["cut_short"]) or any(change["kind"] == "worse" for change in compared["changes"])


def counts(compared):
    """ "2 worse, 1 better"; how many of each kind."""
    kinds = [change["kind"] for change in compared["changes"]]
    return (
        ", ".join(f"{kinds.count(kind)} {word.lower()}" for kind, word in KINDS.items() if kind in kinds) or "no change"
    )


def rows(compared, kind):
    """(verdicts, case, variants, why): one for the tests of a case that changed alike."""
    some = [change for change in compared["changes"] if change["kind"] == kind]

    def alike(change):
        return case_of(change), change["from"] or "", change["to"] or ""

    for (case, before, after), group in itertools.groupby(sorted(some, key=alike), alike):
        group = list(group)
        variants = [change["name"].partition(".")[2] for change in group]
        more = f" and {len(variants) - MOST_VARIANTS} more" if len(variants) > MOST_VARIANTS else ""
        shown = ", ".join(variants[:MOST_VARIANTS]) + more
        yield " -> ".join(filter(None, (before, after))), case, shown, group[0]["why"]


def lines(old, new, compared):
    """The table, for a terminal."""
    yield f"{new['label']}, compared with {old['label']}: {counts(compared)}"
    for kernel in old, new:
        yield f"  {kernel['label']}: {kernel['file']}, {len(kernel['results'])} of {kernel['planned']} results"
    if compared["cut_short"]:
        yield f"  cut short: {compared['cut_short']}"
    for kind, word in KINDS.items():
        for number, (verdicts, case, variants, why) in enumerate(rows(compared, kind)):
            if number == 0:
                yield f"{word}:"
            yield f"  {verdicts:16} {case}  {variants}"
            if why and kind in ("worse", "changed"):
                yield f"  {'':16}   {why}"


def run(files, folder):
    """Compare each with the first; the table on standard output, the page into the folder. Returns the exit status."""
    old, *others = kernels = artefacts.read_all(files)
    results.prepare(folder)
    compared = [comparison(old, new) for new in others]
    for number, (new, one) in enumerate(zip(others, compared)):
        print("\n" * bool(number) + "\n".join(lines(old, new, one)))
    sys.stdout.flush()
    report.write(report.make(kernels, sources.read(), compared), folder)
    say(f"the report: {folder}/report.html")
    return FAILED if any(map(got_worse, compared)) else 0
