/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <concepts>
#include <deque>
#include <exception>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "errqueue/notification.h"
#include "harness/case.h"
#include "harness/where.h"
#include "netns/lease.h"
#include "netns/network.h"
#include "netns/path.h"
#include "os/names.h" /* to tell equal() what numbers are */
#include "transport/link.h"
#include "transport/transport.h"

namespace harness
{

/* The kernel broke the promise. */
class Failure : public std::runtime_error {
public:
	/* `requirement`: the one that is broken, by its id, where that is not the case's own. */
	explicit Failure(const std::string &what, const char *requirement = "", const char *common = "")
		: std::runtime_error(what), requirement_(requirement), common_(common)
	{
	}
	const char *requirement() const { return requirement_; }
	/* See Outcome::common. */
	const char *common() const { return common_; }

private:
	const char *requirement_;
	const char *common_;
};

/* What every case ends by, whatever it is about. */
inline constexpr const char *once_each = "ZC-CT-18";	       /* each id is reported once */
inline constexpr const char *bytes_intact = "ZC-IN-08";	       /* every byte arrives as sent */
inline constexpr const char *readable_queue = "ZC-RX-01";      /* the error queue can be read */
inline constexpr const char *option_memory_back = "ZC-LIM-03"; /* notifications are not charged for ever */
inline constexpr const char *send_queue_back = "ZC-LF-03";     /* nor is data, once it is acknowledged */
/* What the shared expectations look at, whatever the case is about. */
inline constexpr const char *pollerr_tells_of_entries = "ZC-RX-03"; /* it is set while there are some */
inline constexpr const char *pollerr_of_notification = "ZC-RX-02";  /* poll() reports it by POLLERR */
inline constexpr const char *ids_in_turn = "ZC-CT-01";		    /* the first is 0, each call adds one */
inline constexpr const char *one_id_is_its_range = "ZC-PA-06";	    /* that of one call is [id, id] */
inline constexpr const char *calls_honour_the_flag = "ZC-TX-01";    /* they send, and take an id */
inline constexpr const char *enobufs_at_limits = "ZC-TX-07";	    /* they fail with ENOBUFS nowhere else */
inline constexpr const char *calls_beside_notifications = "ZC-RX-09"; /* one queued fails no call */
inline constexpr const char *fields_of_notification = "ZC-PA-05";
inline constexpr const char *origin_of_notification = "ZC-PA-11";
inline constexpr const char *header_of_notification = "ZC-PA-09";
inline constexpr const char *read_of_notification = "ZC-RX-11";	    /* no payload, MSG_ERRQUEUE alone */
inline constexpr const char *notification_comes_alone = "ZC-PA-08"; /* without other control messages */
inline constexpr const char *segments_complete = "ZC-UD-02";	    /* of a call, with the last */
inline constexpr const char *memlock_is_exact = "ZC-LIM-05";	    /* to the page */
inline constexpr const char *optmem_is_exact = "ZC-LIM-02";	    /* to the byte */
/* The same where many more results rely on the requirement than look at this: see Outcome::common. */
inline constexpr const char *notification_is_no_other_event = "ZC-RX-02:revents"; /* than POLLERR */
inline constexpr const char *notification_is_no_error = "ZC-RX-09:SO_ERROR";	  /* of the socket */
inline constexpr const char *reads_leave_errors = "ZC-RX-52:SO_ERROR";		  /* pending */

/* The case cannot be judged here: what is missing, in words a user can act on. */
class Skip : public std::runtime_error {
public:
	using std::runtime_error::runtime_error;
};

/* The kernel broke the promise in exactly the way the catalogue describes. */
class Deviates : public std::runtime_error {
public:
	Deviates(std::string_view seen, std::string place)
		: std::runtime_error(std::string(seen)), place_(std::move(place))
	{
	}
	/* The lines that saw it, as a failure names them. */
	const std::string &place() const { return place_; }

private:
	std::string place_;
};

class Charging;

/*
 * What a case is given: where it runs, and its expectations. Every expectation
 * throws Failure that says what was looked at, what was expected and what was
 * seen; nothing else ends a case.
 */
class Test {
public:
	/* `remote`: the agent, where the path leads to one. */
	Test(const Case &definition, const transport::Transport &transport, const netns::Path &path,
	     bool ipv6, netns::Lease &lease, agent::Remote *remote = nullptr);

