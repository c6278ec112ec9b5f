// SPDX-License-Identifier: GPL-2.0
/* JUnit XML as CI servers read it: see docs/outputs.md, docs/schemas/junit.xsd. */
#include <array>
#include <cstdio>
#include <string>
#include <string_view>
#include <utility>

#include "harness/outputs/account.h"
#include "os/version.h"

namespace harness::outputs
{

namespace
{

/* Text or an attribute's value. XML has no way to write most control characters, and the
 * kernel's log may have bytes that are no UTF-8: both become "\x07". */
std::string escaped(std::string_view text)
{
	std::string out;

	for (const char letter : text) {
		const auto byte = static_cast<unsigned char>(letter);
		std::array<char, 8> number;

		switch (letter) {
		case '&':
			out += "&amp;";
			break;
		case '<':
			out += "&lt;";
			break;
		case '>':
			out += "&gt;";
			break;
		case '"':
			out += "&quot;";
			break;
		case '\n':
			out += letter;
			break;
		default:
			if (byte >= ' ' && byte <= '~') {
				out += letter;
			} else {
				std::snprintf(number.data(), number.size(), "\\x%02x", byte);
				out += number.data();
			}
		}
	}
	return out;
}

std::string attribute(const char *name, std::string_view value)
{
	return std::string(" ") + name + "=\"" + escaped(value) + '"';
}

std::string attribute(const char *name, std::size_t value)
{
	return attribute(name, std::to_string(value));
}

std::string time_attribute(double seconds)
{
	std::array<char, 32> text;

	std::snprintf(text.data(), text.size(), "%.3f", seconds);
	return attribute("time", text.data());
}

std::string property(const char *name, std::string_view value)
{
	return "    <property" + attribute("name", name) + attribute("value", value) + "/>\n";
}

/* What was looked at, expected and seen: behind the requirements, of which each line begins alike. */
std::string message(const Outcome &outcome)
{
	if (!outcome.reason.empty())
		return outcome.reason;
	for (const std::string &line : outcome.diagnostics)
		if (!line.starts_with("judges ") && !line.starts_with("and    ") &&
		    !line.starts_with("fails  ") && !line.starts_with("not judged here"))
			return line;
	return "";
}

/* An element with a message and the diagnostics. */
std::string element(const char *name, const Outcome &outcome, const std::string &type)
{
	std::string text;

	for (const std::string &line : outcome.diagnostics)
		text += line + '\n';
	return std::string("      <") + name + attribute("message", message(outcome)) +
	       attribute("type", type) + '>' + escaped(text) + "</" + name + ">\n";
}

std::string result(const Record &record)
{
	const Outcome &outcome = record.outcome;
	std::string content;

	if (outcome.missed || outcome.verdict == Verdict::skip)
		content = "      <skipped" + attribute("message", outcome.reason) + "/>\n";
	else if (outcome.verdict == Verdict::fail)
		content = element("failure", outcome, outcome.requirement);
	else if (outcome.verdict == Verdict::broken)
		content = element("error", outcome, "broken");
	else if (outcome.verdict != Verdict::pass)
		content =
			"      <system-out>" +
			escaped((outcome.verdict == Verdict::xfail ? "XFAIL " : "XPASS ") + outcome.reason) +
			"</system-out>\n";
	return "    <testcase" +
	       attribute("classname", std::string("msg_zerocopy.") + record.planned->definition->name) +
	       attribute("name", record.planned->name()) + time_attribute(seconds(outcome.milliseconds)) +
	       (content.empty() ? "/>\n" : ">\n" + content + "    </testcase>\n");
}

} // namespace

std::string junit(const Account &account)
{
	const std::string counts =
		attribute("name", "msg_zerocopy") + attribute("tests", account.records.size()) +
		attribute("failures", account.count(Verdict::fail)) +
		attribute("errors", account.count(Verdict::broken)) +
		time_attribute(std::chrono::duration<double>(account.ended - account.started).count());
	std::string text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites" + counts +
			   ">\n  <testsuite" + counts +
			   attribute("skipped", account.count(Verdict::skip) + account.missed()) +
			   attribute("timestamp", describe(account.started).substr(0, 19)) +
			   attribute("hostname", account.kernel.nodename) + ">\n    <properties>\n";

	for (const auto &[name, value] :
	     {std::pair{"suite", std::string("msg_zerocopy ") + os::version},
	      {"kernel", std::string(account.kernel.release) + ' ' + account.kernel.version},
	      {"machine", std::string(account.kernel.machine)},
	      {"seed", std::to_string(account.options.seed)},
	      {"cut_short", account.cut_short}})
		text += "  " + property(name, value);
	text += "    </properties>\n";
	for (const Record &record : account.records)
		text += result(record);
	if (!account.texts.empty()) {
		text += "    <system-out>";
		for (const std::vector<std::string> &lines : account.texts)
			for (const std::string &line : lines)
				text += escaped(line) + '\n';
		text += "</system-out>\n";
	}
	return text + "  </testsuite>\n</testsuites>\n";
}

} // namespace harness::outputs
