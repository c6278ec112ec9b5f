#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# usage: set_up.sh [--check] run|bench|guest|check|lint|builds [WORD]...
# Installs the Debian packages that a purpose needs and this machine lacks, where
# it may: as root, with apt, outside a kernel tree, and without --check. Elsewhere
# names them in one line and exits 4. Says what it installs. Words may name kernels that
# need more: of other architectures (7.2-ppc64el), or built here (7.3+debug).
set -eu
cd "$(dirname "$(readlink -f "$0")")/.."

may_install=yes
if [ "${1:-}" = --check ]; then
	may_install=no
	shift
fi
purpose=${1:?usage: set_up.sh [--check] run|bench|guest|check|lint|builds [WORD]...}
shift
missing=

# need PACKAGE TEST...: the package is missing where the test fails.
need() {
	package=$1
	shift
	case "$missing " in
	*" $package "*) return ;;
	esac
	"$@" >/dev/null 2>&1 || missing="$missing $package"
}
on_path() { command -v "$1"; }
kernel_source() {
	[ -n "${KSRC:-}" ] || [ -f ../lib.mk ] || [ -f build/kselftest/kselftest.h ] ||
		[ -n "$(find /usr/src -maxdepth 1 -name 'linux-source-*.tar.xz')" ]
}
ip_command() { PATH=$PATH:/usr/sbin:/sbin command -v ip; }
depmod_command() { PATH=$PATH:/usr/sbin:/sbin command -v depmod; }
# The dynamic one, of the package busybox, finds no libraries in a guest.
busybox_static() { on_path busybox && ! ldd "$(command -v busybox)"; }
python_has() { scripts/find_python.sh "$@"; }

need make on_path make
need g++ on_path "${CXX:-g++}"
need xz-utils on_path xz
need nlohmann-json3-dev test -f /usr/include/nlohmann/json.hpp
need iproute2 ip_command
need linux-source kernel_source
# Of the benchmark, here or in a guest.
for word; do
	case $word in
	--page | --page=*) need python3-matplotlib python_has matplotlib ;;
	esac
done
case $purpose in
run | bench) ;;
guest)
	need qemu-system-x86 on_path qemu-system-x86_64
	need busybox-static busybox_static
	need kmod depmod_command
	need zstd on_path zstd
	need debian-archive-keyring test -f /usr/share/keyrings/debian-archive-keyring.gpg
	need python3 python_has lzma
	for word; do
		case ${word#--kernel=} in
		[0-9]*+*)
			need bc on_path bc
			need bison on_path bison
			need flex on_path flex
			need gcc on_path gcc
			need libelf-dev test -f /usr/include/gelf.h
			need patch on_path patch
			;;
		esac
	done
	while read -r name machine compiler emulator package _; do
		for word; do
			case ${word#--kernel=} in
			[0-9]*-"$name" | [0-9]*-"$name"-*)
				need "$package" on_path "qemu-system-$emulator"
				[ "$machine" = "$(uname -m)" ] ||
					need "g++-$(echo "$compiler" | tr _ -)" on_path "$compiler-g++"
				;;
			esac
		done
	done <guest/architectures
	;;
check)
	need python3-pytest python_has pytest
	# The Python that runs the tests has to import these.
	need python3-pytest-xdist python_has pytest xdist
	need python3-tap python_has pytest tap
	need python3-yaml python_has pytest yaml
	need python3-matplotlib python_has pytest matplotlib
	need python3-jsonschema python_has pytest jsonschema
	need python3-junitparser python_has pytest junitparser
	need libxml2-utils on_path xmllint
	need lava-common python_has pytest lava_common.schemas
	need rsync on_path rsync
	need libgtest-dev test -f /usr/include/gtest/gtest.h
	need librapidcheck-dev test -f /usr/include/rapidcheck.h
	need util-linux on_path setpriv
	need chromium on_path chromium
	need chromium-driver on_path chromedriver
	need python3-selenium python_has pytest selenium
	;;
lint)
	need clang-format on_path clang-format
	need clang-tidy on_path clang-tidy
	need cppcheck on_path cppcheck
	need shellcheck on_path shellcheck
	need black on_path black
	need pylint on_path pylint
	need librapidcheck-dev test -f /usr/include/rapidcheck.h
	;;
builds)
	need clang on_path clang++
	need g++-i686-linux-gnu on_path i686-linux-gnu-g++
	need g++-aarch64-linux-gnu on_path aarch64-linux-gnu-g++
	need g++-powerpc64le-linux-gnu on_path powerpc64le-linux-gnu-g++
	need g++-s390x-linux-gnu on_path s390x-linux-gnu-g++
	;;
*)
	echo "set_up.sh: unknown purpose '$purpose': run, bench, guest, check, lint or builds" >&2
	exit 1
	;;
esac

[ -n "$missing" ] || exit 0
if [ $may_install = no ] || [ -f ../lib.mk ] || [ "$(id -u)" -ne 0 ] || ! on_path apt-get >/dev/null; then
	echo "set_up.sh: missing Debian packages:$missing (install them, as root: apt-get install$missing)" >&2
	exit 4
fi
echo "# installing Debian packages:$missing" >&2
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# The lists may be absent on a fresh machine, or too old to fetch by.
# shellcheck disable=SC2086
if ! { apt-get -q update && DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends install $missing; } \
	>"$log" 2>&1; then
	tail -n 5 "$log" >&2
	echo "set_up.sh: apt-get could not install:$missing" >&2
	exit 4
fi
