// SPDX-License-Identifier: GPL-2.0
#include "reproducer/shortened.h"

#include <algorithm>
#include <cctype>
#include <string>
#include <string_view>
#include <utility>

namespace reproducer
{

namespace
{

constexpr std::string_view shell = "SH(\"", shell_end = "\")", next_line = "\\n\"\n\t   \"";

bool is_shell(const Step &step)
{
	return step.call.starts_with(shell) && step.call.ends_with(shell_end);
}

/* The lines of SH(), as they are written in C; none where joining them would change what they mean. */
std::vector<std::string> lines_of(const Step &step)
{
	std::string_view rest = step.call;
	std::vector<std::string> lines;

	rest.remove_prefix(shell.size());
	rest.remove_suffix(shell_end.size());
	for (std::size_t end = 0; end != rest.npos;) {
		end = rest.find(next_line);
		lines.emplace_back(rest.substr(0, end));
		if (lines.back().find("<<") != rest.npos || lines.back().ends_with('&') ||
		    lines.back().ends_with("\\n"))
			return {};
		if (end != rest.npos)
			rest.remove_prefix(end + next_line.size());
	}
	return lines;
}

void join_shell_lines(std::vector<Step> &steps)
{
	constexpr std::size_t width = 100;

	for (auto step = steps.begin(); step != steps.end(); ++step) {
		if (!is_shell(*step))
			continue;
		std::vector<std::string> lines = lines_of(*step);
		auto end = step + 1;
		for (; !lines.empty() && end != steps.end() && is_shell(*end) && end->remark.empty(); ++end) {
			const std::vector<std::string> more = lines_of(*end);

			if (more.empty())
				break;
			lines.insert(lines.end(), more.begin(), more.end());
		}
		if (lines.empty())
			continue;
		std::string text = lines.front();
		std::size_t column = text.size();
		for (std::size_t i = 1; i < lines.size(); i++) {
			const bool fits = column + lines[i].size() < width;

			text += fits ? "; " : "; \"\n\t   \"";
			column = (fits ? column + 2 : 0) + lines[i].size();
			text += lines[i];
		}
		step->call = std::string(shell) + text + std::string(shell_end);
		steps.erase(step + 1, end);
	}
}

void replace_word(std::string &text, const std::string &word, const std::string &other)
{
	const auto in_word = [&](std::size_t at) {
		return at < text.size() &&
		       (std::isalnum(static_cast<unsigned char>(text[at])) || text[at] == '_');
	};

	for (std::size_t at = 0; (at = text.find(word, at)) != text.npos; at += other.size())
		if ((at == 0 || !in_word(at - 1)) && !in_word(at + word.size()))
			text.replace(at, word.size(), other);
}

/* "bind(fd4, to4("127.0.0.1", 0), 16)" and later "port4 = local_port(fd4)". */
void number_ports(std::vector<Step> &steps)
{
	constexpr std::string_view any = "\", 0), ";
	unsigned port = 4000;

	for (std::size_t i = 0; i < steps.size(); i++) {
		const std::string call = steps[i].call, variable = steps[i].variable;

		if (!call.starts_with("local_port(") || variable.empty() || steps[i].of != Step::Of::setup)
			continue;
		const std::string fd = call.substr(11, call.size() - 12);
		std::size_t bound = i;
		while (bound > 0 && !steps[bound].call.starts_with("bind(" + fd + ", ") &&
		       steps[bound].variable != fd)
			bound--;
		const std::size_t at = steps[bound].call.find(any);
		if (!steps[bound].call.starts_with("bind(" + fd + ", ") || at == std::string::npos)
			continue;
		const std::string number = std::to_string(++port);
		steps[bound].call.replace(at + 3, 1, number);
		steps.erase(steps.begin() + static_cast<long>(i--));
		for (std::size_t user = i + 1; user < steps.size() && steps[user].variable != variable;
		     user++) {
			replace_word(steps[user].call, variable, number);
			for (std::string &before : steps[user].before)
				replace_word(before, variable, number);
		}
	}
}

bool enters(const Step &step)
{
	return step.call.starts_with("setns(");
}

void stay_in_namespaces(std::vector<Step> &steps)
{
	std::string current;

	/* Both ends of a pair are up at once. */
	for (std::size_t i = 0; i + 2 < steps.size(); i++)
		if (steps[i].call.find("grep -q LOWER_UP") != std::string::npos && enters(steps[i + 1]) &&
		    steps[i + 2].call == steps[i].call)
			steps.erase(steps.begin() + static_cast<long>(i));
	/* Only the last of several counts. */
	for (std::size_t i = 0; i + 1 < steps.size();)
		if (enters(steps[i]) && enters(steps[i + 1]))
			steps.erase(steps.begin() + static_cast<long>(i));
		else
			i++;

	std::erase_if(steps, [&](const Step &step) {
		if (step.call.find("/ns/net") != std::string::npos)
			current = step.variable;
		else if (step.call.starts_with("unshare(") || step.variable == current)
			current.clear();
		if (!enters(step))
			return false;
		const std::string other = step.call.substr(6, step.call.find(',') - 6);
		return std::exchange(current, other) == other && step.remark.empty();
	});
}

/* The next notification comes when all is acknowledged. */
void drop_covered_waits(std::vector<Step> &steps)
{
	for (std::size_t i = steps.size(); i-- > 0;) {
		if (steps[i].of != Step::Of::look || steps[i].answer != "0" ||
		    !steps[i].call.starts_with("queued(") || i + 1 == steps.size())
			continue;
		const std::string fd = steps[i].call.substr(7, steps[i].call.find(',') - 7);
		if (steps[i + 1].call == "notification(" + fd + ')')
			steps.erase(steps.begin() + static_cast<long>(i));
	}
}

} // namespace

std::vector<Step> shortened(std::vector<Step> steps)
{
	number_ports(steps);
	stay_in_namespaces(steps);
	drop_covered_waits(steps);
	join_shell_lines(steps);
	return steps;
}

} // namespace reproducer
