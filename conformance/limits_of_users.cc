// SPDX-License-Identifier: GPL-2.0
/* The limits of MSG_ZEROCOPY where they are another's: of a socket without the option, and of
 * users who send on one socket. */
#include <unistd.h>

#include "conformance/chapter.h"
#include "os/child.h"

namespace
{

/* Nothing is charged to a socket without SO_ZEROCOPY, so that no limit can be met. */
template <typename Limit> void flag_is_ignored_beyond(At at, Link &link)
{
	const Limit none(0);

	for (int i = 0; i < 2; i++)
		sends(at, link);
	link.deliver();
	at->queue_empty(link);
	option_memory_is(at, link, 0);
}

CASE(flag_without_the_option_needs_no_option_memory, .requirements = {"ZC-SO-07", "ZC-VS-14"},
     .transports = transport::all, .needs = needs_optmem)
{
	flag_is_ignored_beyond<ScopedOptmemMax>(test, test.connect({.zerocopy = false}));
}

CASE(flag_without_the_option_locks_no_pages, .requirements = {"ZC-SO-07", "ZC-VS-14"},
     .transports = transport::all, .needs = needs_memlock)
{
	Link &link = test.connect({.zerocopy = false});
	const ScopedUser user;

	flag_is_ignored_beyond<Pages>(test, link);
}

/* A process of another user, that makes flagged calls when it is told to. Made by root. */
class OtherUser {
public:
	OtherUser()
		: orders_(SOCK_SEQPACKET), process_([this] {
			  const ScopedUser user;
			  Order order;

			  /* The case may be a third user by the time that it is killed, and no
			   * user's death signals another's process: the orders end then. */
			  orders_.first.close();

			  while (::recv(orders_.second.get(), &order, sizeof(order), 0) == sizeof(order)) {
				  const Pages limit(order.pages);
				  const int error = send_raw(order.socket, {order.data, order.length},
							     MSG_ZEROCOPY | MSG_DONTWAIT)
							    .error;
				  ::send(orders_.second.get(), &error, sizeof(error), 0);
			  }
			  return 0;
		  })
	{
	}
	/* One call with that limit, in the link's books. The bytes, and the link, are older than the
	 * process. */
	Returned send(Link &link, Bytes bytes, rlim_t pages) const
	{
		const Order order = {link.sender(), bytes.data(), bytes.size(), pages};
		Returned sent = transport::all_of(bytes);

		os::check(::send(orders_.first.get(), &order, sizeof(order), MSG_NOSIGNAL),
			  "send() to a child");
		os::require(::recv(orders_.first.get(), &sent.error, sizeof(sent.error), 0) ==
				    sizeof(sent.error),
			    "the process of the other user has ended");
		if (sent.error)
			sent.returned = -1;
		link.account(sent, bytes, MSG_ZEROCOPY);
		return sent;
	}

private:
	struct Order {
		int socket;
		const std::uint8_t *data;
		std::size_t length;
		rlim_t pages;
	};

	os::SocketPair orders_;
	os::Child process_; /* the last member: it uses the others */
};

REQUIREMENT("ZC-LIM-22", observed,
	    "Where two users' flagged sends share a notification structure, its completion leaves both with "
	    "nothing charged: pages are given back to whom they were taken from.",
	    .code = "net/core/skbuff.c:mm_account_pinned_pages keeps the user in the structure (mmp->user), "
		    "mm_unaccount_pinned_pages gives back to that user, whoever frees the packet",
	    .kernels = "who is charged for the second send is another question");
/* The sends join in the write queue. Each user can then lock as many pages as the limit says,
 * and not one more: nothing is charged to it, and nothing was given back that was not. */
CASE(pages_are_given_back_to_the_user_they_were_taken_from, .requirements = {"ZC-LIM-22", "ZC-LIM-08"},
     .transports = transport::tcp, .paths = netns::holds, .needs = needs_memlock | needs_root)
{
	constexpr rlim_t ample = 100;
	Link &joint = test.connect();
	Link &own = test.connect();
	Link &others = test.connect();
	const Payload payload(1000);
	const rlim_t charge = charge_of(test, payload.size());
	const OtherUser other;
	const ScopedUser user;

	{
		const Pages limit(ample);

		sends(test, joint, payload);
		test.sent(other.send(joint, payload, ample), payload.size());
		joint.release();
		test.one_notification(joint, {0, 1});
	}
	refused_under(test, Pages(charge - 1), own, payload, memlock_is_exact);
	const Pages exactly(charge);
	sends(test, own, payload);
	test.refused(other.send(others, payload, charge - 1), ENOBUFS);
	test.sent(other.send(others, payload, charge), payload.size());
}

} // namespace
