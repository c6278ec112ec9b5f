# SPDX-License-Identifier: GPL-2.0
"""
Debian's archive, by apt's own means but with a state of its own: the mirror is that
of the machine's apt, the system's lists stay as they are, and signatures are checked.
"""

import os
import pathlib
import platform
import re
import threading

from guest import cache, child
from guest.architecture import DEFAULT
from guest.trouble import UNAVAILABLE, Trouble, say

HELPER = "/usr/lib/apt/apt-helper"
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
# Oldest first. Those that a mirror lacks are passed over.
SUITES = [
    "bullseye", "bullseye-updates",
    "bookworm", "bookworm-updates", "bookworm-backports",
    "trixie", "trixie-updates", "trixie-backports",
    "forky", "sid", "experimental",
]  # fmt: skip
SECURITY_SUITES = ["bullseye-security", "bookworm-security", "trixie-security"]


class Gone(Trouble):
    """The mirror lists a file that it does not have."""


def mirrors():
    """[(mirror, suites)]: Debian's archives that the machine's apt is set up for."""
    codename = platform.freedesktop_os_release().get("VERSION_CODENAME", "")
    result = child.run(
        ["apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE) $(COMPONENT)", "Created-By: Packages"]
    )
    sources = dict(line.split()[1::-1] for line in result.stdout.splitlines() if line.endswith(" main"))
    found = []
    for suite, suites in ((codename, SUITES), (f"{codename}-security", SECURITY_SUITES)):
        if suite in sources:
            found.append((sources[suite].rstrip("/"), suites))
    if not found:
        raise Trouble("apt is not set up for a mirror of Debian: see sources.list(5)", UNAVAILABLE)
    return found


def _folder(architecture):
    """
    Where apt's state for an architecture is. Each has its own: a suite that lacks one of
    several is passed over for all of them.
    """
    return cache.folder() / f"apt-{architecture}"


