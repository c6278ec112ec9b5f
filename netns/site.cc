// SPDX-License-Identifier: GPL-2.0
#include "netns/site.h"

#include "netns/batches.h"
#include "netns/device.h"
#include "netns/ip_command.h"
#include "netns/wire.h"

namespace netns
{

std::string Site::lines(const char *ipv4, const char *ipv6_lines) const
{
	return ipv6 ? std::string(ipv6_lines) + ipv4 : ipv4;
}

void Site::join(const std::string &pair, const std::string &more, const std::string &far)
{
	ip_batch(pair + lines(batch_sender, batch_sender_ipv6) + more, receiver->fd());
	receiver->enter();
	ip_batch(far + lines(batch_receiver, batch_receiver_ipv6));
	wait_ends();
}

void Site::wait_sender() const
{
	wait_running(device_name);
	if (ipv6)
		wait_local(batch_addresses(AF_INET6).sender);
}

void Site::wait_ends() const
{
	sender->enter();
	wait_sender();
	receiver->enter();
	wait_running(device_name);
	if (ipv6)
		wait_local(batch_addresses(AF_INET6).receiver);
	sender->enter();
}

} // namespace netns
