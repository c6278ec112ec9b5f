# SPDX-License-Identifier: GPL-2.0
"""Where the kernels of a report differ, and by what: their version, architecture or page size."""

from guest.catalogue import release_key, rows

# What a judged row can be; kept and better than catalogued are the same to a user.
JUDGED = {
    "broken": "broken",
    "back": "back",
    "changed": "changed",
    "set-up-broken": "set-up-broken",
    "deviates": "deviates",
    "better": "kept",
    "kept": "kept",
}
AXES = ("version", "architecture", "page size")


def series(kernel):
    """7.2 of 7.2.13+deb14-powerpc64le."""
    return ".".join(map(str, release_key(kernel["release"] or kernel["label"])[:2]))


def pages(kernel):
    """ "64 KiB", or "" where the run did not say."""
    return f"{kernel['page_size'] // 1024} KiB" if kernel.get("page_size") else ""


def values(kernel):
    """What a kernel is on each axis."""
    return dict(zip(AXES, (series(kernel), kernel.get("arch") or "", pages(kernel))))


def order(kernel):
    """Sorts kernels by version, then architecture, then page size."""
    return (release_key(kernel["release"] or kernel["label"]), kernel.get("arch") or "", kernel.get("page_size") or 0)


def _explains(axis, states):
    """Do kernels that are alike on an axis have the same state, and are there kernels that are not?"""
    by_value = {}
    for kernel, state in states:
        by_value.setdefault(values(kernel)[axis], set()).add(state)
    return len(by_value) > 1 and all(len(found) == 1 for found in by_value.values())


def differences(kernels, catalogue):
    """
    Rows that differ among kernels of one version, and what they differ by: [{"row", "version",
    "by": axes that explain it, "states": {label: state}}]. What differs by version is in the
    tables, which go by it.
    """
    found = []
    for version in dict.fromkeys(map(series, kernels)):
        alike = [kernel for kernel in kernels if series(kernel) == version]
        for row in rows(catalogue):
            states = [
                (kernel, JUDGED[state]) for kernel in alike if (state := kernel["cells"][row["id"]]["state"]) in JUDGED
            ]
            if len({state for _, state in states}) > 1:
                found.append(
                    {
                        "row": row["id"],
                        "version": version,
                        "by": [axis for axis in AXES[1:] if _explains(axis, states)],
                        "states": {kernel["label"]: state for kernel, state in states},
                    }
                )
    return found