def _configuration(architecture):
    """Write a configuration under which apt touches nothing outside its folder. Returns the environment to use it."""
    folder = _folder(architecture)
    sources = folder / "sources.list"
    for name in ("lists/partial", "archives/partial"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    sources.write_text(
        "".join(
            f"deb [signed-by={KEYRING} arch={architecture}] {mirror} {suite} main\n"
            for mirror, suites in mirrors()
            for suite in suites
        )
    )
    path = folder / "apt.conf"
    path.write_text(
        f'Dir::State "{folder}";\nDir::State::status "/dev/null";\nDir::Cache "{folder}";\n'
        f'Dir::Etc::sourcelist "{sources}";\nDir::Etc::sourceparts "/dev/null";\n'
        'Dir::Etc::preferences "/dev/null";\nDir::Etc::preferencesparts "/dev/null";\n'
        f'APT::Architecture "{architecture}";\nAPT::Architectures "{architecture}";\n'
        'Acquire::Languages "none";\nAcquire::Retries "2";\nAcquire::http::Timeout "20";\n'
        # The folder is the user's own, which apt's user could not read.
        'APT::Sandbox::User "root";\n'
    )
    return {**os.environ, "APT_CONFIG": str(path)}


def update(architecture):
    """
    Fetch the package lists of an architecture. Returns the stanzas of kernels as [(suite, mirror, {field: text})].
    Raises Trouble where no list could be had.
    """
    cache.require_space(300)
    with cache.speaking_of(_folder(architecture)):
        environment = _configuration(architecture)
    say(f"fetching the package lists of Debian's suites for {architecture} from {mirrors()[0][0]}")
    result = child.run(["apt-get", "-q", "update"], env=environment)
    targets = child.run(
        ["apt-get", "indextargets", "--format", "$(FILENAME) $(REPO_URI) $(RELEASE)", "Created-By: Packages"],
        env=environment,
    )
    stanzas, lists = [], 0
    for line in targets.stdout.splitlines():
        path, mirror, suite = line.split()
        if pathlib.Path(path).exists():
            lists += 1
            stanzas += [(suite, mirror.rstrip("/"), each) for each in _kernels_in(path)]
    if not lists:
        complaint = [line for line in result.stderr.splitlines() if line.startswith(("E:", "W:"))] or ["no answer"]
        raise Trouble(f"no package lists from {mirrors()[0][0]}: {complaint[0][3:]}", UNAVAILABLE)
    return stanzas


def _kernels_in(path):
    """The stanzas of kernels in a list of packages."""
    text = child.run([HELPER, "cat-file", path]).stdout
    for match in re.finditer(
        r"^Package: linux-(?:image|binary|modules)-\d.*?\n(?=\n|\Z)", text, re.MULTILINE | re.DOTALL
    ):
        yield dict(re.findall(r"^(\S+): (.*)$", match[0], re.MULTILINE))


def closure(architecture, suite, packages):
    """The files [{url, size, sha256}] of these packages of a suite and all that they depend on. Raises Trouble."""
    command = ["apt-get", "-q", "-y", "--print-uris", "--no-install-recommends"]
    command += ["-o", "Acquire::ForceHash=SHA256", "-t", suite, "install", *packages]
    for fetched in (False, True):
        if fetched:
            update(architecture)
        with cache.speaking_of(_folder(architecture)):
            environment = _configuration(architecture)
        result = child.run(command, env=environment)
        files = re.findall(r"^'(\S+)' \S+ (\d+) SHA256:(\w+)$", result.stdout, re.MULTILINE)
        if result.returncode == 0 and files:
            return [{"url": url, "size": int(size), "sha256": sha256} for url, size, sha256 in files]
    complaint = [line[3:] for line in result.stderr.splitlines() if line.startswith("E:")] or ["no answer"]
    raise Trouble(f"no {' and '.join(packages)} of {suite} for {architecture}: {complaint[0]}", UNAVAILABLE)


def file_of(package):
    """The file {url, size, sha256} of the newest version of a package in all suites. Raises Trouble."""
    command = ["apt-get", "-q", "--print-uris", "-o", "Acquire::ForceHash=SHA256", "download", package]
    for fetched in (False, True):
        if fetched:
            update(DEFAULT.name)
        with cache.speaking_of(_folder(DEFAULT.name)):
            environment = _configuration(DEFAULT.name)
        result = child.run(command, env=environment)
        if found := re.search(r"^'(\S+)' \S+ (\d+) SHA256:(\w+)$", result.stdout, re.MULTILINE):
            return {"url": found[1], "size": int(found[2]), "sha256": found[3]}
    raise Trouble(f"the mirror has no package {package}", UNAVAILABLE)


def download(url, target, size, sha256=None):
    """
    Fetch a file, checked against its digest where there is one. size: what progress
    is shown against, in bytes; 0 where it is not known.
    """
    ended = threading.Event()

    def show_progress():
        while not ended.wait(5):
            partial = [p for p in (target, target.with_name(f"{target.name}.partial")) if p.exists()]
            have = max((p.stat().st_size for p in partial), default=0)
            say(f"{target.name}: {have >> 20} of {size >> 20} MiB" if size else f"{target.name}: {have >> 20} MiB")

    say(f"downloading {url.rsplit('/', 1)[-1]}" + (f" ({size >> 20} MiB)" if size else ""))
    shower = threading.Thread(target=show_progress, daemon=True)
    shower.start()
    digest = [f"SHA256:{sha256}"] if sha256 else []
    options = ["-o", "APT::Sandbox::User=root", "-o", "Acquire::Retries=2", "-o", "Acquire::http::Timeout=20"]
    try:
        result = child.run([HELPER, *options, "download-file", url, str(target), *digest])
    finally:
        ended.set()
        shower.join()
    if result.returncode == 0:
        return
    for left in target.parent.glob(f"{target.name}*"):
        left.unlink()
    lines = [line[3:].strip() for line in result.stderr.splitlines() if line.startswith("E:")]
    if "Hash Sum mismatch" in result.stderr:
        raise Trouble(f"{url} is corrupt: its digest is not that of the signed package list; try again")
    if "No space left" in result.stderr:
        raise Trouble(f"no disk space for {target}")
    if "404" in result.stderr:
        raise Gone(f"the mirror lists {url} and does not have it", UNAVAILABLE)
    raise Trouble(f"cannot download {url}: {(lines or ['no answer'])[0]}", UNAVAILABLE)
