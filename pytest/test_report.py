# SPDX-License-Identifier: GPL-2.0
"""The report of several kernels, on made-up results; and the page of deviations."""

import json
import os
import shutil

import pytest

from conftest import run, wait_until
from guest import catalogue as catalogues
from guest import compare, deviations, markdown, regressions, report, sources, verdicts
from guest.trouble import Trouble

NASTY = '</script><script>document.title = "owned"</script> | <b>bold</b> & `code`'


def requirement(id, cases, promise="A promise.", uncovered="", standing="promised"):
    return {
        "id": id,
        "chapter": "counter",
        "promise": promise,
        "source": "msg_zerocopy.rst",
        "standing": standing,
        "otherwise": {"promised": "broken", "observed": "changed"}[standing],
        "kernels": "",
        "uncovered": uncovered,
        "cases": cases,
    }


def case(name, requirements, deviation=None):
    return {"name": name, "entry": "core", "deviation": deviation, "requirements": requirements}


CATALOGUE = {
    "chapters": [{"name": "counter", "title": "The counter"}],
    "requirements": [
        requirement("ZC-CT-01", ["keeps"], NASTY),
        requirement("ZC-CT-02", ["breaks", "keeps"]),
        requirement("ZC-CT-03", ["deviates"]),
        requirement("ZC-CT-04", ["betters"]),
        requirement("ZC-CT-05", ["skips"]),
        requirement("ZC-CT-06", ["not_set_up", "keeps"]),
        requirement("ZC-CT-07", [], uncovered="needs a second machine"),
        requirement("ZC-CT-08", ["deviates", "keeps"]),
        requirement("ZC-CT-09", ["unselected"]),
        requirement("ZC-CT-10", ["breaks"], standing="observed"),
    ],
    "cases": [
        case("keeps", ["ZC-CT-01", "ZC-CT-02", "ZC-CT-06", "ZC-CT-08"]),
        case("breaks", ["ZC-CT-02", "ZC-CT-10"]),
        case("deviates", ["ZC-CT-03", "ZC-CT-08"], "it-deviates"),
        case("betters", ["ZC-CT-04"], "it-betters"),
        case("skips", ["ZC-CT-05"]),
        case("not_set_up", ["ZC-CT-06"]),
        case("unselected", ["ZC-CT-09"]),
    ],
    "deviations": [
        {
            "id": id,
            "requirement": of,
            "how": "It does otherwise.",
            "evidence": "net/core/skbuff.c",
            "kernels": [{"from": "4.14.0", "before": None}],
            "range": "since 4.14",
            "fix": "",
        }
        for id, of in (("it-deviates", "ZC-CT-03"), ("it-betters", "ZC-CT-04"), ("unseen", "ZC-CT-07"))
    ],
}
KEEPS = ["# judges ZC-CT-01, and verbosely\nok {} keeps.tcp4.loopback # time=5ms"]
EVERYTHING = [
    *KEEPS,
    "# judges ZC-CT-02: A promise. (msg_zerocopy.rst)\n"
    "# range of the notification\n"
    "#   expected: [0,0]\n"
    f"#   seen:     {NASTY}\n"
    "not ok {} breaks.tcp4.loopback # time=7ms",
    "# known deviation: ZC-CT-03 it-deviates\n"
    "#   seen:     an id too many\n"
    "ok {} deviates.udp4.veth # XFAIL ZC-CT-03 it-deviates time=3ms",
    "ok {} betters.udp4.veth # XPASS ZC-CT-04 it-betters time=3ms",
    "ok {} skips.tcp6.veth # SKIP needs IPv6",
    "not ok {} not_set_up.tcp4.veth # broken: no veth time=1ms",
]
STATES = {
    "ZC-CT-01": "kept",
    "ZC-CT-02": "broken",
    "ZC-CT-03": "deviates",
    "ZC-CT-04": "better",
    "ZC-CT-05": "not-judged",
    "ZC-CT-06": "set-up-broken",
    "ZC-CT-07": "no-case",
    "ZC-CT-08": "kept",
    "ZC-CT-09": "not-judged",
    "ZC-CT-10": "changed",
    "it-deviates": "deviates",
    "it-betters": "better",
    "unseen": "no-case",
}


