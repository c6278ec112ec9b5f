# SPDX-License-Identifier: GPL-2.0
"""--stacks: what it measures, in text and by its schema, and the page that is made of it."""

import json
import re

import pytest

from conftest import TOP, needs_root, run
from guest import stacks

PROGRAM = TOP / "build" / "msg_zerocopy"
SCHEMA = TOP / "docs" / "schemas" / "stacks.schema.json"


def measured(tmp_path, *words):
    """(the text, the JSON) of one run."""
    jsonschema = pytest.importorskip("jsonschema", reason="needs python3-jsonschema")
    file = tmp_path / "stacks.json"
    result = run(PROGRAM, "--stacks", "--json", file, *words)
    assert result.returncode == 0, result.stdout + result.stderr
    table = json.loads(file.read_text())
    rules = json.loads(SCHEMA.read_text())
    jsonschema.Draft7Validator.check_schema(rules)
    jsonschema.validate(table, rules)
    return result.stdout, table


@needs_root
def test_the_control_shares_and_a_node_that_ends_a_tunnel_copies(tmp_path):
    text, table = measured(tmp_path, "--path", "veth", "--path", "container-vxlan")
    by_name = {stack["name"]: stack for stack in table["stacks"]}
    assert [len(by_name["veth"]["cells"]), by_name["veth"]["trouble"]] == [4, ""]
    for cell in by_name["veth"]["cells"]:
        assert [(seen["copied"], seen["completed"], seen["said_copied"], seen["runs"]) for seen in cell["seen"]] == [
            ("no", "delivery", "no", 3)
        ]
        assert f"veth                {cell['transport']}  {cell['size']:8} no      delivery" in text
    if by_name["container-vxlan"]["missing"]:
        pytest.skip("needs VXLAN")
    for cell in by_name["container-vxlan"]["cells"]:
        assert [(seen["copied"], seen["said_copied"], seen["later_store"]) for seen in cell["seen"]] == [
            ("yes", "yes", "nobody")
        ]


def test_what_a_kernel_lacks_is_left_out_by_name(tmp_path):
    text, table = measured(tmp_path, "--path", "veth", "--path", "hsr")
    [hsr] = [stack for stack in table["stacks"] if stack["name"] == "hsr"]
    if not hsr["missing"]:
        pytest.skip("this kernel has HSR")
    assert "# hsr is left out, it needs HSR (CONFIG_HSR, CONFIG_VETH): " in text
    assert not hsr["cells"]


def test_the_list_is_of_stacks():
    names = [line.split()[0] for line in run(PROGRAM, "--stacks", "--list").stdout.splitlines()]
    assert {"veth", "vxlan", "wireguard"} <= set(names)
    assert not {"loopback", "cork", "remote"} & set(names)
    assert len(names) > 40


@pytest.mark.parametrize(
    "words, complaint",
    [
        (["-t", "x"], "--stacks measures paths, which --path selects: leave out -t"),
        (["--repeat", "5"], "--stacks measures paths, which --path selects: leave out --repeat"),
        (["--path", "vxlam"], "no stack matches --path; --stacks --list shows what there is"),
        (["--json", "/nowhere/x.json"], "/nowhere/x.json"),
    ],
)
def test_bad_words_are_one_line(words, complaint):
    result = run(PROGRAM, "--stacks", *words)
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith("msg_zerocopy: ") and result.stderr.count("\n") == 1
    assert complaint in result.stderr


def seen(**other):
    return {"runs": 3, "copied": "no", "completed": "delivery", "later_store": "nobody", "said_copied": "no"} | other


@pytest.mark.parametrize(
    "transport, one, words",
    [
        ("tcp", seen(), "shared"),
        ("udp", seen(copied="yes", said_copied="yes", completed="early"), "copied"),
        ("tcp", seen(copied="yes"), "**copied, not said**"),
        ("tcp", seen(completed="read"), "shared, completed: read"),
        ("udp", seen(later_store="peer"), "shared, **a later store is seen**"),
        ("udp", {"runs": 3, "refused": "EIO"}, "EIO"),
    ],
)
def test_the_words_of_the_page(transport, one, words):
    assert stacks.word_of(one, transport) == words


def report_of(tmp_path, release, names, **words):
    """A stacks.json of a kernel on which these stacks were measured: the same was seen on each."""
    cell = {"transport": "tcp", "size": "large", "bytes": 9, "seen": [seen(**words)]}
    report = {"kernel": {"release": release}, "runs": 3, "stacks": [{"name": name, "cells": [cell]} for name in names]}
    report["stacks"].append({"name": "hsr", "cells": []})
    file = tmp_path / f"{release}-{'-'.join(names)}.json"
    file.write_text(json.dumps(report))
    return file


