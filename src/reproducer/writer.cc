// SPDX-License-Identifier: GPL-2.0
#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>
#include <iterator>
#include <map>
#include <set>
#include <string_view>

#include "reproducer/functions.h"
#include "reproducer/program.h"
#include "reproducer/shortened.h"

namespace reproducer
{

namespace
{

constexpr std::size_t width = 116;
constexpr std::size_t tab = 8;

bool in_word(char c)
{
	return std::isalnum(static_cast<unsigned char>(c)) || c == '_';
}

/* The words of C outside of strings and comments. */
std::set<std::string, std::less<>> words_of(std::string_view text)
{
	std::set<std::string, std::less<>> words;
	bool in_string = false;

	for (std::size_t i = 0; i < text.size(); i++) {
		if (in_string && text[i] == '\\') {
			i++;
			continue;
		}
		if (text[i] == '"')
			in_string = !in_string;
		if (in_string || !in_word(text[i]) || (i > 0 && in_word(text[i - 1])))
			continue;
		if (text.substr(0, i).ends_with("/* "))
			i = std::min(text.find("*/", i), text.size() - 1);
		std::size_t end = i;
		while (end < text.size() && in_word(text[end]))
			end++;
		words.emplace(text.substr(i, end - i));
	}
	return words;
}

/* Break it behind a comma where it is too long; what follows stands further to the right. */
std::string folded(const std::string &line)
{
	std::string text;
	std::size_t column = 0, comma = std::string::npos, column_of_comma = 0;
	bool in_string = false;

	for (std::size_t i = 0; i < line.size(); i++) {
		text += line[i];
		column += line[i] == '\t' ? tab : 1;
		if (line[i] == '\n')
			column = 0, comma = std::string::npos;
		if (in_string && line[i] == '\\') {
			text += line[++i];
			column++;
			continue;
		}
		if (line[i] == '"')
			in_string = !in_string;
		if (!in_string && line[i] == ',' && i + 1 < line.size() && line[i + 1] == ' ') {
			comma = text.size();
			column_of_comma = column;
		}
		if (column >= width && comma != std::string::npos && comma < text.size()) {
			text.replace(comma, 1, "\n\t\t");
			column = column - column_of_comma - 1 + 2 * tab;
			comma = std::string::npos;
		}
	}
	return text;
}

std::string compared(const Program &program, const Step &step, const std::string &call)
{
	const bool text = step.answer.starts_with('"');

	if (!program.kept && step.decides)
		return (text ? "SAYS_OTHER_THAN(" : "OTHER_THAN(") + step.answer + ", " + call + ')';
	if (step.of == Step::Of::look && !text)
		return "UNTIL(" + step.answer + ", " + call + ')';
	return std::string(text ? "SAYS(" : "IS(") + step.answer + ", " + call + ')';
}

std::string line_of(const Program &program, const Step &step, bool variable_used)
{
	const std::string to = step.variable.empty() || !variable_used ? "" : step.variable + " = ";

	switch (step.of) {
	case Step::Of::statement:
		return (step.variable.empty() ? "" : step.variable + " = ") + step.call + ';';
	case Step::Of::setup:
		return to + "MUST(" + step.call + ");";
	case Step::Of::end:
		return compared(program, step, "returned(" + step.variable + ')') + ';';
	case Step::Of::apart:
		return compared(program, step, "in_child(" + step.variable + "_makes)") + ';';
	default:
		return compared(program, step, step.call) + ';';
	}
}

/* A line of C: what is no number, and the numbers between. Those in strings and names are none. */
struct Pattern {
	std::vector<std::string> text = {""};
	std::vector<long> numbers = {};