def tap(results, planned=None):
    lines = [result.format(number) for number, result in enumerate(results, 1)]
    return "\n".join(
        [
            "TAP version 13",
            f"1..{planned or len(lines)}",
            "# msg_zerocopy 1.2.3",
            "# kernel 6.12.1 x86_64, page size 4096",
            *lines,
            "",
        ]
    )


def make_results(folder, label, results=(), planned=None, console="", **kernel):
    """The folder that a judged kernel leaves."""
    folder = folder / label
    folder.mkdir(parents=True)
    kernel = {"label": label, "release": f"{label}.1", "status": "judged", "exit": 0} | kernel
    (folder / "kernel.json").write_text(json.dumps(kernel))
    (folder / "run.tap").write_text(tap(results, planned) if results else "")
    (folder / "console.log").write_text(console)
    return folder


FINDING = """\
# Totals: pass:1 fail:1 xfail:1 xpass:1 skip:1 error:1
# Verdict: kernel 6.12.1 breaks promises of MSG_ZEROCOPY:
#   ZC-CT-02 broken: 1 result of 1 case: A promise.
#     range of the notification: expected [0,0], seen [1,1]
#     on tcp4; on loopback, not on veth
#     smallest: ./run_tests.sh --kernel 6.12 -t breaks.tcp4.loopback
#     to be judged again without it, as they fail only where this does: ZC-CT-01 (2 results), ZC-CT-08 (1 result)
# Known of this kernel, 1 deviation:
#   ZC-CT-03 it-deviates: It does otherwise.
#     fixed in 6.12.97 by 'net: do as promised (CVE-2026-1)'
# machine: sk_msg programs on sockmaps: <b>one</b>
# machine: a packet socket of tcpdump
"""


def judged(folder):
    kernels = verdicts.read_kernels(folder)
    return report.make(kernels, CATALOGUE)


@pytest.fixture
def results(tmp_path):
    """One that keeps all, one of every state, one that died, one that never lived."""
    folder = tmp_path / "results"
    make_results(folder, "6.9", KEEPS, accelerator="tcg", seconds=41.5)
    make_results(folder, "6.12", EVERYTHING, exit=1, accelerator="tcg", reason="")
    make_results(
        folder,
        "7.1",
        [*KEEPS, "ok {} keeps.tcp4.veth # time=5ms"],
        planned=9,
        status="crashed",
        exit=1,
        reason="it panicked",
        console="Kernel panic - not syncing: " + NASTY,
        splats=["BUG: " + NASTY],
    )
    make_results(folder, "7.2", status="did-not-boot", exit=1, release="", reason="no ready mark")
    return folder


def test_every_state(results):
    kernel = judged(results)["kernels"][1]
    assert {id: cell["state"] for id, cell in kernel["cells"].items()} == STATES
    assert kernel["cells"]["ZC-CT-05"]["reason"] == "needs IPv6"
    assert kernel["cells"]["ZC-CT-07"]["reason"] == "needs a second machine"
    assert kernel["verdict"] == {"state": "broken", "text": "breaks 1 promise, changes 1 observation"}
    assert sum(kernel["totals"].values()) == len(CATALOGUE["requirements"])


def test_the_version_of_the_suite_is_in_every_form(results):
    found = judged(results)
    assert [kernel["suite"] for kernel in found["kernels"]] == ["1.2.3", "1.2.3", "1.2.3", ""]
    assert found["suite"] == "1.2.3"
    assert ", msg_zerocopy 1.2.3." in "\n".join(report.markdown_lines(found))
    # No reader takes it for what a result says of itself.
    assert not found["kernels"][0]["results"][0]["diagnostics"]


