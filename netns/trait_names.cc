// SPDX-License-Identifier: GPL-2.0
#include "netns/path.h"

namespace netns
{

/* clang-format off */
#define NAME(trait) case trait: return #trait;
/* Without a default, so that the compiler finds a trait that has no name here. */
static const char *name(Trait trait)
{
	switch (trait) {
	NAME(simplest) NAME(basic) NAME(delivers) NAME(holds) NAME(copies)
	NAME(shares) NAME(in_call) NAME(local) NAME(fragments) NAME(sniffed)
	NAME(device_without_sg) NAME(device_without_checksum) NAME(scripted) NAME(holds_many) NAME(routed)
	NAME(bridged) NAME(other_pair) NAME(stacked) NAME(xdp) NAME(unread)
	NAME(guest) NAME(remote) NAME(away) NAME(layered) NAME(device_offloads)
	NAME(copies_below) NAME(segments_copied) NAME(may_copy_below) NAME(datagrams_cut_by_copying) NAME(refuses_udp_segment)
	}
	return "unknown";
}
#undef NAME
/* clang-format on */

std::string trait_names(unsigned traits)
{
	std::string names;

	for (unsigned bit = 1; bit != 0; bit <<= 1)
		if (traits & bit)
			names += (names.empty() ? "" : ", ") + std::string(name(static_cast<Trait>(bit)));
	return names;
}

} // namespace netns