	explicit Pattern(const std::string &line)
	{
		bool in_string = false;

		for (std::size_t i = 0; i < line.size(); i++) {
			std::size_t end = i;

			if (line[i] == '"')
				in_string = !in_string;
			while (!in_string && end < line.size() &&
			       std::isdigit(static_cast<unsigned char>(line[end])))
				end++;
			if (end == i || (i > 0 && in_word(line[i - 1])) ||
			    (end < line.size() && in_word(line[end])) || end - i > 9) {
				text.back() += line[i];
				continue;
			}
			numbers.push_back(std::stol(line.substr(i, end - i)));
			text.emplace_back();
			i = end - 1;
		}
	}
};

/* Is the line what `first` is, with numbers that have grown `times` as much as from `first` to `second`? */
bool continues(const Pattern &first, const Pattern &second, const Pattern &line, long times)
{
	if (first.text != line.text || second.text != line.text)
		return false;
	for (std::size_t i = 0; i < line.numbers.size(); i++)
		if (line.numbers[i] - first.numbers[i] != times * (second.numbers[i] - first.numbers[i]))
			return false;
	return true;
}

/* The line of a loop over i that begins so. */
std::string in_loop(const Pattern &first, const Pattern &second)
{
	std::string line = first.text[0];

	for (std::size_t i = 0; i < first.numbers.size(); i++) {
		const long step = second.numbers[i] - first.numbers[i];
		const bool is_operand =
			!line.empty() && std::string_view("-*/").find(line.back()) != line.npos;
		std::string number = std::to_string(first.numbers[i]);

		if (step)
			number += (step < 0 ? " - " : " + ") +
				  (std::abs(step) > 1 ? std::to_string(std::abs(step)) + " * i" : "i");
		line += (step && is_operand ? '(' + number + ')' : number) + first.text[i + 1];
	}
	return line;
}

/* Steps that repeat themselves become a loop. */
std::vector<std::string> with_loops(const std::vector<std::string> &lines)
{
	constexpr std::size_t longest = 12;
	const std::vector<Pattern> patterns(lines.begin(), lines.end());
	std::vector<std::string> text;

	for (std::size_t at = 0; at < lines.size();) {
		std::size_t period = 0, times = 1;

		for (std::size_t p = 1; p <= longest && at + 2 * p <= lines.size(); p++) {
			std::size_t n = 1;
			const auto next_continues = [&](std::size_t line) {
				return continues(patterns[at + line], patterns[at + p + line],
						 patterns[at + n * p + line], static_cast<long>(n));
			};

			while (at + (n + 1) * p <= lines.size()) {
				std::size_t line = 0;
				while (line < p && next_continues(line))
					line++;
				if (line < p)
					break;
				n++;
			}
			/* Two of which the numbers differ are no loop. */
			const bool alike = std::equal(lines.begin() + static_cast<long>(at),
						      lines.begin() + static_cast<long>(at + p),
						      lines.begin() + static_cast<long>(at + p));
			if (n * p > std::max<std::size_t>(p + 2, times * period) && n > (alike ? 1U : 2U))
				period = p, times = n;
		}
		if (!period) {
			text.push_back('\t' + lines[at++]);
			continue;
		}
		text.push_back("\tfor (int i = 0; i < " + std::to_string(times) + "; i++)" +
			       (period > 1 ? " {" : ""));
		for (std::size_t i = 0; i < period; i++)
			text.push_back("\t\t" + in_loop(patterns[at + i], patterns[at + period + i]));
		if (period > 1)
			text.emplace_back("\t}");
		at += period * times;
	}
	return text;
}

/* Functions as the program has them, which is to be short. */
std::string without_blank_lines(std::string_view function)
{
	std::string text(function);

	for (std::size_t at; (at = text.find("\n\n\t")) != std::string::npos;)
		text.erase(at, 1);
	return text;
}

std::string with_seed(std::string text, std::uint64_t seed)
{
	constexpr std::string_view word = "SEED";

	if (const std::size_t at = text.find(word); at != text.npos)
		text.replace(at, word.size(), std::to_string(seed) + "ULL");
	return text;
}

/* The functions that those words need, and what these need. */
std::vector<const Function *> needed(std::set<std::string, std::less<>> &words)
{
	std::vector<const Function *> found;
	const auto all = functions();

	for (std::size_t i = all.size(); i-- > 0;)
		if (words.contains(all[i].name)) {
			found.push_back(&all[i]);
			words.merge(words_of(all[i].text));
		}
	std::ranges::reverse(found);
	return found;
}

std::string includes(const std::set<std::string, std::less<>> &words,
		     const std::vector<const Function *> &functions)
{
	std::set<std::string> headers = {"stdio.h", "stdlib.h", "string.h"};
	std::string libc, kernel;

	for (const Function *function : functions)
		for (std::string_view rest = function->headers; !rest.empty();) {
			const std::size_t end = std::min(rest.find(' '), rest.size());
			headers.emplace(rest.substr(0, end));
			rest.remove_prefix(std::min(end + 1, rest.size()));
		}
	for (const auto &declaration : declared())
		if (std::ranges::any_of(words, [&](const std::string &word) {
			    return word.starts_with(declaration.prefix);
		    }))
			headers.emplace(declaration.header);
	if (headers.contains("pthread.h"))
		headers.erase("sched.h");
	/* It includes these. */
	if (headers.contains("arpa/inet.h"))
		for (const char *header : {"netinet/in.h", "sys/socket.h"})
			headers.erase(header);
	for (const std::string &header : headers)
		(header.starts_with("linux/") ? kernel : libc) += "#include <" + header + ">\n";
	return "#define _GNU_SOURCE\n" + libc + kernel;
}

constexpr std::string_view keeping = R"(
static void compare(int line, const char *call, const char *expected, const char *text, long answer, long value)
{
	value = value < 0 ? -errno : value;
	if (text ? !strcmp(text, expected) : value == answer)
		return;
	printf("line %d: %s\n  expected: %s\n  seen:     ", line, call, expected);
	text ? puts(text) : printf("%ld\n", value);
	exit(1);
}
)";

constexpr std::string_view deviating = R"(
/* `kept`: another answer is that of a kernel that keeps the promise. */
static void compare(int line, const char *call, const char *before, int kept, const char *text, long answer, long value)
{
	value = value < 0 ? -errno : value;
	if (text ? !strcmp(text, before) : value == answer)
		return;
	printf("line %d: %s\n  where it is broken: %s\n  here:               ", line, call, before);
	text ? puts(text) : printf("%ld\n", value);
	puts(kept ? "The promise is kept." : "This machine goes another way.");
	exit(kept ? 0 : 4);
}
)";