def test_kernels_are_in_the_order_of_their_releases(results):
    assert [kernel["label"] for kernel in judged(results)["kernels"]] == ["6.9", "6.12", "7.1", "7.2"]


def test_what_differs_by_architecture_or_by_pages(tmp_path):
    """Kernels of one version stand together, and a row that differs among them names what explains it."""
    deviates = next(result for result in EVERYTHING if "it-deviates" in result and "XFAIL" in result)
    kept = "ok {} deviates.udp4.veth # time=3ms"

    def machine(label, release, arch, pages, result):
        folder = make_results(tmp_path, label, [*KEEPS, result], release=release, arch=arch)
        run_tap = folder / "run.tap"
        run_tap.write_text(run_tap.read_text().replace("page size 4096", f"page size {pages}"))

    machine("7.2-ppc64el-64k", "7.2.13-64k", "ppc64le", 65536, deviates)
    machine("7.2-arm64", "7.2.13-cloud-arm64", "aarch64", 4096, kept)
    machine("7.2-ppc64el", "7.2.13", "ppc64le", 4096, kept)
    machine("6.12", "6.12.1", "x86_64", 4096, deviates)
    made = judged(tmp_path)
    assert [kernel["label"] for kernel in made["kernels"]] == ["6.12", "7.2-arm64", "7.2-ppc64el", "7.2-ppc64el-64k"]
    states = {"7.2-arm64": "kept", "7.2-ppc64el": "kept", "7.2-ppc64el-64k": "deviates"}
    assert made["differences"] == [
        {"row": row, "version": "7.2", "by": ["page size"], "states": states} for row in ("ZC-CT-03", "it-deviates")
    ]
    table = "\n".join(report.markdown_lines(made)).partition("## What differs by architecture or page size")[2]
    assert "| it-deviates | 7.2 | page size | 7.2-arm64 ✓, 7.2-ppc64el ✓, 7.2-ppc64el-64k ≠ |" in table
    assert "<td" not in table and "64 KiB" in "\n".join(report.markdown_lines(made))


def test_a_deviation_of_one_promise_says_nothing_of_another(tmp_path):
    make_results(tmp_path, "6.9", [EVERYTHING[2]])
    cells = judged(tmp_path)["kernels"][0]["cells"]
    assert cells["ZC-CT-03"]["state"] == "deviates"
    # Where there is nothing else to tell by, it is the only thing to say.
    assert cells["ZC-CT-08"]["state"] == "deviates"


def test_what_a_crash_cut_off_is_not_judged(results):
    kernel = judged(results)["kernels"][2]
    # Its last case may have had more results to come.
    assert kernel["cells"]["ZC-CT-01"] == {"state": "not-judged", "reason": "it panicked"}
    assert kernel["verdict"] == {"state": "broken", "text": "crashed: it panicked"}


def test_a_failure_before_a_crash_counts(tmp_path):
    make_results(tmp_path, "6.9", EVERYTHING[:2], planned=9, status="crashed", exit=1, reason="dead")
    cells = judged(tmp_path)["kernels"][0]["cells"]
    assert cells["ZC-CT-01"]["state"] == "kept"
    assert cells["ZC-CT-02"]["state"] == "broken"
    assert cells["ZC-CT-03"] == {"state": "not-judged", "reason": "dead"}


def test_a_line_cut_in_the_middle_is_no_result(tmp_path):
    folder = make_results(tmp_path, "6.9", KEEPS, planned=2, status="hung", reason="silent", exit=1)
    with open(folder / "run.tap", "a", encoding="utf-8") as file:
        file.write("not ok 2 breaks.tcp4.lo")
    kernel = judged(tmp_path)["kernels"][0]
    assert len(kernel["results"]) == 1
    assert kernel["cells"]["ZC-CT-02"]["state"] == "not-judged"


