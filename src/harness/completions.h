/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "errqueue/notification.h"
#include "harness/test.h"
#include "transport/link.h"

/* Messages of the error queue, and what they say. */
namespace harness
{

/* SO_EE_CODE_ZEROCOPY_COPIED is set, or is not. */
void copied(At at, const errqueue::Notification &notification,
	    std::string_view what = "ee_code of data that was copied");
void not_copied(At at, const errqueue::Notification &notification,
		std::string_view what = "ee_code of data that was not copied");
/* Every notification that the link has read so far is well formed, and has the bit, or
 * has it not. */
void all_copied(At at, const transport::Link &link,
		std::string_view what = "ee_code of data that was copied");
void none_copied(At at, const transport::Link &link,
		 std::string_view what = "ee_code of data that was not copied");

/* The one message on the queue, within os::event_timeout(), with one entry; entered into the
 * books. Its fields are for the case to look at. */
errqueue::Message one_message(At at, transport::Link &link);
/* Of a socket that no link has: one notification, well formed, of these ids, within
 * os::event_timeout(), and nothing behind it. */
errqueue::Notification one_notification(At at, int socket, errqueue::IdRange ids);
/* `from` sends 10000 flagged bytes, which get this id, `to` gets them, and `from` its
 * notification. Neither has a link. */
void completes(At at, int from, int to, std::uint32_t id);

/* Enter what is queued, and before it the ids that the kernel gave though no call should have got them, a
 * hundred at most. Returns how many. */
unsigned enter_with_surplus_ids(transport::Link &link);

/* SO_TIMESTAMPING of the sender: SOF_TIMESTAMPING_... */
void timestamp(const transport::Link &link, int how);
/* IP_RECVERR: ICMP and local errors are queued, or not. A v4-mapped socket has IPv4's. */
void queue_errors(const Test &test, const transport::Link &link, bool on);
/* "icmp ECONNREFUSED", or "icmp6 ...": such an entry as the functions below tell it. */
std::string icmp_error(const Test &test, int error);
/* "[0,1] copied, sent 0, icmp ECONNREFUSED": the entries of these messages in order.
 * Copied::untold leaves "copied" out, for cases on paths of both kinds. */
enum class Copied { told, untold };
std::string entries_text(const std::vector<errqueue::Message> &messages, Copied copied = Copied::told);
/* A message holds one entry, well formed where it is a notification, and a time where, and
 * only where, it is a timestamp. */
void well_formed_entry(At at, const errqueue::Message &message);
/* That many entries come, within os::event_timeout(), and no more: these, each in a message of
 * its own, see well_formed_entry(). Copied::untold. */
void entries_are(At at, transport::Link &link, std::size_t count, std::string_view expected);

} // namespace harness
