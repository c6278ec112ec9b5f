// SPDX-License-Identifier: GPL-2.0
#include "reproducer/shortened.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <cstdlib>
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

constexpr std::string_view wait_begin = "n=0; until ip link show dev ",
			   wait_end = " | grep -q LOWER_UP; do [ $((n += 1)) -lt 2000 ]; done";

/* The device that the line waits for; "": it does not. */
std::string awaited(std::string_view line)
{
	if (!line.starts_with(wait_begin) || !line.ends_with(wait_end))
		return "";
	return std::string(line.substr(wait_begin.size(), line.size() - wait_begin.size() - wait_end.size()));
}

/* Waits for several devices in a row are a loop. */
void join_waits(std::vector<std::string> &lines)
{
	for (std::size_t i = 0; i < lines.size(); i++) {
		std::string devices = awaited(lines[i]);
		std::size_t end = i + 1;

		if (devices.empty())
			continue;
		for (; end < lines.size() && !awaited(lines[end]).empty(); end++)
			devices += ' ' + awaited(lines[end]);
		if (end == i + 1)
			continue;
		lines[i] = "for d in " + devices + "; do " + std::string(wait_begin) + "$d" +
			   std::string(wait_end) + "; done";
		lines.erase(lines.begin() + static_cast<long>(i) + 1, lines.begin() + static_cast<long>(end));
	}
}