def test_a_kernel_that_did_not_boot(results):
    kernel = judged(results)["kernels"][3]
    assert kernel["verdict"] == {"state": "not-judged", "text": "did not boot: no ready mark"}
    assert kernel["cells"]["ZC-CT-01"] == {"state": "not-judged", "reason": "no ready mark"}


def test_a_fault_of_no_case_is_a_verdict(tmp_path):
    make_results(tmp_path, "6.9", KEEPS, exit=1, reason="the kernel reported a fault: WARNING")
    verdict = judged(tmp_path)["kernels"][0]["verdict"]
    assert verdict == {"state": "broken", "text": "the kernel reported a fault: WARNING"}


def test_the_verdict_counts_each_standing_apart():
    standings = {"ZC-CT-01": "promised", "ZC-CT-02": "promised", "ZC-CT-03": "observed", "ZC-CT-04": "past bug"}
    catalogue = {"requirements": [{"id": id, "standing": standing} for id, standing in standings.items()]}
    cells = {id: {"state": "kept"} for id in standings} | {"ZC-CT-04": {"state": "not-judged"}}
    assert verdicts.tally(cells, catalogue) == "2 promises, 1 observation"


def test_results_that_cannot_be_read_get_one_line(tmp_path):
    with pytest.raises(Trouble, match="no kernel's results"):
        verdicts.read_kernels(tmp_path)
    folder = make_results(tmp_path, "6.9", KEEPS)
    (folder / "run.tap").write_text("TAP version 13\nSegmentation fault\n")
    with pytest.raises(Trouble, match="run.tap: not a line of TAP"):
        verdicts.read_kernels(tmp_path)
    (folder / "kernel.json").write_text("[]")
    with pytest.raises(Trouble, match="kernel.json: not a kernel's results"):
        verdicts.read_kernels(tmp_path)


def test_json_holds_every_result(results):
    made = judged(results)
    again = json.loads(json.dumps(made))
    assert again == made
    broken = next(one for one in again["kernels"][1]["results"] if one["name"].startswith("breaks"))
    assert broken["verdict"] == "fail"
    assert broken["milliseconds"] == 7
    # What the run says of itself belongs to no result.
    assert again["kernels"][1]["results"][0]["diagnostics"] == []
    assert broken["diagnostics"][-1] == "  seen:     " + NASTY


def test_html_is_one_page_that_its_data_cannot_end(results):
    page = report.to_html(judged(results))
    assert page.count("</script>") == 2
    assert "src=" not in page and "@import" not in page and "url(" not in page
    assert "@data@" not in page


def test_markdown_has_tables_of_equal_rows(results):
    text = "\n".join(report.markdown_lines(judged(results)))
    row = next(line for line in text.splitlines() if line.startswith("| ZC-CT-02"))
    assert [glyph.strip() for glyph in row.split("|")[3:7]] == ["✓", "✗", "–", "–"]
    assert "\\|" in text and "\\<b>" in text
    widths = 0
    for line in text.splitlines():
        count = line.replace("\\|", "").count("|") if line.startswith("|") else 0
        assert not (count and widths) or count == widths, line
        widths = count


@pytest.mark.parametrize(
    "text, shown",
    [
        ("ip_output.c:__ip_append_data", "ip_output.c:\\__ip_append_data"),
        ("a|b <c> *d* `e`", "a\\|b \\<c> \\*d\\* \\`e\\`"),
        ("two\nlines", "two lines"),
    ],
)
def test_markdown_shows_text_as_it_is(text, shown):
    assert markdown.plain(text) == shown


def test_write_makes_all_three(program, results, tmp_path):
    report.write(report.of_folder(results), tmp_path / "output")
    made = sorted(path.name for path in (tmp_path / "output").iterdir())
    assert made == ["report.html", "report.json", "report.md"]
    data = json.loads((tmp_path / "output" / "report.json").read_text())
    assert len(data["catalogue"]["requirements"]) == len(data["kernels"][0]["cells"]) - len(
        data["catalogue"]["deviations"]
    )


