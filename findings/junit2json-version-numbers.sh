#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# junit2json 4.0.0 (npm) turns every attribute that looks like a number into one, not only the
# counters and times: the property kernel="6.10" reads 6.1, which is another kernel, and a
# test called 007 is called 7.
#
# Expected: strings. In JUnit's XML the values of properties and the names of testcases are
# text; the types that the package declares for them are strings, too.
# A search of public issue trackers found no report of it.

# shellcheck source=findings/lib.sh
. "$(dirname "$0")/lib.sh"

npm_packages junit2json@4.0.0
about "junit2json 4.0.0" "the name and value of a property and the name of a testcase are strings, in JUnit's XML" \
	"and in the types that the package declares"

cat >"$work/junit.xml" <<'END'
<testsuites><testsuite name="net" tests="1" failures="0">
<properties><property name="kernel" value="6.10"/><property name="seed" value="0x10"/></properties>
<testcase name="007" time="0.5"/>
</testsuite></testsuites>
END
npm_run junit2json "$work/junit.xml" >"$work/out"
stated "property kernel=\"6.10\"" '{"name":"kernel","value":6.1}' "$(grep -o '{"name":"kernel"[^}]*}' "$work/out")"
stated "testcase 007" '{"name":7,' "$(grep -o '"testcase":\[{"name":[^,]*,' "$work/out" | sed 's/.*\[//')"
stated "declared type" "value?: string" \
	"$(grep -rhoE 'value\?: string' "$work/npm/node_modules/junit2json" --include='*.d.ts' | sort -u)"
finish