	const Case &definition() const { return definition_; }
	const transport::Transport &transport() const { return transport_; }
	const netns::Path &path() const { return path_; }
	/* The traits of the path for this transport. */
	bool has(unsigned traits) const;
	/* The case can ask this of what it has: datagrams or a stream? */
	bool is(unsigned kind) const { return transport_.kind & kind; }

	/* The path, built on first use. */
	const netns::Network &network();
	/* A sender and a receiver over the path; ended by Link::finish() after
	 * the case. The reference stays valid to the end of the case. */
	transport::Link &connect(const transport::LinkOptions &options = {});

	/* Expectations. `what` names what is looked at, as a noun phrase. */
	void that(std::string_view what, bool holds, std::string_view expected, std::string_view seen,
		  Where where = Where::here());
	/* The same, charged to one requirement: one of several of the case's, or none of its own. */
	void keeps(const char *requirement, std::string_view what, bool holds, std::string_view expected,
		   std::string_view seen, Where where = Where::here());
	/* The same of what every case relies on, which is `common`: see Outcome::common. */
	void relies(const char *common, std::string_view what, bool holds, std::string_view expected,
		    std::string_view seen, Where where = Where::here());
	/* What this case relied on so far, and rightly. */
	std::vector<std::string> relied_on() const { return {relied_on_.begin(), relied_on_.end()}; }
	void equal(std::string_view what, long seen, long expected, Where where = Where::here());
	/* Numbers that have names, such as os::error_name tells them. */
	template <std::invocable<long> Name>
	void equal(std::string_view what, long seen, long expected, Name name, Where where = Where::here())
	{
		that(what, seen == expected, name(expected), name(seen), where);
	}
	/* Bytes; a difference is told by its offset, the values there and the lengths. */
	void equal(std::string_view what, os::Bytes seen, os::Bytes expected, Where where = Where::here());
	void equal(std::string_view what, errqueue::IdRange seen, errqueue::IdRange expected,
		   Where where = Where::here());
	/* SO_ERROR, which notifications neither set nor clear. `when`: ", the data being sent". */
	void socket_error(int seen, int expected, std::string_view when = "", Where where = Where::here());
	/* A send returned that many bytes. */
	void sent(const transport::Sent &sent, std::size_t expected, Where where = Where::here());
	/* A send failed with that errno. */
	void refused(const transport::Sent &sent, int expected_errno, Where where = Where::here());
	/* The same where a limit must be exact, which every case relies on: `common`. */
	void refused(const char *common, const transport::Sent &sent, int expected_errno,
		     Where where = Where::here());

	/* The error queue is empty, and reads say so by EAGAIN at once. */
	void queue_empty(const transport::Link &link, Where where = Where::here());
	/* The same of a socket that no link has. */
	void queue_empty(int socket, Where where = Where::here());
	/* The error queue is empty and stays empty for os::quiet_period(). */
	void nothing_comes(const transport::Link &link, Where where = Where::here());
	/*
	 * Exactly one message is queued, within os::event_timeout(): one zerocopy
	 * notification with these ids, alone, every field as the document has it
	 * (header of the transport's kind, errno, origin, flags). Enters it into
	 * the books. `copied` is checked against the path's traits.
	 */
	errqueue::Notification one_notification(transport::Link &link, errqueue::IdRange ids,
						Where where = Where::here());
	/* The same but for SO_EE_CODE_ZEROCOPY_COPIED, which the case looks at:
	 * it changed what the path does. */
	errqueue::Notification one_completion(transport::Link &link, errqueue::IdRange ids,
					      Where where = Where::here());
	/* Every field of a notification that does not vary. */
	void well_formed(const errqueue::Notification &notification, Where where = Where::here());
	/* SO_EE_CODE_ZEROCOPY_COPIED is set, or is not. */
	void copied(const errqueue::Notification &notification, std::string_view what,
		    Where where = Where::here());
	void not_copied(const errqueue::Notification &notification, std::string_view what,
			Where where = Where::here());
	/* It is as the path says. */
	void copied_as_path_says(const errqueue::Notification &notification, Where where = Where::here());
	/* poll(2) reported POLLERR for `what`, or the deadline passed: `came`. A queue that holds what
	 * poll(2) says nothing of is a fault of its own. */
	void reported(bool came, int socket, std::string_view what, Where where = Where::here());
	void reported(bool came, transport::Link &link, std::string_view what, Where where = Where::here());
	/* The message of which POLLERR told. */
	errqueue::Message queued(int socket, Where where = Where::here());
	/* Every id sent so far was reported exactly once, within os::event_timeout(). */
	void completions_settle(transport::Link &link, Where where = Where::here());

