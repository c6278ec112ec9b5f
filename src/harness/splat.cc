// SPDX-License-Identifier: GPL-2.0
#include "harness/splat.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>
#include <utility>

namespace harness
{

namespace
{

constexpr std::string_view cut_here = "------------[ cut here ]------------";
/* No report is longer, but for one that lists every task or lock. */
constexpr std::size_t most_lines = 200;

enum class Mark { report, line, excused, end };

struct Beginning {
	Mark mark;
	std::string_view words;
};

constexpr Beginning beginnings[] = {
#define REPORT(words) {Mark::report, words},
#define LINE(words) {Mark::line, words},
#define EXCUSED(words) {Mark::excused, words},
#define END(words) {Mark::end, words},
#include "harness/faults.def"
};

constexpr std::string_view busy_device = "unregister_netdevice: waiting for ";

/* Source files, and parts of names of functions, of what the suite exercises. */
constexpr std::array subjects = {
	std::string_view(" net/"),
	std::string_view(" mm/"),
	std::string_view(" io_uring/"),
	std::string_view(" drivers/net/"),
	std::string_view(" drivers/vhost/"),
	std::string_view(" include/net/"),
	std::string_view("include/linux/skbuff.h"),
	std::string_view("lib/iov_iter.c"),
	std::string_view("skb"),
	std::string_view("sock"),
	std::string_view("tcp_"),
	std::string_view("udp_"),
	std::string_view("udpv6_"),
	std::string_view("inet"),
	std::string_view("zerocopy"),
	std::string_view("ubuf"),
	std::string_view("netif_"),
	std::string_view("net_rx_action"),
	std::string_view("cleanup_net"),
	std::string_view("__dev_queue_xmit"),
	std::string_view("ip_output"),
	std::string_view("ip6_output"),
	std::string_view("mm_account_pinned_pages"),
	std::string_view("Bad page"),
	std::string_view("/proc/sys/kernel/tainted"),
	std::string_view("io_send"),
	std::string_view("vhost_"),
};

bool is(Mark mark, std::string_view text)
{
	return std::ranges::any_of(beginnings, [&](const Beginning &beginning) {
		return beginning.mark == mark && text.starts_with(beginning.words);
	});
}

bool begins(std::string_view text)
{
	return text.starts_with(cut_here) || (is(Mark::report, text) && !is(Mark::excused, text));
}

/* The number that follows `word`; 0 where there is none. */
pid_t number_after(std::string_view text, std::string_view word)
{
	const std::size_t at = text.find(word);

	if (at == std::string_view::npos)
		return 0;
	return static_cast<pid_t>(std::atol(std::string(text.substr(at + word.size())).c_str()));
}

/* The number that follows the last such character, before any other word. */
pid_t number_after_last(std::string_view text, char character)
{
	const std::size_t at = text.rfind(character);

	return at == std::string_view::npos ? 0 : number_after(text.substr(at), text.substr(at, 1));
}

/* The list of modules names all that the machine has. */
bool contains(const std::vector<std::string> &lines, std::string_view word)
{
	return std::ranges::any_of(lines, [&](const std::string &line) {
		return !line.starts_with("Modules linked in:") && line.find(word) != std::string::npos;
	});
}

} // namespace

std::optional<LogRecord> parse_record(std::string_view line)
{
	const std::size_t header = line.find(';');

	if (line.empty() || !std::isdigit(static_cast<unsigned char>(line[0])) ||
	    header == std::string_view::npos)
		return std::nullopt;
	/* kernel/printk/printk.c:devkmsg_write gives programs a facility above 0. */
	const long priority = std::atol(std::string(line.substr(0, header)).c_str());
	return LogRecord{priority >> 3 == 0, std::string(line.substr(header + 1))};
}

pid_t Splat::pid() const
{
	for (const std::string &line : lines) {
		/* Since 6.18 or so: "WARNING: FILE:LINE at FUNCTION, CPU#0: name/123". */
		if (line.starts_with("WARNING: ") && line.find(", CPU#") != std::string::npos)
			return number_after_last(line, '/');
		if (line.find("PID: ") != std::string::npos)
			return number_after(line, "PID: ");
		if (hung())
			return number_after_last(line, ':');
	}
	return 0;
}

bool Splat::interrupt() const
{
	return contains(lines, "<IRQ>") || contains(lines, "do_softirq") ||
	       contains(lines, "handle_softirqs");
}

bool Splat::hung() const
{
	return !lines.empty() && lines[0].starts_with("INFO: task ");
}

bool Splat::concerns_network_or_memory() const
{
	/* lo and others are everybody's. */
	if (!lines.empty() && lines[0].starts_with(busy_device))
		return lines[0].substr(busy_device.size()).starts_with("zc");
	return !hung() &&
	       std::ranges::any_of(subjects, [&](std::string_view word) { return contains(lines, word); });
}

void SplatReader::take(const LogRecord &record)
{
	if (!record.kernel)
		return;
	if (is(Mark::line, record.text)) {
		complete_.push_back({{record.text}});
		return;
	}
	if (open_ && record.text.starts_with(cut_here))
		finish();
	if (!open_ && !begins(record.text))
		return;
	if (!open_)
		open_.emplace();
	open_->lines.push_back(record.text);
	if (is(Mark::end, record.text) || open_->lines.size() == most_lines)
		finish();
}

void SplatReader::finish()
{
	if (open_)
		complete_.push_back(*std::exchange(open_, std::nullopt));
}

std::vector<Splat> SplatReader::splats()
{
	return std::exchange(complete_, {});
}

} // namespace harness
