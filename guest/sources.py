# SPDX-License-Identifier: GPL-2.0
"""
The catalogue read from the source, for a report where nothing is built. Knows as much of C++
as the macros REQUIREMENT, DEVIATION, REGRESSION and CASE take; pytest/test_report.py compares
it with what the program says of itself.
"""

import pathlib
import re

TOP = pathlib.Path(__file__).resolve().parent.parent
TOKEN = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:[^"\\]|\\.)*"|[{}(),=]|[^\s{}(),="/]+|/', re.DOTALL)
MACRO = re.compile(r"^(REQUIREMENT|DEVIATION|CASE)\(", re.MULTILINE)
CONSTANT = re.compile(r"^inline constexpr const char \*(\w+) =(.*?);$", re.MULTILINE | re.DOTALL)
CHAPTER = re.compile(r'^\t\{"(\w+)", "(\w+)", "([^"]*)"\},$', re.MULTILINE)
OTHERWISE = {"promised": "broken", "observed": "changed", "past bug": "back"}


def _tokens(text):
    """What stands between the macro's parentheses, without comments."""
    depth = 1
    for match in TOKEN.finditer(text):
        token = match[0]
        depth += {"(": 1, "{": 1, ")": -1, "}": -1}.get(token, 0)
        if depth == 0:
            return
        if not token.startswith(("/*", "//")):
            yield token


def _value(tokens):
    """A string of one or more literals, a list of such, or the words as they are."""
    if tokens and tokens[0] == "{":
        return [_value([token]) for token in tokens if token.startswith('"')]
    if tokens and all(token.startswith('"') for token in tokens):
        return "".join(re.sub(r"\\(.)", r"\1", token[1:-1]) for token in tokens)
    return "".join(tokens)


def _arguments(text):
    """(those without a name, those that `.name =` names)"""
    parts, depth = [[]], 0
    for token in _tokens(text):
        depth += {"(": 1, "{": 1, ")": -1, "}": -1}.get(token, 0)
        if token == "," and depth == 0:
            parts.append([])
        else:
            parts[-1].append(token)
    named = {part[0][1:]: _value(part[2:]) for part in parts if part[0].startswith(".") and part[1] == "="}
    return [_value(part) for part in parts if not part[0].startswith(".")], named


def _macros():
    """(name, arguments, named arguments) of each macro, file by file."""
    for path in sorted((TOP / "conformance").glob("*.cc")):
        text = path.read_text(encoding="utf-8")
        for match in MACRO.finditer(text):
            yield match[1], *_arguments(text[match.end() :])


def _constants():
    """Texts of evidence that several deviations share, by their names."""
    text = (TOP / "src" / "catalogue" / "deviation.h").read_text(encoding="utf-8")
    return {"catalogue::" + match[1]: _value(list(_tokens(match[2] + ")"))) for match in CONSTANT.finditer(text)}


def _sources(row, rows):
    """As Requirement::source() has it."""
    documents = [row["document"], *(rows[id]["document"] for id in row["rests_on"].split())]
    return "; ".join(
        [f"msg_zerocopy.rst, {text}" for text in documents if text] + ([row["code"]] if row["code"] else [])
    )


def read():
    """Chapters, requirements, cases and deviations, as guest.catalogue.read() has them."""
    chapters = CHAPTER.findall((TOP / "src" / "catalogue" / "requirement.cc").read_text(encoding="utf-8"))
    order = [letters for letters, _, _ in chapters]
    constants = _constants()
    rows, cases, deviations = {}, [], []
    for macro, plain, named in _macros():
        if macro == "REQUIREMENT":
            standing = plain[1].replace("_", " ")
            rows[plain[0]] = {
                "id": plain[0],
                "chapter": chapters[order.index(plain[0].split("-")[1])][1],
                "standing": standing,
                "otherwise": OTHERWISE[standing],
                "promise": plain[2],
                **{name: named.get(name, "") for name in ("document", "rests_on", "code", "kernels")},
                "uncovered": named.get("not_judged", ""),
                "cases": [],
            }
        elif macro == "DEVIATION":
            id, requirement, kernels, how, evidence = plain[:5]
            evidence = constants.get(evidence, evidence)
            deviations.append(
                {"id": id, "requirement": requirement, "how": how, "evidence": evidence, "range": kernels}
            )
        else:
            entry = named.get("entry", "core").rpartition("::")[2].replace("_", "-").replace("io-uring", "io_uring")
            cases.append(
                {
                    "name": plain[0],
                    "entry": entry,
                    "deviation": named.get("deviation"),
                    "requirements": named["requirements"],
                }
            )
    for case in cases:
        for id in case["requirements"]:
            rows[id]["cases"].append(case["name"])
    for row in rows.values():
        row["source"] = _sources(row, rows)
    for row in rows.values():
        del row["rests_on"], row["code"]
    return {
        "chapters": [{"name": name, "title": title} for _, name, title in chapters],
        "requirements": sorted(rows.values(), key=lambda row: (order.index(row["id"].split("-")[1]), row["id"])),
        "deviations": sorted(deviations, key=lambda one: one["id"]),
        "cases": cases,
    }