def test_command_line(top, program, tmp_path):
    result = run("python3", "-m", "guest.report", tmp_path / "none", tmp_path, cwd=top)
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1 and "none" in result.stderr


def test_program_says_of_each_case_what_it_meets(program):
    catalogue = catalogues.read()
    cases = {one["name"]: one for one in catalogue["cases"]}
    claimed = {name for row in catalogue["requirements"] for name in row["cases"]}
    assert set(cases) == claimed
    assert {row["chapter"] for row in catalogue["requirements"]} == {one["name"] for one in catalogue["chapters"]}
    known = {one["id"] for one in catalogue["deviations"]}
    assert {one["deviation"] for one in cases.values()} - {None} <= known


def test_the_sources_say_what_the_program_says(program):
    """Where nothing is built, a report is made by them."""
    read, said = sources.read(), catalogues.read()
    for name, rows in read.items():
        assert len(rows) == len(said[name])
        for one, other in zip(rows, said[name]):
            assert {**one, "cases": None} == {field: other[field] for field in one} | {"cases": None}
            assert sorted(one.get("cases", [])) == sorted(other.get("cases", []))


# The page of deviations.


def test_a_failure_of_what_every_case_ends_by_is_not_charged_to_the_case(tmp_path):
    charged = [
        "# judges ZC-CT-05, promised: A promise. (msg_zerocopy.rst)\n"
        "# not judged here, as something fails that every case ends by:\n"
        "# fails  ZC-CT-01, promised: A promise. (msg_zerocopy.rst)\n"
        "not ok {} skips.tcp4.loopback # time=5ms"
    ]
    make_results(tmp_path, "6.9", [*KEEPS, *charged], planned=2, exit=1)
    cells = judged(tmp_path)["kernels"][0]["cells"]
    assert cells["ZC-CT-01"]["state"] == "broken"
    assert cells["ZC-CT-05"] == {"state": "not-judged", "reason": "something else failed in its cases"}


@pytest.mark.parametrize("page", [deviations, regressions], ids=["deviations", "regressions"])
def test_committed_page_is_as_it_would_be_made_now(program, page):
    assert page.PAGE.read_text() == page.page(), "run 'make docs'"


def test_deviations_say_where_they_were_seen(results, tmp_path):
    file = tmp_path / "report.json"
    file.write_text(json.dumps(judged(results)))
    matrix = deviations.summarise(file)
    assert [kernel["label"] for kernel in matrix["kernels"]] == ["6.9", "6.12"]
    plan = ["deviates.tcp4.loopback", "betters.tcp4.loopback"]
    text = "\n".join(deviations.lines(CATALOGUE, matrix, plan))
    assert "- **Judged**: seen on 6.12" in text
    assert "- **Judged**: expected but not there on 6.12" in text
    assert "`./run_tests.sh -t deviates.tcp4.loopback`" in text
    assert "no case shows it yet" in text
    with pytest.raises(Trouble, match="not the report.json of a matrix"):
        deviations.summarise(results / "6.9" / "kernel.json")


# In a browser.

# It shall neither phone home nor find anything of a user's.
CHROMIUM_FLAGS = (
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1400,1000",
)


