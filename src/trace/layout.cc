// SPDX-License-Identifier: GPL-2.0
#include "trace/layout.h"
#include "trace/in_c.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <fstream>

namespace trace
{

/* Around an address in a step, until it has a name. */
constexpr char opening = '\x01', closing = '\x02';
constexpr std::size_t most_literal = 300;

static std::string placeholder(std::uint64_t address)
{
	return opening + std::to_string(address) + closing;
}

std::string literal(os::Bytes bytes, const std::string &between)
{
	constexpr std::size_t width = 96;
	std::string text = "\"", line;

	for (std::size_t i = 0; i < bytes.size(); i++) {
		const int byte = bytes[i], next = i + 1 < bytes.size() ? bytes[i + 1] : 0;
		const bool shown = std::isalnum(byte) || byte == '_' || byte == '-' || byte == ' ';
		/* No digit that follows may belong to it. */
		const bool full = std::isdigit(next);
		std::array<char, 8> digits;

		std::snprintf(digits.data(), digits.size(), shown ? "%c" : full ? "\\%03o" : "\\%o", byte);
		line += digits.data();
		if (!between.empty() && line.size() >= width && i + 1 < bytes.size()) {
			text.append(line).append(1, '"').append(between).append(1, '"');
			line.clear();
		}
	}
	return text + line + '"';
}

std::string Layout::name(std::uint64_t address)
{
	return placeholder(address);
}

/* "[heap]" */
static std::string name_of_mapping(pid_t process, std::uint64_t address)
{
	std::ifstream maps("/proc/" + std::to_string(process) + "/maps");

	for (std::string line; std::getline(maps, line);) {
		char *end;
		const std::uint64_t from = std::strtoull(line.c_str(), &end, 16);
		const std::uint64_t to = std::strtoull(end + 1, nullptr, 16);

		if (address >= from && address < to)
			return line.find('[') == std::string::npos ? "" : line.substr(line.find('['));
	}
	return "";
}

std::string Layout::use(const Memory &memory, std::uint64_t address, std::uint64_t length)
{
	/* What is longer is no length of any memory, and what is lower is no memory. */
	constexpr std::uint64_t longest = 32 << 20, lowest = 4096;
	std::string name;

	if (address < lowest)
		return "(unsigned char *)" + std::to_string(address);
	if (!pages_.contains(address / page))
		name = name_of_mapping(memory.process(), address);
	if (name.starts_with("[v"))
		return "named(\"" + name + "\", " + std::to_string(address % page) + ')';
	for (Mapping &one : mappings_)
		if (one.there && address < one.to && address + length > one.from)
			one.used = true;
	for (std::uint64_t at = address; at < address + std::clamp<std::uint64_t>(length, 1, longest); at++) {
		const auto [entry, fresh] = pages_.try_emplace(at / page);

		/* Memory that comes and goes with each function, and that others use next. */
		if (fresh)
			entry->second.passing = name == "[heap]" || name == "[stack]";
		entry->second.taken[at % page] = length > 0;
		entry->second.last = place_;
		entry->second.ever = true;
	}
	return placeholder(address);
}

unsigned Layout::mapped(const Memory &memory, std::uint64_t address, std::uint64_t length, bool writable,
			int file)
{
	mappings_.push_back({address, address + length, writable, file, place_});
	for (std::uint64_t at = address / page; at * page < address + length; at++) {
		Used &used = pages_[at];
		const bool ever = used.ever;

		used = {};
		used.ever = ever;
		used.special = true;
	}
	refresh(memory, file);
	return static_cast<unsigned>(mappings_.size() - 1);
}

bool Layout::needs_file(int file, std::size_t place) const
{
	/* The first mapping of that descriptor since then. */
	const auto found = std::ranges::find_if(mappings_, [&](const Mapping &one) {
		return one.file == file && one.place >= place && one.used;
	});

	return found != mappings_.end();
}

void Layout::closed(int file)
{
	for (Mapping &one : mappings_)
		one.open &= one.file != file;
}

bool Layout::is_mapped(int file) const
{
	return std::ranges::any_of(
		mappings_, [&](const Mapping &one) { return one.there && one.open && one.file == file; });
}

void Layout::refresh(const Memory &memory, int file)
{
	for (const Mapping &one : mappings_) {
		if (!one.there || one.file != file)
			continue;
		for (auto used = pages_.lower_bound(one.from / page);
		     used != pages_.end() && used->first * page < one.to; ++used)
			if (const auto now = memory.read(used->first * page, page); !now.empty())
				std::ranges::copy(now, used->second.content.begin());
	}
}

std::vector<reproducer::Step> Layout::contents(const Memory &memory, std::uint64_t address,
					       std::uint64_t length, const std::string &to)
{
	const auto bytes = memory.read(address, length);
	std::vector<reproducer::Step> steps;

	if (std::ranges::any_of(bytes, [](auto byte) { return byte != 0; }))
		store(steps, address, bytes, {});
	for (reproducer::Step &step : steps) {
		const std::size_t from = step.call.find(opening), end = step.call.find(closing);
		const std::uint64_t offset = std::stoull(step.call.substr(from + 1)) - address;

		step.call.replace(from, end + 1 - from, offset ? to + " + " + std::to_string(offset) : to);
	}
	return steps;
}

std::vector<reproducer::Step> Layout::unmapped(std::uint64_t address, std::uint64_t length)
{
	std::vector<reproducer::Step> steps;
	std::uint64_t from = 0, end = 0;
	const auto add = [&] {
		if (end > from)
			steps.push_back(
				{reproducer::Step::Of::setup,
				 "munmap(" + placeholder(from) + ", " + std::to_string(end - from) + ')'});
	};

	for (Mapping &one : mappings_)
		one.there &= one.from != address;
	for (auto &[number, used] : pages_) {
		if (used.gone || number * page < address || number * page >= address + length)
			continue;
		used.gone = true;
		used.special = false;
		if (number * page != end) {
			add();
			from = number * page;
		}
		end = (number + 1) * page;
	}
	add();
	return steps;
}

void Layout::store(std::vector<reproducer::Step> &steps, std::uint64_t address, os::Bytes bytes,
		   os::Bytes beyond)
{
	using reproducer::Step;

	for (const SeededBytes::Part &part : seeded_.parts(bytes, beyond)) {
		const std::string to = placeholder(address), length = std::to_string(part.length);
		const os::Bytes these = bytes.first(part.length);
		std::string call;

		if (part.at)
			call = called("fill",
				      {to, std::to_string(*part.at), length, part.inverted ? "0xff" : "0"});
		else if (std::ranges::count(these, these[0]) == static_cast<long>(these.size()))
			call = called("memset", {to, std::to_string(these[0]), length});
		else
			call = called("memcpy", {to, literal(these), length});
		if (call.starts_with("memcpy") && part.length > most_literal)
			cannot_ = "it sends bytes that do not follow from the seed";
		steps.push_back({Step::Of::statement, call});
		bytes = bytes.subspan(part.length);
		address += part.length;
	}
}

bool Layout::is_writable(std::uint64_t address) const
{
	return std::ranges::none_of(mappings_, [&](const Mapping &one) {
		return one.there && address >= one.from && address < one.to && !one.writable;
	});
}

std::vector<reproducer::Step> Layout::stores(const Memory &memory)
{
	std::vector<reproducer::Step> steps;
	std::vector<std::uint8_t> run, before;
	std::uint64_t start = 0;
	auto flush = [&] {
		std::size_t from = 0;

		/* Only what differs, with small gaps. */
		while (from < run.size()) {
			while (from < run.size() && run[from] == before[from])
				from++;
			std::size_t end = from, same = 0;
			for (std::size_t i = from; i < run.size() && same < 16; i++) {
				same = run[i] == before[i] ? same + 1 : 0;
				if (!same)
					end = i + 1;
			}
			if (end > from)
				store(steps, start + from, os::Bytes(run).subspan(from, end - from),
				      os::Bytes(run).subspan(end));
			from = std::max(end, from + 1);
		}
		run.clear();
		before.clear();
	};

	std::map<std::uint64_t, std::vector<std::uint8_t>> contents;
	std::uint64_t first = 0, end = 0; /* of pages that came or went alike */
	bool went = false;
	const auto map = [&] {
		if (end > first)
			steps.push_back({reproducer::Step::Of::setup,
					 (went ? "munmap(" : "map(") + placeholder(first * page) + ", " +
						 std::to_string((end - first) * page) + ')'});
	};
	for (auto &[number, used] : pages_) {
		if (used.passing && std::ranges::none_of(used.taken, [](bool taken) { return taken; }))
			continue;
		auto &now = contents[number] = memory.read(number * page, page);
		if (used.special && now.empty())
			now.assign(used.content.begin(), used.content.end());
		if (now.empty() == used.gone)
			continue;
		used.content = {};
		used.gone = now.empty();
		if (number != end || used.gone != went) {
			map();
			first = number;
			went = used.gone;
		}
		end = number + 1;
	}
	map();

	for (const auto &[number, now] : contents) {
		Used &used = pages_[number];

		for (std::size_t i = 0; i < page; i++) {
			if (now.empty() || !used.taken[i] || start + run.size() != number * page + i)
				flush();
			if (now.empty() || !used.taken[i])
				continue;
			if (run.empty())
				start = number * page + i;
			if (used.special && !is_writable(number * page))
				used.content[i] = now[i];
			run.push_back(now[i]);
			before.push_back(used.content[i]);
			used.content[i] = now[i];
		}
		if (used.passing)
			used.taken = {};
	}
	flush();
	return steps;
}

void Layout::returned(std::size_t began, std::size_t at)
{
	for (auto &[number, used] : pages_)
		if (used.ever && used.last == began)
			used.last = at;
}

bool Layout::is_last(const reproducer::Step &unmapping, std::size_t place) const
{
	const std::size_t from = unmapping.call.find(opening);

	if (from == std::string::npos || !unmapping.call.starts_with("munmap("))
		return false;
	const std::uint64_t address = std::stoull(unmapping.call.substr(from + 1));
	const std::uint64_t length = std::stoull(unmapping.call.substr(unmapping.call.find(", ") + 2));
	for (auto one = pages_.lower_bound(address / page);
	     one != pages_.end() && one->first * page < address + length; ++one)
		if (one->second.last > place)
			return false;
	return true;
}

std::vector<reproducer::Step> Layout::resolve(std::vector<reproducer::Step> &steps) const
{
	std::vector<reproducer::Step> made;
	std::vector<std::pair<std::uint64_t, std::uint64_t>> regions; /* pages, the last one not */

	const auto of_used_mapping = [&](std::uint64_t address) {
		return std::ranges::any_of(mappings_, [&](const Mapping &one) {
			return one.used && address >= one.from && address < one.to;
		});
	};
	for (const auto &[number, used] : pages_)
		if (!used.ever && !of_used_mapping(number * page))
			continue;
		else if (!regions.empty() && regions.back().second == number)
			regions.back().second++;
		else
			regions.emplace_back(number, number + 1);
	for (std::size_t i = 0; i < regions.size(); i++)
		made.push_back({.of = reproducer::Step::Of::memory,
				.call = std::to_string((regions[i].second - regions[i].first) * page),
				.variable = "m" + std::to_string(i)});
	for (reproducer::Step &step : steps)
		for (std::size_t from; (from = step.call.find(opening)) != std::string::npos;) {
			const std::size_t end = step.call.find(closing, from);
			const std::uint64_t address = std::stoull(step.call.substr(from + 1));
			std::size_t i = 0;

			while (i < regions.size() && regions[i].second * page <= address)
				i++;
			/* Nothing is sent from there. */
			if (i == regions.size() || address < regions[i].first * page) {
				step.call.clear();
				break;
			}
			const std::uint64_t offset = address - regions[i].first * page;
			step.call.replace(from, end + 1 - from,
					  "m" + std::to_string(i) +
						  (offset ? " + " + std::to_string(offset) : ""));
		}
	std::erase_if(steps, [](const reproducer::Step &step) {
		return step.call.empty() && step.of != reproducer::Step::Of::end;
	});
	return made;
}

} // namespace trace
