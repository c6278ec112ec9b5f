# SPDX-License-Identifier: GPL-2.0
"""make install, the manual page, and completion for bash."""

import re
import shutil

import pytest

from conftest import TOP, run

CASE = "counter_starts_at_zero_and_counts_calls"
OPTION = re.compile(r"^  (?:(-\w), |    )(--[a-z-]+)", re.MULTILINE)


@pytest.fixture(scope="module")
def options(program):
    """Every option of --help, short and long."""
    found = {name for names in OPTION.findall(run(program, "--help").stdout) for name in names if name}
    assert len(found) > 30
    return found


@pytest.fixture(scope="module")
def page():
    assert run("make", "-s", "-C", TOP, "man").returncode == 0
    return TOP / "build" / "msg_zerocopy.1"


@pytest.mark.parametrize("prefix, where", [([], "usr/local"), (["prefix=/usr"], "usr")])
def test_make_install(tmp_path, prefix, where):
    result = run("make", "-s", "-C", TOP, "install", f"DESTDIR={tmp_path}/a b", *prefix)
    assert (result.returncode, result.stderr) == (0, "")
    below = tmp_path / "a b" / where
    files = {str(path.relative_to(below)): path.stat().st_mode & 0o777 for path in below.rglob("*") if path.is_file()}
    assert files == {
        "bin/msg_zerocopy": 0o755,
        "share/man/man1/msg_zerocopy.1": 0o644,
        "share/bash-completion/completions/msg_zerocopy": 0o644,
    }
    # By itself: it needs no file of the tree.
    assert run(below / "bin" / "msg_zerocopy", "-l", "-t", CASE, cwd=tmp_path).stdout.startswith(f"{CASE}.tcp4.")


def test_the_manual_has_every_option_of_the_help(page, options):
    if not shutil.which("man") or not shutil.which("groff"):
        pytest.skip("needs man and groff")
    result = run("man", "--warnings=all", "-E", "UTF-8", "-l", page, env={"PATH": "/usr/bin:/bin", "MANWIDTH": "100"})
    assert (result.returncode, result.stderr) == (0, "")
    shown = set(re.findall(r"^ {7}(?:(-\w), )?(--[a-z-]+)", result.stdout, re.MULTILINE))
    assert {name for names in shown for name in names if name} == options
    for section in ("NAME", "SYNOPSIS", "OPTIONS", "EXIT STATUS", "ENVIRONMENT", "EXAMPLES"):
        assert f"\n{section}\n" in result.stdout
    assert "@" not in result.stdout
    assert "125 (cannot be tested)" in " ".join(result.stdout.split())


def test_the_manual_says_all_that_the_help_says(page, program):
    """Word by word, as the page has it before it is laid out."""
    text = re.sub(r"\\(.)", r"\1", re.sub(r"^\.(TP|SS|PP|B) ?", "", page.read_text(), flags=re.MULTILINE))
    words = " ".join(text.replace("\\&", "").split())
    for line in run(program, "--help").stdout.partition("Select")[2].splitlines()[1:]:
        told = re.sub(
            r"^(Exit status|Environment): ", "", " ".join(line[26:].split() if OPTION.match(line) else line.split())
        )
        assert told.rstrip(":") in words, line


def test_a_part_that_the_help_lacks_is_an_error(tmp_path):
    (tmp_path / "help").write_text("Run:\n  -l, --list              list\n")
    result = run(TOP / "scripts" / "man_page.sh", TOP / "docs" / "msg_zerocopy.1.in", tmp_path / "help")
    assert (result.returncode, result.stderr) == (1, f"man_page.sh: {tmp_path}/help has no EXIT STATUS\n")


def completed(program, *words):
    """What bash offers for the last of the words."""
    script = (
        f'. "{TOP}/scripts/completion.bash"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); '
        "last=$(($# - 1)); before=$(($# - 2)); "
        '_msg_zerocopy msg_zerocopy "${COMP_WORDS[last]}" "${COMP_WORDS[before]}"; printf "%s\\n" "${COMPREPLY[@]}"'
    )
    result = run("bash", "-c", script, "bash", program, *words)
    assert (result.returncode, result.stderr) == (0, "")
    return result.stdout.split()


def test_completion_has_every_option_of_the_help(program, options):
    offered = set(completed(program, "-")) - {"--catalogue=json", "--strict=fixed"}
    assert offered == {name for name in options if name.startswith("--")}
    assert completed(program, "--col") == ["--color"]


def test_completion_of_run_tests_has_its_own_options_too(top, program, options):
    script = top / "run_tests.sh"
    offered = set(completed(script, "-")) - {"--catalogue=json", "--strict=fixed"}
    own = {"--no-setup", "--kernel", "--matrix", "--vsock-guest", "--pair", "--stack", "--results", "--compare"}
    own |= {"--list-kernels", "--check-config", "--bench"}
    assert offered == {name for name in options if name.startswith("--")} | own
    assert completed(script, "--stack", "v") == ["vlan", "vxlan"]
    assert completed(script, "--bench", "--q") == ["--quick"]
    assert completed(script, "--check") == ["--check-config"]
    assert completed(script, "--transport", "udp6") == ["udp6", "udp6-mapped"]


@pytest.mark.parametrize(
    "words, offered",
    [
        (["--color", "al"], ["always"]),
        (["--color", "="], ["auto", "always", "never"]),
        (["--color", "=", "ne"], ["never"]),
        (["--entry", ""], ["core", "families", "guest-only", "io_uring", "memory", "stacks", "vsock"]),
        (["-t", "counter_starts"], [CASE]),
        (["-t", f"{CASE}.udp4.lo"], [f"{CASE}.udp4.loopback"]),
        (["--transport", "udp6"], ["udp6", "udp6-mapped"]),
        (["-r", "ZC-CT-0"], [f"ZC-CT-0{number}" for number in range(1, 10)]),
        (["-v", "udp4.loop"], ["udp4.loopback"]),
        (["--path", "loop"], ["loopback"]),
        (["--remote", "e"], ["exec:", "env"]),
        (["-n", ""], []),
    ],
)
def test_completion_knows_values(program, words, offered):
    assert completed(program, *words) == offered
