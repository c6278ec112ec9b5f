# SPDX-License-Identifier: GPL-2.0
"""run_tests.sh where nothing is built yet: it answers at once, or says in one line what is in the way."""

import pathlib
import shutil
import tempfile

import pytest

from conftest import PROGRAM, TOP, needs_root, run

LEFT_OUT = shutil.ignore_patterns(".git", "build", "obj", "__pycache__", ".pytest_cache")
# What is on every machine.
TOOLS = ("sh", "bash", "dirname", "readlink", "sed", "cat")
# What a build needs beside a compiler.
MORE_TOOLS = ("make", "nproc", "mktemp", "rm", "grep", "head", "find", "id", "env", "xz", "ip", "mkdir", "uname")


@pytest.fixture
def clone(tmp_path):
    """The tree as it is checked out, in a folder with a space in its name."""
    return pathlib.Path(shutil.copytree(TOP, tmp_path / "a clone", ignore=LEFT_OUT))


@pytest.fixture
def only(tmp_path):
    """A function: an environment with these commands and no others."""

    def environment(*tools):
        folder = tmp_path / "bin"
        folder.mkdir()
        for tool in tools:
            if path := shutil.which(tool, path="/usr/sbin:/usr/bin:/sbin:/bin"):
                (folder / tool).symlink_to(path)
        return {"PATH": str(folder)}

    return environment


@pytest.mark.parametrize(
    "words", [["--help"], ["-h"], ["-lh"], ["--no-setup", "--help"], ["--kernel", "7.3", "--help"]]
)
def test_help_needs_nothing(clone, only, words):
    result = run(clone / "run_tests.sh", *words, env=only(*TOOLS))
    assert result.returncode == 0, result.stderr
    for text in ("usage: run_tests.sh", "--list-kernels", "Usage: msg_zerocopy", "--requirement GLOB", "Exit status:"):
        assert text in result.stdout
    assert not (clone / "build").exists()


REFUSED = [
    (["--frobnicate"], "unknown option '--frobnicate'; see --help"),
    (["-x"], "unknown option '-x'; see --help"),
    (["-lx"], "unknown option '-lx'; see --help"),
    (["--pat", "veth"], "unknown option '--pat'; see --help"),
    (["extra"], "unexpected argument 'extra'; select with -t, see --help"),
    (["extra", "more"], "unexpected argument 'extra'; select with -t, see --help"),
    (["--reproducer", "x", "a.c", "b.c"], "unexpected argument 'b.c'; select with -t, see --help"),
    (["a.c", "b.c", "--repro", "x"], "unexpected argument 'b.c'; select with -t, see --help"),
    (["-t"], "option '-t' needs a value; see --help"),
    (["-l", "--test"], "option '--test' needs a value; see --help"),
]
REFUSED_HERE = [
    (["-t", "x", "--no-setup"], "--no-setup must be the first option"),
    (["--results", "x"], "--results goes with --kernel, --matrix, --vsock-guest, --pair or --compare; see --help"),
    (["--kernel"], "option '--kernel' needs a value; see --help"),
    (["--kernel", "7.3", "7.2"], "unexpected argument '7.2'; select with -t, see --help"),
    (["--vsock-guest", "7.3", "7.2"], "unexpected argument '7.2'; select with -t, see --help"),
    (["--matrix", "7.3", "-l", "7.2"], "unexpected argument '7.2'; select with -t, see --help"),
]


@pytest.mark.parametrize("words, complaint", REFUSED + REFUSED_HERE)
def test_bad_words_are_refused_at_once(clone, only, words, complaint):
    environment = only(*TOOLS)
    result = run(clone / "run_tests.sh", *words, env=environment)
    assert (result.stdout, result.stderr) == ("", f"run_tests.sh: {complaint}\n")
    assert result.returncode == 1
    assert run(clone / "run_tests.sh", "--bisect", *words, env=environment).returncode == 125
    assert not (clone / "build").exists()


@pytest.mark.parametrize("words, complaint", REFUSED)
def test_the_program_says_the_same(program, words, complaint):
    assert run(program, *words).stderr == f"msg_zerocopy: {complaint}\n"


