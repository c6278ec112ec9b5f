// SPDX-License-Identifier: GPL-2.0
#include "harness/requests.h"

#include "os/deadline.h"

namespace harness
{

using transport::Completion;
using transport::Link;
using transport::Ring;

Completion next_completion(At at, Ring &ring)
{
	const auto completion = ring.wait();

	at->that("completion queue", completion.has_value(), "an entry", "none");
	return completion.value();
}

void no_completion(At at, Ring &ring)
{
	ring.submit({}); /* IORING_OP_NOP */
	const Completion fence = next_completion(at, ring);

	at->that("completion queue", fence.result == 0 && fence.flags == 0, "no entry of an earlier request",
		 transport::describe(fence));
}

void request_fails(At at, Ring &ring, const io_uring_sqe &request, int expected_errno)
{
	ring.submit(request);
	const Completion completion = next_completion(at, ring);
	at->that("result of the request", completion.result == -expected_errno,
		 transport::describe(Completion{-expected_errno, 0}), transport::describe(completion));
	if (completion.more()) {
		const Completion behind = next_completion(at, ring);

		at->that("entry behind it", behind.notification() && !behind.more(),
			 "IORING_CQE_F_NOTIF alone", transport::describe(behind));
	}
	no_completion(at, ring);
}

void has_sent(At at, const Completion &completion, std::size_t length, std::string_view what)
{
	const Completion expected{static_cast<int>(length), IORING_CQE_F_MORE};

	at->that(what,
		 completion.result == expected.result && completion.more() && !completion.notification(),
		 transport::describe(expected), transport::describe(completion));
}

void request_sends(At at, Link &link, Ring &ring, const io_uring_sqe &request, os::Bytes bytes)
{
	ring.submit(request);
	const Completion completion = next_completion(at, ring);
	has_sent(at, completion, bytes.size());
	link.account({completion.result}, bytes, request.msg_flags);
}

Completion request_notifies(At at, Ring &ring)
{
	const Completion completion = next_completion(at, ring);

	at->that("entry behind the completion of the request",
		 completion.notification() && !completion.more() &&
			 (completion.result == 0 || completion.copied()),
		 "IORING_CQE_F_NOTIF alone", transport::describe(completion));
	return completion;
}

} // namespace harness
