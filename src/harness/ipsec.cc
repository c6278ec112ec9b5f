// SPDX-License-Identifier: GPL-2.0
#include "harness/ipsec.h"

#include <string>

#include "harness/sockets.h"
#include "netns/ip_command.h"

namespace harness
{

/* Lines for ip(8), at one end. */
static std::string encrypted(const std::string &own, const std::string &other)
{
	const std::string to = "src " + own + " dst " + other, from = "src " + other + " dst " + own;
	const std::string key = " proto esp spi 0x100 mode transport aead rfc4106(gcm(aes)) "
				"0x000102030405060708090a0b0c0d0e0f10111213 128\n";
	const std::string wanted = " tmpl proto esp mode transport\n";

	return "xfrm state add " + to + key + "xfrm state add " + from + key + "xfrm policy add " + to +
	       " dir out" + wanted + "xfrm policy add " + from + " dir in" + wanted;
}

void encrypt_between(Test &test)
{
	const netns::Addresses ends = test.network().addresses(test.transport().address_family);

	netns::ip_batch(encrypted(ends.sender, ends.receiver));
	at_receiver(test, [&] { netns::ip_batch(encrypted(ends.receiver, ends.sender)); });
}

void stop_encrypting(Test &test)
{
	const auto flush = [] { netns::ip_batch("xfrm policy flush\nxfrm state flush\n"); };

	flush();
	at_receiver(test, flush);
}

} // namespace harness
