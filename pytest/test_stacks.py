# SPDX-License-Identifier: GPL-2.0
"""--stacks: what it measures, in text and by its schema, and the page that is made of it."""

import json

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


def test_runs_and_kernels_that_differ_are_told(tmp_path):
    cell = {"transport": "tcp", "size": "large", "bytes": 9, "seen": [seen(runs=2), seen(runs=1, copied="yes")]}
    report = {"kernel": {"release": "7.3.4+deb13-amd64"}, "runs": 3, "stacks": [{"name": "vlan", "cells": [cell]}]}
    file = tmp_path / "stacks.json"
    file.write_text(json.dumps(report))
    one = stacks.summarise(file)
    assert one["stacks"]["vlan"]["tcp large"] == "shared (2 of 3 runs) or **copied, not said** (1 of 3 runs)"
    other = {"release": "6.1.0-57-amd64", "stacks": {"vlan": {"tcp large": "copied"}}}
    same = {"release": "6.12.118+deb13-amd64", "stacks": {"vlan": {"tcp large": "copied"}}}
    assert stacks.cell_of("vlan", "tcp large", [one, other, same]).startswith("copied; 7.3.4: shared (2 of 3 runs)")
    assert stacks.cell_of("vlan", "tcp segment", [other]) == "–"
