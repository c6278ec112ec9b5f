// SPDX-License-Identifier: GPL-2.0
#include "netns/trait_names.h"

#include "netns/path.h"

namespace netns
{

namespace
{

/* Without a default, so that the compiler finds a trait that has no name here. */
const char *name(Trait trait)
{
	switch (trait) {
	case simplest:
		return "simplest";
	case basic:
		return "basic";
	case delivers:
		return "delivers";
	case holds:
		return "holds";
	case copies:
		return "copies";
	case shares:
		return "shares";
	case in_call:
		return "in_call";
	case local:
		return "local";
	case fragments:
		return "fragments";
	case sniffed:
		return "sniffed";
	case device_without_sg:
		return "device_without_sg";
	case device_without_checksum:
		return "device_without_checksum";
	case scripted:
		return "scripted";
	case holds_many:
		return "holds_many";
	case routed:
		return "routed";
	case bridged:
		return "bridged";
	case other_pair:
		return "other_pair";
	case stacked:
		return "stacked";
	case xdp:
		return "xdp";
	case unread:
		return "unread";
	case guest:
		return "guest";
	case remote:
		return "remote";
	case away:
		return "away";
	case device_offloads:
		return "device_offloads";
	}
	return "unknown";
}

} // namespace

std::string trait_names(unsigned traits)
{
	std::string names;

	for (unsigned bit = 1; bit != 0; bit <<= 1)
		if (traits & bit)
			names += (names.empty() ? "" : ", ") + std::string(name(static_cast<Trait>(bit)));
	return names;
}

} // namespace netns
