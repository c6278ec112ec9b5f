# SPDX-License-Identifier: GPL-2.0
"""The table of docs/kernels.md is made of results, and keeps those of earlier times."""

import importlib.util
import json

import pytest

from conftest import TOP

spec = importlib.util.spec_from_file_location("kernel_table", TOP / "scripts/kernel_table.py")
kernel_table = importlib.util.module_from_spec(spec)
spec.loader.exec_module(kernel_table)

PAGE = f"# Other kernels\n\n{kernel_table.BEGIN}an old table\n{kernel_table.END}\nThe rest.\n"
TAP = """TAP version 13
1..4
# kernel {label} {arch}, page size {page}, slowness 1.000000, seed 1
ok 1 a.{path} # time=1ms
ok 2 b.{path} # XFAIL ZC-CT-09 x time=1ms
ok 3 c.{path} # SKIP needs a thing
not ok 4 d.{path} # time=1ms
"""


@pytest.fixture
def docs(tmp_path, monkeypatch):
    """A page and what is kept of earlier times, both of this test's own."""
    monkeypatch.setattr(kernel_table, "PAGE", tmp_path / "kernels.md")
    monkeypatch.setattr(kernel_table, "KEPT", tmp_path / "kernel_table.json")
    (tmp_path / "kernels.md").write_text(PAGE, encoding="utf-8")
    return tmp_path


def results(folder, label, arch="x86_64", page=4096, path="tcp4.loopback", **more):
    """The results of one kernel in a folder, as run_tests.sh --results FOLDER leaves them."""
    (folder / label).mkdir(parents=True)
    verdict = {"label": label, "release": label, "arch": arch, "status": "judged", "seconds": 59.6, "load": 0.1} | more
    (folder / label / "kernel.json").write_text(json.dumps(verdict))
    (folder / label / "run.tap").write_text(TAP.format(label=label, arch=arch, page=page, path=path))
    return folder


def the_rows(docs):
    return [line for line in (docs / "kernels.md").read_text(encoding="utf-8").splitlines() if line.startswith("| ")][
        1:
    ]


def test_a_kernel_has_a_row(docs, tmp_path):
    folder = results(tmp_path / "one", "7.2.13-ppc64el-64k", "ppc64le", 65536, date="2026-11-29T22:54:26+00:00")
    assert kernel_table.main([str(folder)]) == 0
    assert the_rows(docs) == [
        "| 7.2.13-ppc64el-64k | ppc64le | 64 KiB | 1 | 1 | 1 | 1 | 0 | 0 | 60 | 2026-11-29 |",
    ]
    text = (docs / "kernels.md").read_text(encoding="utf-8")
    assert text.startswith("# Other kernels\n") and text.endswith("\nThe rest.\n") and "an old table" not in text


def test_rows_of_earlier_times_stay_and_stand_by_version(docs, tmp_path):
    assert kernel_table.main([str(results(tmp_path / "one", "6.12.1")), str(results(tmp_path / "two", "6.1.9"))]) == 0
    assert kernel_table.main([str(results(tmp_path / "three", "7.3.4"))]) == 0
    assert [row.split(" | ")[0] for row in the_rows(docs)] == ["| 6.1.9", "| 6.12.1", "| 7.3.4"]


def test_runs_of_a_kernel_are_added_up_and_replace_older_ones(docs, tmp_path):
    folders = [
        str(results(tmp_path / name, "7.3.4", path=path, load=load))
        for name, path, load in (("core", "tcp4.loopback", 0.1), ("other", "tcp4.vxlan", 2.5))
    ]
    for _ in range(2):
        assert kernel_table.main(folders) == 0
        assert the_rows(docs) == ["| 7.3.4 | x86_64 | 4 KiB | 2 | 2 | 2 | 2 | 0 | 0 | 120 ⁺ |  |"]


def test_a_test_that_was_run_again_counts_once(docs, tmp_path):
    whole, again = (results(tmp_path / name, "7.3.4") for name in ("whole", "again"))
    tap = again / "7.3.4" / "run.tap"
    tap.write_text(tap.read_text().partition("ok 1")[0].replace("1..4", "1..1") + "ok 1 d.tcp4.loopback # time=1ms\n")
    assert kernel_table.main([str(whole), str(again)]) == 0
    assert the_rows(docs) == ["| 7.3.4 | x86_64 | 4 KiB | 2 | 1 | 1 | 0 | 0 | 0 | 120 |  |"]


@pytest.mark.parametrize(
    "verdict, complaint",
    [
        ({"status": "did-not-boot", "reason": "its console is silent"}, "7.3.4 was not judged: its console is silent"),
        (None, "no kernel's results (no */kernel.json)"),
    ],
)
def test_what_has_no_results_is_one_line(docs, tmp_path, capsys, verdict, complaint):
    folder = tmp_path / "one"
    folder.mkdir()
    if verdict:
        results(folder, "7.3.4", **verdict)
    assert kernel_table.main([str(folder)]) == 1
    captured = capsys.readouterr().err
    assert captured.startswith("kernel_table.py: ") and captured.endswith(complaint + "\n")
    assert (docs / "kernels.md").read_text(encoding="utf-8") == PAGE
    assert not (docs / "kernel_table.json").exists()


def test_the_page_is_made_of_what_is_kept():
    kept = json.loads(kernel_table.KEPT.read_text(encoding="utf-8"))
    text = kernel_table.PAGE.read_text(encoding="utf-8")
    assert kernel_table.page(text, kept) == text
