# SPDX-License-Identifier: GPL-2.0
"""
Bad circumstances: a machine that lacks something gets skips that say what, one
clear line, or the documented exit status; never a failure, nor 'broken'.
"""

import pathlib
import shutil
import subprocess
import sys
import tempfile

import pytest

from conftest import HANG, TOP, needs_root, run
from guest import tap_reader

SECCOMP = [sys.executable, TOP / "pytest" / "seccomp.py"]
CASE = "counter_starts_at_zero_and_counts_calls"
PRIVATE_MOUNTS = ["unshare", "--mount", "--propagation", "private", "sh", "-c"]


def skipped_because(result, reason):
    """All that was skipped was so for this reason; nothing failed."""
    report = tap_reader.read(result.stdout)
    assert report.by("fail") == report.by("broken") == [], result.stdout
    skipped = [r for r in report.results if r.verdict == "skip"]
    assert skipped
    for one in skipped:
        # Root of a container may lack CAP_SYS_RESOURCE, too.
        if one.directive.startswith("SKIP needs an unlimited RLIMIT_MEMLOCK"):
            continue
        assert one.directive.startswith(f"SKIP needs {reason}"), one
    return report


def stub_ip(folder, refused):
    """An ip command that knows no devices of these types."""
    real = shutil.which("ip", path="/usr/sbin:/sbin:/usr/bin:/bin")
    patterns = "|".join(f'*"type {kind}"*' for kind in refused)
    stub = folder / "ip"
    stub.write_text(
        "#!/bin/sh\n"
        "lines=$(cat)\n"
        f'case $lines in {patterns}) echo "Error: Unknown device type." >&2; exit 2;; esac\n'
        f'printf "%s\\n" "$lines" | {real} "$@"\n'
    )
    stub.chmod(0o755)
    return {"PATH": f"{folder}:/usr/bin:/bin"}


@pytest.mark.parametrize(
    "refused, reason, paths",
    [
        (["veth"], "veth devices (CONFIG_VETH)", ["veth", "sniffed", "sg-off", "tx-off", "fragments"]),
        (["dummy", "ifb", "bridge"], "dummy, ifb or bridge devices (CONFIG_DUMMY)", ["sink", "unresolved"]),
    ],
)
def test_no_such_device(program, tmp_path, refused, reason, paths):
    selection = [word for path in [*paths, "loopback"] for word in ("--path", path)]
    result = run(program, "--transport", "udp4", *selection, env=stub_ip(tmp_path, refused))
    report = skipped_because(result, reason)
    skipped = {name.split(".")[2] for name in report.by("skip")}
    assert set(paths) <= skipped
    assert "loopback" not in skipped
    assert result.returncode == 0


@pytest.mark.parametrize("refused", [["dummy"], ["dummy", "ifb"]])
def test_another_device_takes_the_place_of_dummy(program, tmp_path, refused):
    result = run(program, "--path", "sink", env=stub_ip(tmp_path, refused))
    report = tap_reader.read(result.stdout)
    assert report.by("fail") == report.by("broken") == report.by("skip") == [], result.stdout


@needs_root
def test_no_tun(program):
    result = run(*PRIVATE_MOUNTS, f"mount --bind /dev/null /dev/net/tun && exec {program} -t {CASE}.udp4.*")
    report = skipped_because(result, "tun devices (CONFIG_TUN and /dev/net/tun)")
    assert report.by("skip") == [f"{CASE}.udp4.tun"]
    assert result.returncode == 0


@needs_root
def test_no_ip_command(program):
    hide = " && ".join(
        f"mount --bind /dev/null {place}"
        for place in ("/usr/sbin/ip", "/sbin/ip", "/usr/bin/ip", "/bin/ip")
        if pathlib.Path(place).exists()
    )
    result = run(*PRIVATE_MOUNTS, f"{hide}; exec {program} -t {CASE}")
    report = skipped_because(result, "the ip command (package iproute2)")
    assert any(name.endswith(".loopback") for name in report.by("pass"))


@needs_root
def test_no_tc_command(program):
    hide = " && ".join(
        f"mount --bind /dev/null {place}" for place in ("/usr/sbin/tc", "/sbin/tc") if pathlib.Path(place).exists()
    )
    result = run(*PRIVATE_MOUNTS, f"{hide}; exec {program} -r ZC-TX-08 -r ZC-LO-17")
    report = skipped_because(result, "the tc command")
    assert len(report.by("skip")) == len(report.results)
    assert "Verdict: none: nothing could be judged here" in report.comments
    assert result.returncode == 4


def test_no_tcp_signatures(program):
    # TCP_MD5SIG
    result = run(*SECCOMP, "setsockopt", 2, 14, "ENOPROTOOPT", program, "-r", "ZC-CP-09")
    skipped_because(result, "TCP signatures (CONFIG_TCP_MD5SIG)")


