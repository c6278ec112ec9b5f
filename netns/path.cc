// SPDX-License-Identifier: GPL-2.0
#include "netns/path.h"

#include <algorithm>
#include <vector>

#include "netns/wire.h"
#include "netns/wires/remote.h"

namespace netns
{

static int group(const Path &path)
{
	if (path.vsock)
		return 3;
	if ((path.tcp | path.udp) & on_request)
		return 2;
	return path.hold == Hold::none ? 0 : 1;
}

static std::vector<Path> paths_of_wires()
{
	std::vector<Path> all;

	for (const Wire *wire : wires())
		for (Path path : wire->paths) {
			path.wire = wire;
			all.push_back(path);
		}
	std::ranges::stable_sort(all, {}, group);
	return all;
}

bool Path::two_ends() const
{
	return wire->two_ends;
}

bool Path::built() const
{
	return wire->build != nullptr;
}

unsigned Path::mtu() const
{
	return wire->mtu;
}

std::span<const Path> paths()
{
	static const std::vector<Path> all = paths_of_wires();

	return remote_paths().empty() ? all : remote_paths();
}

} // namespace netns
