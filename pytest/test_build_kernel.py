# SPDX-License-Identifier: GPL-2.0
"""Kernels that are built here, as far as that goes without building one: names, configuration, patches, trouble."""

import re
import subprocess

import pytest

from conftest import TOP, run
from guests import own_cache  # pylint: disable=unused-import
from guest import apt, bugs, build_kernel, build_tree, child, kernels, linux_source, sources
from guest.trouble import FAILED, UNAVAILABLE, Trouble

VERSION = "7.3.4-1~bpo13+1"
URL = "http://mirror.example/debian/pool/main/l/linux/linux-source-7.3_7.3.4-1%7ebpo13%2b1_all.deb"


@pytest.fixture
def mirror(monkeypatch, own_cache):
    """A mirror that has the sources of 7.3.4, and of nothing else."""

    def file_of(package):
        if package != "linux-source-7.3":
            raise Trouble(f"the mirror has no package {package}", UNAVAILABLE)
        return {"url": URL, "size": 160 << 20, "sha256": "0" * 64}

    monkeypatch.setattr(apt, "file_of", file_of)


@pytest.fixture
def builds(monkeypatch):
    """What would be built, [(label, flavour)]: nothing is."""
    built = []

    def build(_source, label, flavour, folder):
        built.append((label, flavour))
        (folder / "vmlinuz").touch()

    monkeypatch.setattr(build_kernel, "_build", build)
    monkeypatch.setattr(build_kernel, "_check_tools", lambda label: None)
    return built


def trouble(function, *arguments):
    """The one line and the exit status."""
    with pytest.raises(Trouble) as raised:
        function(*arguments)
    assert "\n" not in str(raised.value)
    return str(raised.value), raised.value.status


def test_the_newest_source_of_a_version(mirror):
    for name in ("7.3", "7.3.4"):
        source = linux_source.find(name)
        assert (source.package, source.version, source.upstream) == ("linux-source-7.3", VERSION, "7.3.4")


@pytest.mark.parametrize(
    "name, complaint, status",
    [
        ("7.3+fast", "'7.3+fast': kernels are built as +small, +debug, +broken", FAILED),
        ("7.3+small=x", "'7.3+small=x': only +broken kernels have a bug to choose", FAILED),
        ("7.3+broken=x", "'7.3+broken=x': there is no such bug; the patches in ", FAILED),
        ("7.3.5+small", f"the mirror's linux-source-7.3 is {VERSION}: it has no sources of 7.3.5", UNAVAILABLE),
        ("9.9+debug", "the mirror has no package linux-source-9.9", UNAVAILABLE),
    ],
)
def test_names_of_what_cannot_be_built(mirror, builds, name, complaint, status):
    line, code = trouble(kernels.find, name)
    assert line.startswith(complaint)
    assert code == status
    assert not builds


def test_a_kernel_is_built_once(mirror, builds, own_cache):
    first = build_kernel.find("7.3+debug")
    assert build_kernel.find("7.3.4+debug") == first
    assert first.label == "7.3.4+debug"
    assert [label for label, _ in builds] == ["7.3.4+debug"]


def test_another_recipe_takes_the_place_of_the_old(mirror, builds, own_cache, monkeypatch):
    old = build_kernel.find("7.3+small").folder
    monkeypatch.setattr(build_kernel, "fragment", lambda flavour: "CONFIG_OTHER=y\n")
    new = build_kernel.find("7.3+small").folder
    assert new != old
    assert [path for path in new.parent.iterdir() if path.is_dir()] == [new]


def test_a_bug_is_chosen_on_the_kernels_command_line(mirror, builds):
    name = next(iter(bugs.read()))
    built = build_kernel.find(f"7.3+broken={name}")
    assert built.boot_words == (f"zerocopy_broken.bug={name}",)
    assert built.label == f"7.3.4+broken={name}"
    assert built.folder == build_kernel.find("7.3+broken").folder


def test_what_is_missing_to_build_is_one_line(mirror, monkeypatch):
    line = "set_up.sh: missing Debian packages: bison flex (install them, as root: apt-get install bison flex)\n"
    monkeypatch.setattr(child, "run", lambda words, **_: subprocess.CompletedProcess(words, 4, "", line))
    assert trouble(build_kernel.find, "7.3+small") == (line.strip().removeprefix("set_up.sh: "), UNAVAILABLE)


def test_a_build_that_fails_says_where(own_cache, tmp_path):
    log = tmp_path / "log"
    log.write_text("  CC      net/core/sock.o\nnet/core/sock.c:1:2: error: no such thing\nmake: *** [x] Error 2\n")
    line, status = trouble(build_kernel.complain, "7.3.4+small", log)
    kept = own_cache / "build.log"
    assert line == f"7.3.4+small does not build: net/core/sock.c:1:2: error: no such thing (all of it: {kept})"
    assert (status, kept.read_text()) == (FAILED, log.read_text())