def test_a_senseless_slowness(program):
    result = run(program, "-t", CASE, env={"MSG_ZEROCOPY_SLOWNESS": "very"})
    assert result.stderr == "msg_zerocopy: MSG_ZEROCOPY_SLOWNESS must be a number from 1 to 1000, not 'very'\n"
    assert result.returncode == 1


def test_too_few_descriptors_only_slow_it_down(program):
    result = run("prlimit", "--nofile=40:40", program, "-j", "64", "--path", "loopback", "--transport", "udp4")
    report = tap_reader.read(result.stdout)
    assert report.by("fail") == [], result.stdout
    assert len(report.results) == report.planned, result.stdout + result.stderr


@needs_root
@pytest.mark.parametrize("run_folder", ["mount -t tmpfs -o ro none /run", "mount -t tmpfs none /run"])
def test_run_netns_read_only_or_missing(program, run_folder):
    result = run(*PRIVATE_MOUNTS, f"{run_folder} && exec {program} -t {CASE}")
    report = tap_reader.read(result.stdout)
    assert len(report.by("pass")) == len(report.results)


def test_no_ipv6(program):
    result = run(*SECCOMP, "socket", 0, 10, "EAFNOSUPPORT", program, "-t", CASE)
    report = skipped_because(result, "IPv6 (CONFIG_IPV6, not disabled)")
    assert {name.split(".")[1] for name in report.by("pass")} == {"tcp4", "udp4"}
    assert result.returncode == 0


def test_no_msg_zerocopy(program):
    result = run(*SECCOMP, "setsockopt", 2, 60, "ENOPROTOOPT", program)
    assert result.returncode == 4
    assert result.stdout.splitlines() == [
        "TAP version 13",
        "1..0 # SKIP needs MSG_ZEROCOPY in the kernel (Linux 4.14): setsockopt(SO_ZEROCOPY): Protocol not available",
    ]


@pytest.fixture
def everybodys_program(program):
    """A copy that any user can run: pytest's own folders are for one only."""
    with tempfile.TemporaryDirectory() as folder:
        pathlib.Path(folder).chmod(0o755)
        yield pathlib.Path(shutil.copy(program, folder))


NOBODY = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]


@needs_root
def test_not_root(everybodys_program):
    result = run(*NOBODY, everybodys_program)
    report = tap_reader.read(result.stdout)
    assert report.by("fail") == report.by("broken") == [], result.stdout
    assert len(report.by("pass")) > len(report.by("skip"))
    assert any("in a user namespace" in line for line in report.comments)
    assert result.returncode == 0


@needs_root
def test_not_root_and_no_user_namespaces(everybodys_program):
    # CLONE_NEWUSER
    result = run(*NOBODY, *SECCOMP, "unshare", 0, "&0x10000000", "EPERM", everybodys_program)
    assert result.returncode == 4
    assert "1..0 # SKIP needs network namespaces (root, or CONFIG_USER_NS" in result.stdout


@needs_root
def test_not_root_and_hardly_any_memlock(everybodys_program):
    result = run("prlimit", "--memlock=65536:65536", *NOBODY, everybodys_program, "-t", CASE)
    report = skipped_because(result, "RLIMIT_MEMLOCK of ")
    assert len(report.by("skip")) == len(report.results)
    assert result.returncode == 4


@needs_root
def test_root_and_no_memlock(program):
    """Root of the machine is exempt; only what tests the limit cannot run."""
    result = run("prlimit", "--memlock=0:0", program)
    report = skipped_because(result, "RLIMIT_MEMLOCK of ")
    assert len(report.by("skip")) < len(report.by("pass"))
    assert result.returncode == 0


def test_two_at_once(program):
    both = [subprocess.Popen([program, "--transport", "udp4"], stdout=subprocess.PIPE, text=True) for _ in range(2)]
    for one in both:
        output = one.communicate(timeout=HANG)[0]
        report = tap_reader.read(output)
        assert report.by("fail") == report.by("broken") == [], output
        assert one.returncode == 0


def test_set_up_names_what_is_missing_where_it_may_not_install(top, tmp_path):
    """Not root, or no apt: one line, status 4."""
    for tool in ("sh", "dirname", "readlink", "find", "id", "env"):
        (tmp_path / tool).symlink_to(shutil.which(tool))
    result = run(top / "run_tests.sh", env={"PATH": str(tmp_path)})
    assert result.returncode == 4
    assert len(result.stderr.splitlines()) == 1
    assert "missing Debian packages: make g++ xz-utils" in result.stderr
    assert "apt-get install make" in result.stderr