@pytest.mark.parametrize(
    "words, purpose",
    [
        ([], "run"),
        (["-t", "--help"], "run"),
        (["-lt", "a", "-n3", "--path=veth", "--req", "ZC-CT-01"], "run"),
        (["--catalogue", "--catalogue=json", "--cat"], "run"),
        (["--trace", "--kernel"], "run"),
        (["--explain", "EPOLLERR", "100", "%", "CPU"], "run"),
        (["--reproducer", "x", "a.c"], "run"),
        (["a.c", "--repro=x"], "run"),
        (["--kernel", "7.3", "--results", "x", "-t", "a"], "guest"),
        (["--kernel=7.3"], "guest"),
        (["--matrix", "--results", "x", "6.1", "running", "-l"], "guest"),
        (["--vsock-guest"], "guest"),
        (["--vsock-guest", "7.3", "-l"], "guest"),
        (["--list-kernels"], "ask"),
        (["--compare", "a.tap", "b.json", "--results", "x"], "ask"),
        (["--check-config", "--kernel", "x"], "ask"),
        (["-l", "--help"], "help"),
    ],
)
def test_what_words_ask_for(words, purpose):
    result = run(TOP / "scripts" / "purpose.sh", *words)
    assert (result.stdout, result.stderr, result.returncode) == (f"{purpose}\n", "", 0)


def test_every_option_is_in_the_help_text():
    """Or run_tests.sh would refuse what the program takes."""
    rows = (TOP / "src/harness/options.cc").read_text().partition("long_options[] = {")[2].partition("};")[0]
    names = [row.split('"')[1] for row in rows.splitlines() if '"' in row]
    takes_value = {row.split('"')[1] for row in rows.splitlines() if "required_argument" in row}
    assert len(names) > 20
    for name in names:
        word = [f"--{name}", "x"] if name in takes_value else [f"--{name}"]
        assert run(TOP / "scripts" / "purpose.sh", *word).returncode == 0, name


def test_without_setup_and_without_a_compiler(clone, only):
    (clone / "build/kselftest").mkdir(parents=True)
    (clone / "build/kselftest/kselftest.h").touch()
    environment = only(*TOOLS, *MORE_TOOLS)
    for words, status in ([], 4), (["--bisect"], 125):
        result = run(clone / "run_tests.sh", "--no-setup", *words, env=environment)
        assert result.returncode == status
        assert result.stderr == (
            "set_up.sh: missing Debian packages: g++ (install them, as root: apt-get install g++)\n"
        )


def test_a_path_with_a_space_builds(clone):
    """With the objects that are there already, by the same rules."""
    shutil.copytree(PROGRAM.parent / "obj", clone / "build" / "obj")
    shutil.copytree(PROGRAM.parent / "kselftest", clone / "build" / "kselftest")
    for notice in "run_tests.sh: building (minutes, the first time)\n", "":
        result = run(clone / "run_tests.sh", "--no-setup", "-l")
        assert (result.returncode, result.stderr) == (0, notice)
        assert result.stdout == run(PROGRAM, "-l").stdout


@needs_root
def test_a_tree_that_is_read_only(clone):
    script = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$0/run_tests.sh" --no-setup'
    result = run("unshare", "--mount", "--propagation", "private", "sh", "-c", script, clone)
    assert result.returncode == 1
    assert result.stderr == (
        f"run_tests.sh: cannot build in {clone}: Read-only file system; "
        "build it as its owner, or in a copy of your own\n"
    )


@needs_root
@pytest.mark.parametrize("words", [[], ["--kernel", "running"]])
def test_a_tree_of_another_user(words):
    with tempfile.TemporaryDirectory() as folder:
        pathlib.Path(folder).chmod(0o755)
        clone = shutil.copytree(TOP, pathlib.Path(folder) / "clone", ignore=LEFT_OUT)
        nobody = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
        result = run(*nobody, clone / "run_tests.sh", "--no-setup", *words)
        assert result.returncode == 1
        assert result.stderr == (
            f"run_tests.sh: cannot build in {clone}: Permission denied; "
            "build it as its owner, or in a copy of your own\n"
        )
