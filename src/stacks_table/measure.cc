// SPDX-License-Identifier: GPL-2.0
#include "stacks_table/measure.h"

#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <algorithm>
#include <optional>
#include <stdexcept>

#include "errqueue/receive.h"
#include "netns/ip_command.h"
#include "netns/sysctl.h"
#include "netns/token_bucket.h"
#include "os/check.h"
#include "os/deadline.h"
#include "os/names.h"
#include "os/option.h"
#include "os/socket.h"
#include "transport/link.h"
#include "transport/payload.h"

namespace stacks_table
{

namespace
{

using transport::Link;
using transport::Payload;

constexpr const char *yes = "yes";
constexpr const char *no = "no";
constexpr std::uint16_t discard_port = 9;

class Measurement {
public:
	Measurement(const netns::Network &network, const Sending &sending)
		: network_(network), stream_(sending.kind == transport::tcp),
		  segments_(!stream_ && sending.length > segment),
		  link_(network, transport::first_transport(sending.kind, AF_INET)), payload_(sending.length)
	{
		/* Commands are forked, which must not leave the pages to the children. */
		os::check(::madvise(payload_.data(), payload_.size(), MADV_DONTFORK), "MADV_DONTFORK");
		link_.waive_delivery();
	}

	Seen all()
	{
		Seen seen = {.copied = "-",
			     .completed = "-",
			     .store = "-",
			     .said = "-",
			     .delivered = "-",
			     .refused = "-"};

		begin_flow();
		if (const std::string refused = send_held(); !refused.empty()) {
			seen.refused = refused;
			return seen;
		}
		judge_delivered(seen);
		send_held();
		at_last_hops(netns::drop_queued);
		/* Nothing else ends data that is not acknowledged. */
		if (stream_)
			os::disconnect(link_.sender());
		seen.said = notification(os::Event::notification).value_or("never");
		return seen;
	}

private:
	template <typename Action> void at_last_hops(Action action)
	{
		network_.last_hop().enter();
		std::ranges::for_each(network_.last_hops(), action);
		network_.sender().enter();
	}

	/* Datagrams of so many bytes from now on; 0: one for each call. */
	void cut_into(std::size_t length)
	{
		if (segments_)
			os::set_option(link_.sender(), SOL_UDP, UDP_SEGMENT, length,
				       "setsockopt(UDP_SEGMENT)");
	}

	/* The first packets of a flow may take another way than the rest
	 * (net/netfilter/nft_flow_offload.c:nft_flow_offload_eval). */
	void begin_flow()
	{
		const Payload plain(segment);

		for (int i = 0; i < 3; i++) {
			os::require(link_.send(plain).ok(), "a plain send fails");
			receive(plain.size());
		}
	}

	/* A plain packet takes what the buckets hold; the payload waits behind it. Returns the errno of a
	 * refused call, "" where there is none. A route may refuse UDP_SEGMENT for a packet of any length. */
	std::string send_held()
	{
		const Payload first(segment);

		at_last_hops(netns::limit_rate);
		cut_into(0);
		os::require(link_.send(first).ok(), "a plain send fails");
		receive(first.size());
		os::require(!stream_ || os::wait_until([this] {
			return os::send_queue(link_.sender()).unacknowledged == 0;
		}),
			    "a plain segment is not acknowledged");
		cut_into(segment);
		const transport::Sent sent = link_.send_zerocopy(payload_);
		if (!sent.ok())
			return os::error_name(sent.error);
		at_last_hops([this](const std::string &device) {
			os::require(os::wait_until(
					    [&] { return netns::queued_bytes(device) >= payload_.size(); }),
				    "the data does not reach the last device before the receiver, " + device);
		});
		return "";
	}

	/* What a later store does while the data waits, and once its notification is there. */
	void judge_delivered(Seen &seen)
	{
		const os::Data as_sent = payload_.copy();
		std::optional<std::string> copied = notification(os::Deadline(os::quiet_period()));

		if (copied)
			seen.completed = "early";
		payload_.overwrite();
		const os::Data stored = payload_.copy();
		at_last_hops(netns::lift_rate);
		send_another();
		os::require(os::await_readable(link_.receiver()), "the data does not arrive");
		/* As long as an acknowledgment may take. */
		if (!copied && (copied = notification(os::Deadline(os::event_timeout() / 20))))
			seen.completed = "delivery";
		/* A third kind of bytes. */
		for (std::size_t i = 0; copied && i < payload_.size(); i++)
			payload_.data()[i] ^= 0x55;
		const os::Data read = receive(payload_.size());
		if (!copied)
			seen.completed = (copied = notification(os::Event::notification)) ? "read" : "never";
		seen.delivered = copied.value_or("-");

		const bool unchanged = read == as_sent;
		const bool late = copied && std::ranges::equal(read, payload_.bytes());
		seen.copied = unchanged ? yes : late || read == stored ? no : "partly";
		seen.store = late || (seen.completed == "early" && !unchanged) ? "peer" : "nobody";
	}

	/* Whether one says that the data was copied; nothing where none comes. */
	std::optional<std::string> notification(const os::Deadline &deadline)
	{
		if (!errqueue::wait(link_.sender(), deadline))
			return {};
		link_.read_notifications();
		return link_.history().back().notifications.at(0).copied() ? yes : no;
	}

	/* A packet to nobody: the last device looks at its queue. */
	void send_another()
	{
		const char *const address = network_.addresses(AF_INET).receiver;
		const os::Address nobody = transport::make_address(AF_INET, address, discard_port);
		const os::Fd socket = os::open_socket(AF_INET, SOCK_DGRAM);

		os::check(::sendto(socket.get(), "", 1, 0, nobody.get(), nobody.length), "sendto(discard)");
	}

	os::Data receive(std::size_t length)
	{
		os::Data bytes(length);
		std::size_t got = 0;

		while (got < length) {
			os::require(os::await_readable(link_.receiver()), "the data does not arrive");
			const ssize_t more =
				os::check(::recv(link_.receiver(), &bytes[got], length - got, 0), "recv");
			os::require(more > 0, "the connection ends");
			got += static_cast<std::size_t>(more);
		}
		return bytes;
	}

	const netns::Network &network_;
	bool stream_;
	bool segments_;
	Link link_;
	Payload payload_;
};

} // namespace

void prepare(const netns::Network &network)
{
	netns::try_sysctl("ipv4/tcp_early_retrans", "0");
	netns::Namespace::send_large_packets();
	/* A last segment would wait for those before it (net/ipv4/tcp.c:tcp_should_autocork). */
	netns::try_sysctl("ipv4/tcp_autocorking", "0");
	try {
		netns::ip_batch(std::string("route add ") + network.addresses(AF_INET).receiver + " dev " +
				network.device() + " rto_min 60s\n");
	} catch (const std::runtime_error &) {
		/* The stack has a route of its own to there. */
	}
}

Seen measure(const netns::Network &network, const Sending &sending)
{
	return Measurement(network, sending).all();
}

} // namespace stacks_table