/* The macros of main(): each makes a call, and compares. */
std::string comparing_macros(const std::set<std::string, std::less<>> &words, bool kept)
{
	const auto macro = [&](const char *name, const char *answer, const char *decides, const char *rest) {
		return "#define " + std::string(name) + "(answer, ...) compare(__LINE__, #__VA_ARGS__, " +
		       answer + (kept ? "" : decides) + rest + ")\n";
	};
	constexpr const char *number = ", NULL, answer, __VA_ARGS__", *string = ", __VA_ARGS__, 0, 0";
	std::string text;

	if (words.contains("IS") || words.contains("UNTIL"))
		text += macro("IS", "#answer", ", 0", number);
	if (words.contains("OTHER_THAN"))
		text += macro("OTHER_THAN", "#answer", ", 1", number);
	if (words.contains("SAYS"))
		text += macro("SAYS", "answer", ", 0", string);
	if (words.contains("SAYS_OTHER_THAN"))
		text += macro("SAYS_OTHER_THAN", "answer", ", 1", string);
	if (words.contains("UNTIL"))
		text += "#define UNTIL(answer, ...) do { \\\n"
			"\tfor (int left = 10000; left && (__VA_ARGS__) != (answer); left--) poll(NULL, 0, "
			"1); \\\n"
			"\tIS(answer, __VA_ARGS__); } while (0)\n";
	return text;
}

} // namespace

std::string quoted(const std::string &text, const std::string &indent)
{
	std::string out = "\"";

	for (std::size_t i = 0; i < text.size(); i++) {
		const char c = text[i];

		if (c == '"' || c == '\\')
			out += '\\';
		if (c != '\n')
			out += c;
		else
			out += i + 1 < text.size() && !indent.empty() ? "\\n\"\n" + indent + '"' : "\\n";
	}
	return out + '"';
}