def test_runs_that_differ_are_told(tmp_path):
    file = report_of(tmp_path, "7.3.4+deb13-amd64", ["vlan"])
    report = json.loads(file.read_text())
    report["stacks"][0]["cells"][0]["seen"] = [seen(runs=2), seen(runs=1, copied="yes")]
    file.write_text(json.dumps(report))
    words = stacks.summarise(file)["stacks"]["vlan"]["tcp large"]
    assert words == "shared (2 of 3 runs) or **copied, not said** (1 of 3 runs)"


def test_kernels_that_differ_are_told():
    def kernel(release, words):
        return {"release": release, "stacks": {"vlan": {"tcp large": words}}}

    measured = [kernel("7.3.4+deb13-amd64", "shared"), kernel("6.1.0-57-amd64", "copied"), kernel("6.12.118", "copied")]
    assert stacks.cell_of("vlan", "tcp large", measured) == "copied; 7.3.4: shared"
    assert stacks.cell_of("vlan", "tcp segment", measured) == "–"


def test_a_run_of_some_stacks_leaves_the_others(tmp_path):
    old = stacks.merged([], [report_of(tmp_path, "6.12.9", ["vlan", "gre"]), report_of(tmp_path, "7.3.4", ["vlan"])])
    assert [kernel["release"] for kernel in old] == ["7.3.4", "6.12.9"]
    new = stacks.merged(old, [report_of(tmp_path, "6.12.9", ["gre", "sit"], copied="yes", said_copied="yes")])
    assert {name: cells["tcp large"] for name, cells in new[1]["stacks"].items()} == {
        "vlan": "shared",
        "gre": "copied",
        "sit": "copied",
    }
    page = "\n".join(stacks.lines([kernel | {"bytes": {"segment": 1, "large": 2}} for kernel in new], ["vlan", "gre"]))
    assert "| `vlan` | – | shared | – | – |  |" in page
    assert "- 7.3.4: 1 of 2 stacks" in page and "- 6.12.9: 2 of 2 stacks" in page
    assert "`sit`" not in page and "`hsr`" not in page


@pytest.mark.parametrize(
    "text, complaint",
    [
        (None, "not the stacks.json of run_tests.sh --stacks: FileNotFoundError"),
        ("[]", "not the stacks.json of run_tests.sh --stacks: TypeError"),
        ('{"stacks": [], "kernel": {"release": "6.1.0"}}', "no stack was measured on 6.1.0: nothing to keep"),
    ],
)
def test_a_file_that_is_no_table_changes_nothing(tmp_path, monkeypatch, capsys, text, complaint):
    file = tmp_path / "x.json"
    if text:
        file.write_text(text)
    for name in ("MEASURED", "PAGE"):
        monkeypatch.setattr(stacks, name, tmp_path / name)
    assert stacks.main([str(file)]) == 1
    out, err = capsys.readouterr()
    assert out == "" and err.startswith("stacks: ") and err.count("\n") == 1 and complaint in err
    assert not stacks.MEASURED.exists() and not stacks.PAGE.exists()


def test_without_any_measurement_there_is_no_page(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(stacks, "MEASURED", tmp_path / "stacks.json")
    assert stacks.main([]) == 1
    assert "stacks.json is not there: give the stacks.json of run_tests.sh" in capsys.readouterr().err


def test_the_page_is_up_to_date():
    assert stacks.PAGE.read_text() == stacks.page(stacks.kept()), "run 'make docs'"


def test_the_page_says_why_where_something_copies():
    rows = [line for line in stacks.page(stacks.kept()).splitlines() if line.startswith("| `") and line.count("|") == 7]
    assert len(rows) == len(stacks.names_of_stacks())
    for row in rows:
        assert ("copied" in row) == (row.split(" | ")[-1].strip(" |") != "") and "?" not in row, row


def test_whys_are_of_stacks_that_there_are():
    assert set(stacks.WHY) <= set(stacks.names_of_stacks())


def test_the_page_names_the_cases_of_the_entry():
    plan = run(PROGRAM, "--list", "--entry", "stacks").stdout.split()
    assert {name.split(".")[0] for name in plan} == set(re.findall(r"`([a-z]\w+)`(?:, | \|)", stacks.BEHIND))
