#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The XML of ctest --output-junit 3.31.6 (Debian 13; 4.3.4 does the same) shows tests that could not be
# run as skipped: those whose program was not built, whose REQUIRED_FILES are missing, or whose fixture
# failed. ctest itself lists them as failed, and exits 8. A CI job that goes by the XML passes where
# nothing was built.
#
# Expected: failures or errors, as in ctest's own list: by ctest(1) --output-junit is to "Write test
# results in JUnit format". Tests that ask to be skipped (SKIP_RETURN_CODE) are in neither.
# A search of public issue trackers found no report of it.

# shellcheck source=findings/lib.sh
. "$(dirname "$0")/lib.sh"

debian_programs trixie cmake=3.31.6-2
about "ctest of CMake 3.31.6" "the XML calls failed what ctest calls failed (ctest(1), --output-junit)"

mkdir "$work/root/tests"
cat >"$work/root/tests/CTestTestfile.cmake" <<'END'
add_test(passes true)
add_test(fails false)
add_test(skips sh -c "exit 4")
set_tests_properties(skips PROPERTIES SKIP_RETURN_CODE 4)
add_test(not_built /no/such/program)
add_test(without_file true)
set_tests_properties(without_file PROPERTIES REQUIRED_FILES /no/such/file)
add_test(setup false)
set_tests_properties(setup PROPERTIES FIXTURES_SETUP fixture)
add_test(after_setup true)
set_tests_properties(after_setup PROPERTIES FIXTURES_REQUIRED fixture)
END
inside sh -c 'cd /tests && ctest --output-junit /junit.xml' >"$work/out" 2>/dev/null
stated "status of ctest" 8 "$?"
# told TEST: what ctest's own list and the XML have about it.
told() {
	local list element
	list=$(sed -n '/The following tests/,$p' "$work/out" | grep -oE " $1 \(.*\)" | tr -d ' ')
	element=$(tr -d '\n' <"$work/root/junit.xml" | grep -oE "<testcase name=\"$1\".*" | sed 's,</testcase>.*,,' |
		grep -oE '<(skipped|failure|error) ' | tr -d '< ')
	echo "${list:-nothing}, XML ${element:-passed}"
}
stated "passes" "nothing, XML passed" "$(told passes)"
stated "fails" "fails(Failed), XML failure" "$(told fails)"
stated "skips" "skips(Skipped), XML skipped" "$(told skips)"
stated "program is missing" "not_built(NotRun), XML skipped" "$(told not_built)"
stated "file is missing" "without_file(NotRun), XML skipped" "$(told without_file)"
stated "fixture fails" "after_setup(NotRun), XML skipped" "$(told after_setup)"
stated "listed as failed" "fails not_built without_file setup after_setup" \
	"$(sed -n '/FAILED/,$p' "$work/out" | awk '/ - / { print $3 }' | paste -sd' ')"
stated "failures in the XML" 'failures="2"' "$(grep -oE 'failures="[0-9]+"' "$work/root/junit.xml")"
finish