def test_make_ends_with_what_it_has_begun(tmp_path):
    """A process that is killed leaves no compiler behind."""
    (tmp_path / "Makefile").write_text(
        "all:\n\t@set -e; $(MAKE) inner; true\ninner:\n\t@echo $$PPID >begun; exec sleep 1000\n"
    )
    code = (
        f"import sys; sys.path.insert(0, {str(TOP)!r}); from guest import child; "
        f"child.make(['-C', {str(tmp_path)!r}], {str(tmp_path / 'log')!r})"
    )
    with subprocess.Popen(["python3", "-c", code], stdin=subprocess.DEVNULL) as process:
        while not (tmp_path / "begun").exists() or not (tmp_path / "begun").read_text():
            assert process.poll() is None
        inner = int((tmp_path / "begun").read_text())
        process.kill()
    assert run("timeout", "20", "tail", f"--pid={inner}", "-f", "/dev/null").returncode == 0


FRAGMENTS = sorted(build_kernel.RECIPE.glob("*.config"))


@pytest.mark.parametrize("path", FRAGMENTS, ids=lambda path: path.stem)
def test_fragments_set_each_option_once(path):
    lines = [line for line in path.read_text().splitlines() if line and not line.startswith("#")]
    assert [line for line in lines if not re.fullmatch(r"CONFIG_\w+=(y|m|\d+)", line)] == []
    options = [line.partition("=")[0] for line in lines]
    others = [build_tree.OURS, *(other for other in FRAGMENTS if other != path)]
    elsewhere = {name for other in others for name in build_tree.options(other)}
    assert [name for name in options if options.count(name) > 1 or name in elsewhere] == []


@pytest.mark.parametrize("flavour", build_kernel.FLAVOURS)
def test_flavours_are_made_of_files_that_there_are(flavour):
    made = build_kernel.FLAVOURS[flavour]()
    assert build_kernel.fragment(made)
    assert [path for path in made.patches if not path.is_file()] == []


def test_options_that_a_kernel_has_not_got(tmp_path):
    (tmp_path / "wanted").write_text("CONFIG_A=y\nCONFIG_B=m\nCONFIG_C=y\nCONFIG_D=64\n")
    (tmp_path / ".config").write_text("CONFIG_A=y\nCONFIG_B=y\n# CONFIG_C is not set\nCONFIG_D=32\n")
    assert build_kernel.unmet(tmp_path / "wanted", tmp_path / ".config") == ["C", "D"]


@pytest.mark.parametrize("bug", bugs.read().values(), ids=lambda bug: bug.name)
def test_a_bug_breaks_requirements_that_have_cases_and_is_switched(bug):
    requirements = {row["id"]: row for row in sources.read()["requirements"]}
    assert [id for id in bug.breaks if not requirements[id]["cases"]] == []
    added = "".join(re.findall(r"^\+(?!\+\+).*$", bug.patch.read_text(), re.MULTILINE))
    assert set(re.findall(r"zerocopy_broken\((\w+)\)", added)) == {bug.symbol}


def test_there_are_many_bugs():
    assert len(bugs.read()) >= 12


def test_patches_fit_the_source_that_is_cached(tmp_path):
    """All of broken_kernel/, one behind the other, as they are built."""
    packed = sorted((build_kernel.cache.folder() / "sources").glob("linux-source-7.3_*/*.tar.xz"))
    if not packed:
        pytest.skip("needs the sources of 7.3 in the cache, as ./run_tests.sh --kernel 7.3+broken fetches them")
    flavour = build_kernel.FLAVOURS["broken"]()
    text = "".join(path.read_text() for path in flavour.patches)
    paths = sorted(set(re.findall(r"^--- a/(\S+)$", text, re.MULTILINE)))
    members = [f"linux-source-7.3/{path}" for path in paths]
    words = ["tar", "-x", "--use-compress-program=xz -T0", "--strip-components=1", "-C", tmp_path, "-f", packed[-1]]
    result = run(*words, *members, timeout=600)
    assert result.returncode == 0, result.stderr
    build_kernel.patch(flavour, tmp_path, packed[-1].name)


def test_a_patch_that_does_not_fit_is_named(tmp_path):
    (tmp_path / "net/core").mkdir(parents=True)
    (tmp_path / "net/core/sock.c").write_text("int x;\n")
    flavour = build_kernel.Flavour((), patches=(build_kernel.COUNTER,))
    line, status = trouble(build_kernel.patch, flavour, tmp_path, "linux-source-9.9 9.9-1")
    assert line.startswith(f"{build_kernel.COUNTER} does not fit linux-source-9.9 9.9-1: ")
    assert status == FAILED
