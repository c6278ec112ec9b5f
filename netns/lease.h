/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <optional>
#include <vector>

#include "netns/network.h"
#include "os/fd.h"

namespace netns
{

/*
 * A test's hold on a network: one of its own, or one that another test has left as it found it. Either
 * can be handed on, to save the time of building it.
 */
class Lease {
public:
	/* `standing`: the network's descriptors, as hand_on() sends them; none: it is to be
	 * built. `watched`: another test may want it afterwards. */
	explicit Lease(std::vector<os::Fd> standing = {}, bool watched = false)
		: standing_(std::move(standing)), watched_(watched)
	{
	}

	/* On first use it is entered, or built; later that one is returned. */
	const Network &network(const Path &path, bool ipv6);
	/* The one that was used; null where none was. */
	const Network *used() const { return network_ ? &*network_ : nullptr; }

	/* The sockets of the test are closed: empty the network's devices, or
	 * take it down where nobody may have it afterwards. */
	void clear();
	/* The sockets of the test are gone, too. False where the network was changed, or cannot be handed on.
	 */
	bool restore();
	/* After that: the descriptors of a network that was built here. */
	std::vector<int> descriptors() const;

private:
	std::vector<os::Fd> standing_;
	std::optional<Network> network_;
	bool watched_;
	bool built_ = false;
};

} // namespace netns
