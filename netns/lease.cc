// SPDX-License-Identifier: GPL-2.0
#include "netns/lease.h"

#include <utility>

#include "netns/bpf.h"

namespace netns
{

const Network &Lease::network(const Path &path, bool ipv6)
{
	if (!network_ && !standing_.empty()) {
		network_.emplace(path, ipv6, std::exchange(standing_, {}));
	} else if (!network_) {
		built_ = true;
		network_.emplace(path, ipv6);
		if (watched_)
			network_->watch();
	}
	return *network_;
}

void Lease::clear()
{
	detach_programs();
	if (network_ && network_->watched())
		network_->clear();
	else
		network_.reset();
}

bool Lease::restore()
{
	return network_ ? network_->watched() && network_->restore() : !standing_.empty();
}

std::vector<int> Lease::descriptors() const
{
	return built_ ? network_->descriptors() : std::vector<int>();
}

} // namespace netns