@pytest.fixture
def browse(tmp_path):
    """browse(report): its page, open in Chromium."""
    selenium = pytest.importorskip("selenium.webdriver", reason="needs python3-selenium")
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not chromium or not driver:
        pytest.skip("needs chromium and chromium-driver")
    file = tmp_path / "report.html"
    options = selenium.ChromeOptions()
    options.binary_location = chromium
    for flag in CHROMIUM_FLAGS:
        options.add_argument(flag)
    if os.geteuid() == 0:
        options.add_argument("--no-sandbox")
    options.add_argument(f"--user-data-dir={tmp_path / 'profile'}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    service = selenium.chrome.service.Service(driver)
    browser = selenium.Chrome(service=service, options=options)
    try:

        def browse(made):
            file.write_text(report.to_html(made))
            browser.get(file.as_uri())
            return browser

        yield browse
        assert browser.get_log("browser") == []
    finally:
        browser.quit()


@pytest.fixture
def page(results, browse):
    made = judged(results)
    made["compared"] = [compare.comparison(*made["kernels"][:2])]
    return browse(made)


def shown(browser):
    """The ids of the requirements that can be seen."""
    return [
        line.get_attribute("id")
        for line in browser.find_elements("css selector", "#requirements tbody tr[id]")
        if line.is_displayed()
    ]


def cell(browser, row, label):
    return browser.find_element("xpath", f"//td[@id='{row}/{label}']/a")


def evidence(browser):
    panel = browser.find_element("id", "evidence")
    return panel.text if panel.is_displayed() else None


def tells(browser, words):
    """Whether the evidence comes to have these words: a browser follows a link when it has the time."""
    return wait_until(lambda: words in (evidence(browser) or ""))


def keys(browser, text):
    browser.switch_to.active_element.send_keys(text)


def test_page_in_a_browser(page):
    from selenium.webdriver.common.keys import Keys  # pylint: disable=import-outside-toplevel # where it is installed

    everything = [row["id"] for row in CATALOGUE["requirements"]]
    assert shown(page) == everything
    assert page.title == "MSG_ZEROCOPY, kernel by kernel"
    for row, state in STATES.items():
        one = cell(page, row, "6.12")
        assert one.text == verdicts.GLYPHS[state], row
        assert verdicts.WORDS[state] in one.get_attribute("aria-label")
    broken = page.find_element("id", "broken-list").text
    assert "ZC-CT-02 on 6.12" in broken and "crashed: it panicked" in broken

    # A cell opens its evidence, has an address, and says how to run it again.
    assert evidence(page) is None
    cell(page, "ZC-CT-02", "6.12").click()
    assert page.current_url.endswith("#ZC-CT-02/6.12")
    for words in ("expected: [0,0]", NASTY, "7 ms", "./run_tests.sh --kernel 6.12 -t breaks.tcp4.loopback"):
        assert tells(page, words)
    # By its address alone too.
    page.get(page.current_url.replace("ZC-CT-02/6.12", "it-deviates/6.12"))
    for words in ("since 4.14", "It does otherwise.", "an id too many"):
        assert tells(page, words)
    page.get(page.current_url.replace("it-deviates/6.12", "kernel/7.1"))
    assert tells(page, "Kernel panic - not syncing") and NASTY in evidence(page)

    # What changed between the first two.
    changed = page.find_element("id", "changes-section").text
    assert "From 6.9 to 6.12" in changed and NASTY in changed
    page.find_element("link text", "breaks.tcp4.loopback").click()
    assert page.current_url.endswith("#ZC-CT-02/6.12")
    page.get(page.current_url.replace("ZC-CT-02/6.12", "kernel/7.1"))

    # By the keyboard alone: Escape closes, arrows move, Enter opens.
    keys(page, Keys.ESCAPE)
    assert evidence(page) is None and "#" not in page.current_url
    assert page.switch_to.active_element.get_attribute("id") == "kernel/7.1"
    page.execute_script("arguments[0].focus()", cell(page, "ZC-CT-01", "6.9"))
    keys(page, Keys.ARROW_DOWN)
    keys(page, Keys.ARROW_RIGHT)
    keys(page, Keys.ENTER)
    assert page.current_url.endswith("#ZC-CT-02/6.12")
    keys(page, Keys.ESCAPE)
    assert page.switch_to.active_element.get_attribute("title").startswith("ZC-CT-02 on 6.12")

    # Filters.
    page.find_element("id", "differences").click()
    assert shown(page) == ["ZC-CT-02", "ZC-CT-06"]
    page.find_element("xpath", "//button[text()='Reset']").click()
    assert shown(page) == everything
    page.find_element("xpath", "//button[contains(., 'deviates as catalogued')]").click()
    assert shown(page) == ["ZC-CT-03"]
    page.find_element("xpath", "//fieldset[@id='shown-kernels']/button[text()='6.12']").click()
    assert shown(page) == []
    page.find_element("xpath", "//button[text()='Reset']").click()
    page.find_element("id", "words").send_keys("second MACHINE")
    assert shown(page) == ["ZC-CT-07"]
    page.find_element("xpath", "//button[text()='Reset']").click()
    page.find_element("id", "fold").click()
    assert shown(page) == []


def test_page_groups_what_is_wrong(results, browse):
    (results / "6.12" / "run.tap").write_text(tap(EVERYTHING) + FINDING)
    page = browse(judged(results))
    rows = [row.text for row in page.find_elements("css selector", "#broken-list li")]
    (told,) = [row for row in rows if "ZC-CT-02 on 6.12" in row]
    assert "broken: 1 result of 1 case: A promise." in told
    assert "range of the notification: expected [0,0], seen [1,1]" in told and "on loopback, not on veth" in told
    # What is broken, what could not be set up, and the kernel that died: no row for each cell.
    assert sum("on 6.12" in row for row in rows) == 2
    page.find_element("link text", "ZC-CT-02 on 6.12").click()
    assert tells(page, "ZC-CT-02 on 6.12")
    page.find_element("id", "kernel/6.12").click()
    assert tells(page, "Its machine: sk_msg programs on sockmaps: <b>one</b>")


def test_a_failure_breaks_what_the_verdict_names(tmp_path):
    folder = make_results(tmp_path, "6.12", EVERYTHING, exit=1)
    # The case is about two; without a verdict both count.
    for text, state in (("", "changed"), (FINDING, "not-judged")):
        (folder / "run.tap").write_text(tap(EVERYTHING) + text)
        kernel = judged(tmp_path)["kernels"][0]
        assert kernel["cells"]["ZC-CT-02"]["state"] == "broken"
        assert kernel["cells"]["ZC-CT-10"]["state"] == state
    assert kernel["cells"]["ZC-CT-10"]["reason"] == "something else failed in its cases"
    # A promise that fails only where another does is broken, too.
    assert kernel["cells"]["ZC-CT-08"]["state"] == "broken"


def test_findings_are_those_of_the_verdict(tmp_path):
    folder = make_results(tmp_path, "6.12", EVERYTHING, exit=1)
    (folder / "run.tap").write_text(tap(EVERYTHING) + FINDING)
    made = judged(tmp_path)
    (finding,) = made["kernels"][0]["findings"]
    assert finding["requirement"] == "ZC-CT-02" and finding["results"] == 1
    assert finding["sight"] == "range of the notification: expected [0,0], seen [1,1]"
    assert finding["where"] == "on tcp4; on loopback, not on veth"
    assert finding["command"] == "./run_tests.sh --kernel 6.12 -t breaks.tcp4.loopback"
    assert finding["followers"] == [["ZC-CT-01", 2], ["ZC-CT-08", 1]]
    lines = list(report.markdown_lines(made))
    assert "## What is wrong with 6.12" in lines
    assert "        smallest: ./run_tests.sh --kernel 6.12 -t breaks.tcp4.loopback" in lines
    assert "breaks.tcp4.loopback" in report.to_html(made)
    assert made["kernels"][0]["machine"] == ["sk_msg programs on sockmaps: <b>one</b>", "a packet socket of tcpdump"]
    assert "- a packet socket of tcpdump" in lines
    (known,) = made["kernels"][0]["known"]
    assert known["id"] == "it-deviates" and known["remedy"] == "fixed in 6.12.97 by 'net: do as promised (CVE-2026-1)'"
    assert any("it-deviates" in line and "CVE-2026-1" in line for line in lines)