std::string write(const Program &program)
{
	std::string calls, all_calls, variables, descriptors, threads, memory;
	std::vector<std::string> lines;
	std::set<std::string, std::less<>> declared_variables;
	std::map<std::string, std::string> made_by_threads; /* the function of each call */

	std::vector<Step> steps = shortened(program.steps);
	/* Where nothing is compared with them, which bytes it sends is of no matter. */
	if (std::ranges::none_of(steps, [](const Step &step) {
		    return std::ranges::any_of(std::array{"alike(", "changed(", "memcmp("},
					       [&](const char *one) { return step.call.starts_with(one); });
	    }))
		std::erase_if(steps, [](const Step &step) {
			return step.of == Step::Of::statement &&
			       std::ranges::any_of(
				       std::array{"fill(m", "memset(m", "memcpy(m"},
				       [&](const char *store) { return step.call.starts_with(store); });
		});
	for (const Step &step : steps)
		all_calls += step.call + ' ';
	const auto used = words_of(all_calls);
	/* Asked for a port that nobody takes. */
	std::erase_if(steps, [&](const Step &step) {
		return step.variable.starts_with("port") && !used.contains(step.variable);
	});
	for (const Step &step : steps) {
		const bool is_used = used.contains(step.variable);

		if (!step.remark.empty())
			lines.push_back("/* " + step.remark + " */");
		if (step.of == Step::Of::begin) {
			/* Like calls have one function. */
			const auto [made, is_new] =
				made_by_threads.try_emplace(step.call, step.variable + "_makes");
			lines.push_back(step.variable + " = begin(" + made->second + ");");
			if (is_new)
				calls += folded("THREAD(" + made->second + ", " + step.call + ")\n");
		} else if (step.of != Step::Of::memory) {
			lines.push_back(line_of(program, step, is_used));
		}
		if (step.of == Step::Of::apart) {
			if (!declared_variables.insert(step.variable).second)
				continue;
			calls += "\nstatic long " + step.variable + "_makes(void)\n{\n";
			for (const std::string &call : step.before)
				calls += "\tMUST(" + call + ");\n";
			calls += folded("\treturn " + step.call + ";\n}\n");
			continue;
		}
		if (step.variable.empty() || (!is_used && step.of == Step::Of::setup) ||
		    (!is_used && step.of == Step::Of::memory) || step.of == Step::Of::end ||
		    !declared_variables.insert(step.variable).second)
			continue;
		std::string &of_type = step.of == Step::Of::begin    ? threads
				       : step.of == Step::Of::memory ? memory
								     : descriptors;
		of_type += (of_type.empty() ? "" : ", ") + step.variable;
		if (step.of == Step::Of::memory)
			of_type += '[' + step.call + ']';
	}
	if (!descriptors.empty())
		variables = "static int " + descriptors + ";\n";
	if (!threads.empty())
		variables += "static pthread_t " + threads + ";\n";
	if (!memory.empty())
		variables += folded("static _Alignas(4096) unsigned char " + memory + ";\n");
	lines.push_back(program.kept
				? "puts(" + quoted("The promise is kept.") + ");"
				: "puts(" + quoted("The promise is broken, as it was seen before.") + ");");

	std::string body;
	for (const std::string &line : with_loops(lines))
		body += folded(line) + '\n';

	auto words = words_of(body + calls);
	const std::string comparing =
		std::string(program.kept ? keeping : deviating) + comparing_macros(words, program.kept);
	words.merge(words_of(comparing));
	const auto functions = needed(words);

	std::string text = "// SPDX-License-Identifier: GPL-2.0\n/*\n";
	for (const std::string &line : program.about)
		text += line.empty() ? " *\n" : " * " + line + '\n';
	text += " */\n" + includes(words, functions);
	for (const Function *function : functions)
		text += with_seed(without_blank_lines(function->text), program.seed);
	text += comparing + (variables.empty() ? "" : '\n' + variables) + calls;
	return text + "\nint main(void)\n{\n" + body + "\treturn " + (program.kept ? "0" : "1") + ";\n}\n";
}

} // namespace reproducer