	/*
	 * For as long as the object lives, an expectation that fails is charged to this requirement
	 * of the case alone, so that a kernel that does otherwise only there is told to break
	 * nothing else; to all of the case's where it is "". For a single expectation:
	 *
	 *	test.charging("ZC-TX-21")->refused(sent, EPIPE);
	 */
	Charging charging(const char *requirement);

	/* The promise is broken in exactly the way of the case's deviation. */
	[[noreturn]] void deviates(std::string_view seen, Where where = Where::here());
	/* What the case needs and the machine lacks: "a larger net.core.wmem_max". */
	[[noreturn]] void skip(std::string_view needed);

	/* What ends every case: see Link::finish(). */
	void finish();
	/* The lines that tell where an exception was thrown that names no line itself. */
	std::string place() const;
	/* For a failure: limits, sysctls, path, devices, notifications seen. */
	std::vector<std::string> circumstances();

private:
	friend class At;
	friend class Charging;

	/* What a notification that never comes breaks: the case's own promise, where it is about
	 * one, else the promise of every flagged call. */
	const char *notification_comes(transport::Link &link) const;
	void expect(const char *requirement, const char *common, std::string_view what, bool holds,
		    std::string_view expected, std::string_view seen, Where where);
	std::string place(Where where) const;
	void queue_empty(const std::optional<errqueue::Message> &message, const char *common, Where where);
	void reported(bool came, int socket, std::string_view what, const char *common, Where where);
	/* Reads what the links have queued: false where that is nothing. */
	bool notification_waits();
	/* `wrong`: what the ledger says, once the time is up; "" where nothing is. */
	void each_once(transport::Link &link, std::string_view what, const std::string &wrong, Where where);
	void nothing_charged(const transport::Link &link);

	const Case &definition_;
	const transport::Transport &transport_;
	const netns::Path &path_;
	bool ipv6_;
	agent::Remote *remote_;
	netns::Lease &lease_;
	std::deque<transport::Link> links_;
	/* The calls of helpers that are running, the case's own first; see At. */
	std::vector<Where> callers_;
	/* The same of the exception that is on its way, the innermost first. */
	std::vector<Where> unwound_;
	std::optional<Where> last_met_; /* the last expectation that held */
	std::set<std::string> relied_on_;
	bool queue_read_ = false;  /* an error queue, were it empty */
	const char *charged_ = ""; /* see charging() */
};

class Charging {
public:
	Charging(Test &test, const char *requirement)
		: test_(test), before_(std::exchange(test.charged_, requirement))
	{
	}
	Charging(const Charging &) = delete;
	Charging &operator=(const Charging &) = delete;
	~Charging() { test_.charged_ = before_; }

	Test *operator->() const { return &test_; }

private:
	Test &test_;
	const char *before_;
};

/*
 * What a helper takes instead of Test &, where it has expectations of its own: made
 * implicitly from what the caller has, it keeps the caller's line for as long as the
 * helper runs. So a failure names the line of the case as well as the helper's.
 *
 *	void next_id_is(harness::At at, transport::Link &link, std::uint32_t id)
 *	{
 *		at->one_notification(link, {id, id});
 *	}
 *
 * For the thread that runs the case only.
 */
class At {
public:
	At(Test &test, Where where = Where::here()) // NOLINT(google-explicit-constructor): made by the call
		: test_(test), exceptions_(std::uncaught_exceptions())
	{
		test_.unwound_.clear();
		test_.callers_.push_back(where);
	}
	At(const At &caller, Where where = Where::here()) : At(caller.test_, where) {}
	At &operator=(const At &) = delete;
	~At();

	Test *operator->() const { return &test_; }
	Test &operator*() const { return test_; }

private:
	Test &test_;
	int exceptions_;
};

} // namespace harness
