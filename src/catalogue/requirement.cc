// SPDX-License-Identifier: GPL-2.0
#include "catalogue/requirement.h"

#include <algorithm>
#include <iterator>
#include <sstream>
#include <tuple>

namespace catalogue
{

constexpr Chapter all_chapters[] = {
	{"IN", "introduction", "Introduction, opportunity and caveats"},
	{"SO", "socket_setup", "Socket setup: SO_ZEROCOPY"},
	{"TX", "transmission", "Transmission"},
	{"MX", "mixing", "Mixing copy avoidance and copying"},
	{"CT", "counter", "Notifications: the counter"},
	{"RX", "reception", "Notification reception"},
	{"BT", "batching", "Notification batching"},
	{"PA", "parsing", "Notification parsing"},
	{"CP", "deferred_copies", "Deferred copies"},
	{"LO", "loopback", "Loopback and looping"},
	{"LIM", "limits", "Limits: optmem and locked pages"},
	{"MEM", "source_memory", "Source memory"},
	{"UD", "udp", "UDP specifics"},
	{"LF", "lifecycle", "TCP life cycle"},
	{"BP", "sockmap", "Sockets in BPF maps"},
	{"PM", "path_mtu_probing", "TCP path MTU probing"},
	{"TS", "timestamps", "Timestamps and other users of the error queue"},
	{"VS", "vsock", "VSOCK"},
	{"OP", "other_families", "Other families"},
	{"IO", "io_uring", "io_uring: SEND_ZC and SENDMSG_ZC"},
};

/* The place of a requirement: its chapter's, then its number. */
static auto place(const Requirement &requirement)
{
	return std::tuple(
		std::ranges::find_if(all_chapters,
				     [&](const Chapter &chapter) { return chapter.holds(requirement); }),
		std::string_view(requirement.id));
}

std::span<const Requirement *const> requirements()
{
	static const std::vector<const Requirement *> sorted = [] {
		auto all = os::registered<Requirement>();

		std::ranges::stable_sort(all, {}, [](const Requirement *one) { return place(*one); });
		return all;
	}();

	return sorted;
}

const Requirement *find(std::string_view id)
{
	for (const Requirement *requirement : os::registered<Requirement>())
		if (id == requirement->id)
			return requirement;
	return nullptr;
}

std::vector<std::string> Requirement::foundations() const
{
	std::istringstream ids(rests_on);

	return {std::istream_iterator<std::string>(ids), std::istream_iterator<std::string>()};
}

std::string Requirement::source() const
{
	std::string text;
	const auto add = [&text](const std::string &one) { text += (text.empty() ? "" : "; ") + one; };

	if (*document)
		add(std::string("msg_zerocopy.rst, ") + document);
	for (const std::string &id : foundations())
		if (const Requirement *other = find(id))
			add(std::string("msg_zerocopy.rst, ") + other->document);
	if (*code)
		add(code);
	return text;
}

bool Chapter::holds(const Requirement &requirement) const
{
	return std::string_view(requirement.id).starts_with("ZC-" + std::string(letters) + '-');
}

std::span<const Chapter> chapters()
{
	return all_chapters;
}

const char *name(Standing standing)
{
	return standing == Standing::promised	? "promised"
	       : standing == Standing::observed ? "observed"
						: "past bug";
}

const char *otherwise(Standing standing)
{
	return standing == Standing::promised	? "broken"
	       : standing == Standing::observed ? "changed"
						: "back";
}

} // namespace catalogue