void join_shell_lines(std::vector<Step> &steps)
{
	constexpr std::size_t width = 104;

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
		join_waits(lines);
		std::string text = lines.front();
		std::size_t column = text.size();
		for (std::size_t i = 1; i < lines.size(); i++) {
			const bool fits = column + lines[i].size() < width;

			text += fits ? "; " : ";\"\n\t   \"";
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

bool is_in(const std::string &text, std::string_view part)
{
	return text.find(part) != text.npos;
}

/* A device that is up stays so, where no line in between speaks of it. */
void drop_repeated_waits(std::vector<Step> &steps)
{
	std::vector<std::string> up;

	for (auto step = steps.begin(); step != steps.end();) {
		const std::string device =
			is_shell(*step) && step->remark.empty()
				? awaited(std::string_view(step->call)
						  .substr(shell.size(), step->call.size() - shell.size() -
										shell_end.size()))
				: "";
		if (!device.empty() && std::ranges::find(up, device) != up.end()) {
			step = steps.erase(step);
			continue;
		}
		if (!device.empty())
			up.push_back(device);
		else
			std::erase_if(up, [&](const std::string &one) {
				return enters(*step) || step->call.starts_with("unshare(") ||
				       is_in(step->call, one);
			});
		++step;
	}
}

bool has_word(const std::string &text, const std::string &word)
{
	std::string other = text;

	replace_word(other, word, word + '_');
	return text != other;
}

/* "send(fd5, m0, 1000, MSG_DONTWAIT)" or "bind(fd5, ...": fd5 */
std::string first_argument(const std::string &call)
{
	const std::size_t from = call.find('(') + 1;

	return call.substr(from, call.find_first_of(",)", from) - from);
}

/* What a socket sends. */
struct Sends {
	unsigned calls = 0;
	std::size_t bytes = 0; /* more than any buffer holds, where a call does not say so */
};

Sends sent_by(const std::vector<Step> &steps, const std::string &fd)
{
	constexpr std::size_t unknown = 1 << 30;
	Sends sent;

	for (const Step &step : steps) {
		const bool sends = is_in(step.call, "send") || is_in(step.call, "write");
		const std::size_t last = step.call.rfind(','), before = step.call.rfind(',', last - 1);

		if (!sends || !is_in(step.call, '(' + fd + ','))
			continue;
		sent.calls++;
		if (!step.call.starts_with("send(" + fd + ", ") || before == std::string::npos) {
			sent.bytes = unknown;
			return sent;
		}
		sent.bytes += std::strtoul(step.call.c_str() + before + 2, nullptr, 10);
	}
	return sent;
}

/* The suite gives sockets ample buffers, and has streams send at once. What a program sends may be too
 * little for either to matter. */
void drop_idle_options(std::vector<Step> &steps)
{
	const bool any_stream = std::ranges::any_of(
		steps, [](const Step &step) { return is_in(step.call, ", SOCK_STREAM"); });
	const std::size_t little = any_stream ? 16384 : 32768;
	constexpr std::string_view ample = "BUFFORCE, &(int){4194304}, 4)";
	const bool asks = std::ranges::any_of(steps, [](const Step &step) {
		return is_in(step.call, "memory_of(") || is_in(step.call, "BUF)") ||
		       is_in(step.call, "SIOCOUTQ");
	});
	std::size_t bytes = 0;

	for (const Step &step : steps)
		if (step.call.starts_with("socket(") || step.call.starts_with("accept("))
			bytes += sent_by(steps, step.variable).bytes;
	std::erase_if(steps, [&](const Step &step) {
		if (step.of != Step::Of::setup || !step.remark.empty())
			return false;
		if (is_in(step.call, ample))
			return !asks && bytes <= little;
		if (!is_in(step.call, "TCP_NODELAY, &(int){1}, 4)"))
			return false;
		const Sends sent = sent_by(steps, first_argument(step.call));
		return sent.bytes <= little && sent.calls <= 1;
	});
}

/* A socket that listens is closed as the program ends, and a connection is there whether or not it is
 * accepted, as long as the listener is. */
void drop_idle_accepts(std::vector<Step> &steps)
{
	for (std::size_t i = 0; i + 1 < steps.size(); i++) {
		const std::string fd = first_argument(steps[i].call);

		if (steps[i].call.starts_with("accept(") && steps[i + 1].call == "close(" + fd + ')' &&
		    steps[i + 1].of == Step::Of::setup)
			steps.erase(steps.begin() + static_cast<long>(i) + 1);
	}
	std::erase_if(steps, [&](const Step &accept) {
		const std::string close = "close(" + first_argument(accept.call) + ')';

		return accept.of == Step::Of::setup && accept.call.starts_with("accept(") &&
		       std::ranges::none_of(steps, [&](const Step &step) {
			       return step.call == close || has_word(step.call, accept.variable);
		       });
	});
}

/* Or, of a call that blocks, does its end? */
bool fails(const std::vector<Step> &steps, const Step &call)
{
	return std::ranges::any_of(steps, [&](const Step &step) {
		return step.answer.starts_with('-') &&
		       (&step == &call || (step.of == Step::Of::end && step.variable == call.variable));
	});
}

/* A socket that was only set up, and is closed before the first flagged call, has no part in what follows. */
void drop_idle_sockets(std::vector<Step> &steps)
{
	const auto flagged = std::ranges::find_if(
		steps, [](const Step &step) { return is_in(step.call, "MSG_ZEROCOPY"); });

	for (auto close = steps.begin(); close < flagged; ++close) {
		const std::string fd = first_argument(close->call);
		bool idle = close->call == "close(" + fd + ')' && close->of == Step::Of::setup;

		auto from = close;
		while (idle && from != steps.begin() && from->variable != fd) {
			--from;
			idle = !has_word(from->call, fd) ||
			       (from->of == Step::Of::setup &&
				(from->call.starts_with("setsockopt(") || from->call.starts_with("bind(")));
		}
		if (!idle || !from->call.starts_with("socket("))
			continue;
		for (auto step = from; step <= close; ++step)
			if (step->variable == fd || has_word(step->call, fd))
				step->call.clear();
	}
	std::erase_if(steps,
		      [](const Step &step) { return step.of == Step::Of::setup && step.call.empty(); });
}

/* Where all flagged calls are reported, and that shows it, nothing is to come. */
void drop_last_look(std::vector<Step> &steps)
{
	const std::string fd = steps.empty() ? "" : first_argument(steps.back().call);
	unsigned long flagged = 0, reported = 0;

	if (steps.empty() || !steps.back().decides || steps.back().answer != "-EAGAIN" ||
	    steps.back().call != "recvmsg(" + fd + ", &(struct msghdr){0}, MSG_ERRQUEUE)")
		return;
	for (const Step &step : steps) {
		unsigned long first = 0, last = 0;

		if (is_in(step.call, "MSG_ZEROCOPY") && !fails(steps, step))
			flagged += is_in(step.call, "sendmmsg") ? 1024 : 1;
		if (step.call == "notification(" + fd + ')' && step.decides &&
		    std::sscanf(step.answer.c_str(), "\"[%lu,%lu]", &first, &last) == 2)
			reported += last - first + 1;
	}
	if (flagged > 0 && reported >= flagged)
		steps.pop_back();
}

/* Where all is sent by other devices, to addresses that are not of the program's only namespace. */
void drop_loopback(std::vector<Step> &steps)
{
	constexpr std::string_view up = "SH(\"ip link set dev lo up\")", address = "ip address add ";
	const auto any = [&](auto matches) { return std::ranges::any_of(steps, matches); };
	const bool needed = any([&](const Step &step) {
		const std::size_t at = step.call.find(address);
		const std::string own =
			at == step.call.npos
				? ""
				: step.call.substr(at + address.size(),
						   step.call.find('/', at) - at - address.size());

		return enters(step) || step.call.starts_with("unshare(CLONE_NEWNET)") ||
		       is_in(step.call, "127.") || is_in(step.call, "to6(") ||
		       (step.call != up && has_word(step.call, "lo")) ||
		       (!own.empty() &&
			any([&](const Step &other) { return is_in(other.call, "to4(\"" + own + '"'); }));
	});

	/* It has some device. */
	if (!needed && any([&](const Step &step) { return is_in(step.call, address); }))
		std::erase_if(steps,
			      [&](const Step &step) { return step.call == up && step.remark.empty(); });
}

/* No packet is sent by what makes sockets, so that tc may have been called before. */
void call_tc_earlier(std::vector<Step> &steps)
{
	constexpr std::array quiet = {"socket(", "setsockopt(", "bind(", "listen("};

	for (std::size_t i = 1; i < steps.size(); i++) {
		std::size_t to = i;

		if (!steps[i].call.starts_with("SH(\"tc ") || !steps[i].remark.empty())
			continue;
		while (to > 0 && std::ranges::any_of(quiet, [&](const char *one) {
			       return steps[to - 1].call.starts_with(one);
		       }))
			to--;
		if (to > 0 && to < i && is_shell(steps[to - 1]))
			std::rotate(steps.begin() + static_cast<long>(to),
				    steps.begin() + static_cast<long>(i),
				    steps.begin() + static_cast<long>(i) + 1);
	}
}

/* One function sets what the other does, too. */
void set_by_name(std::vector<Step> &steps)
{
	if (std::ranges::none_of(steps, [](const Step &step) { return step.call.starts_with("feature("); }))
		return;
	for (const auto &[command, name] : {std::pair{"ETHTOOL_SGRO", "\"rx-gro\""},
					    {"ETHTOOL_SGSO", "\"tx-generic-segmentation\""},
					    {"ETHTOOL_SSG", "\"tx-scatter-gather\""}})
		for (Step &step : steps)
			if (has_word(step.call, command)) {
				replace_word(step.call, "offload", "feature");
				replace_word(step.call, command, name);
			}
}

/* Does the call act on the namespace that the program is in, and not on a socket of one? */
bool is_of_the_namespace(const Step &step)
{
	constexpr std::array all = {"socket(",	"SH(",	    "open(",	 "to_device(", "offload(",
				    "feature(", "write_to", "number_in", "netfilter(", "bpf(",
				    "destroy(", "tun(",	    "unshare(",	 "setns("};

	return step.of == Step::Of::apart || step.of == Step::Of::begin ||
	       std::ranges::any_of(all, [&](const char *one) { return is_in(step.call, one); });
}

/* Nothing is done there. */
void drop_idle_visits(std::vector<Step> &steps)
{
	for (std::size_t i = steps.size(); i-- > 0;) {
		const auto next = std::find_if(steps.begin() + static_cast<long>(i) + 1, steps.end(),
					       is_of_the_namespace);

		if (enters(steps[i]) && steps[i].remark.empty() && (next == steps.end() || enters(*next)))
			steps.erase(steps.begin() + static_cast<long>(i));
	}
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
	drop_idle_sockets(steps);
	set_by_name(steps);
	number_ports(steps);
	stay_in_namespaces(steps);
	drop_covered_waits(steps);
	drop_idle_visits(steps);
	stay_in_namespaces(steps);
	drop_repeated_waits(steps);
	drop_idle_options(steps);
	drop_idle_accepts(steps);
	drop_last_look(steps);
	drop_loopback(steps);
	call_tc_earlier(steps);
	join_shell_lines(steps);
	return steps;
}

} // namespace reproducer
