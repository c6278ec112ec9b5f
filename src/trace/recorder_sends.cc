// SPDX-License-Identifier: GPL-2.0
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <optional>

#include "os/names.h"
#include "trace/in_c.h"
#include "trace/numbers.h"
#include "trace/recorder.h"

namespace trace
{

using reproducer::Step;

std::string Recorder::buffer(const Memory &memory, std::uint64_t at, std::uint64_t length)
{
	return layout_.use(memory, at, length) + ", " + std::to_string(length) +
	       (length > 0x7fffffff ? "U" : "");
}

void Recorder::control_messages(const Memory &memory, const msghdr &message)
{
	auto control = memory.read(number(message.msg_control), message.msg_controllen);
	msghdr here = {};

	add({.step = {.of = Step::Of::statement, .call = "controllen = 0"}});
	if (control.empty())
		cannot("it passes control messages that cannot be read");
	here.msg_control = control.data();
	here.msg_controllen = control.size();
	for (cmsghdr *cmsg = CMSG_FIRSTHDR(&here); cmsg; cmsg = CMSG_NXTHDR(&here, cmsg)) {
		if (cmsg->cmsg_level == SOL_SOCKET && cmsg->cmsg_type == SCM_RIGHTS)
			cannot("descriptors pass through a socket");
		const std::uint8_t *data = CMSG_DATA(cmsg);
		const std::size_t claimed =
			cmsg->cmsg_len - std::min<std::size_t>(cmsg->cmsg_len, CMSG_LEN(0));
		const auto left = static_cast<std::size_t>(control.data() + control.size() - data);
		const std::size_t length = std::min(claimed, left);

		add({.step = {.of = Step::Of::statement,
			      .call = "add_control(" + os::option_name(cmsg->cmsg_level, cmsg->cmsg_type) +
				      ", " + literal({data, length}) + ", " + std::to_string(length) + ", " +
				      std::to_string(claimed) + ')'}});
	}
}

/* How far each piece begins behind the end of the one before, where all but the first have one length
 * and the memory of the program has no gaps there. */
static std::optional<long> gap_between(const std::vector<iovec> &pieces)
{
	constexpr std::size_t few = 2;
	constexpr long page = 4096;
	const auto gap = [&](std::size_t i) {
		return static_cast<long>(number(pieces[i].iov_base) - number(pieces[i - 1].iov_base) -
					 pieces[i - 1].iov_len);
	};

	if (pieces.size() <= few || gap(1) > page || gap(1) < -static_cast<long>(pieces[1].iov_len) - page)
		return std::nullopt;
	for (std::size_t i = 2; i < pieces.size(); i++)
		if (gap(i) != gap(1) || pieces[i].iov_len != pieces[1].iov_len)
			return std::nullopt;
	return gap(1);
}

std::string Recorder::message(const Memory &memory, const msghdr &message, bool alone)
{
	constexpr std::size_t most = 1024;
	const auto pieces =
		memory.array<iovec>(number(message.msg_iov), std::min<std::size_t>(message.msg_iovlen, most));
	std::string text = "&(struct msghdr){";

	if (message.msg_name) {
		const std::string to = address(memory, number(message.msg_name), message.msg_namelen);
		const std::size_t comma = to.rfind(", ");
		text += ".msg_name = " + to.substr(0, comma) + ", .msg_namelen = " + to.substr(comma + 2) +
			", ";
	}
	if (message.msg_iovlen > most)
		cannot("it passes more pieces than a message may have");
	const std::optional<long> gap = alone ? gap_between(pieces) : std::nullopt;
	std::string list, first;
	for (const iovec &one : pieces) {
		const std::string each = buffer(memory, number(one.iov_base), one.iov_len);
		if (first.empty())
			first = each;
		list += (list.empty() ? "{" : ", {") + each + '}';
	}
	if (gap)
		text += ".msg_iov = " +
			called("vector", {first.substr(0, first.rfind(", ")), std::to_string(*gap),
					  std::to_string(pieces[0].iov_len),
					  std::to_string(pieces[1].iov_len), std::to_string(pieces.size())});
	else if (!pieces.empty())
		text += ".msg_iov = (struct iovec[]){" + list + '}';
	else
		text += ".msg_iov = NULL";
	text += ", .msg_iovlen = " + std::to_string(message.msg_iovlen);
	if (message.msg_controllen) {
		control_messages(memory, message);
		text += ", .msg_control = control.bytes, .msg_controllen = controllen";
	}
	return text + '}';
}

bool Recorder::passes_descriptors(const Call &call) const
{
	const auto found = descriptors_.find(static_cast<int>(call.arguments[0]));

	return call.number == SYS_sendmsg && found != descriptors_.end() && found->second.channel &&
	       Memory(call.thread).object<msghdr>(call.arguments[1]).msg_controllen > 0;
}

bool Recorder::act(const Call &call, Event &event)
{
	const Memory memory(call.thread);
	const auto &arguments = call.arguments;
	const int fd = static_cast<int>(arguments[0]);
	const std::string name = fd_text(arguments[0]);

	switch (call.number) {
	case SYS_sendto:
	case SYS_write:
	case SYS_sendmsg:
	case SYS_sendmmsg:
	case SYS_writev:
		if (!knows(fd) || descriptors_[fd].file != "")
			return false;
		break;
	/* It waits, as a send does. */
	case SYS_close:
		if (!knows(fd) || !descriptors_[fd].lingers)
			return false;
		break;
	case SYS_pwrite64:
		if (!descriptors_.contains(fd) || descriptors_[fd].file != "memfd" || !layout_.is_mapped(fd))
			return false;
		break;
	default:
		return false;
	}
	switch (call.number) {
	case SYS_close:
		event.step.call = "close(" + name + ')';
		descriptors_.erase(fd);
		break;
	case SYS_sendto: {
		const std::string to = arguments[4] ? address(memory, arguments[4], arguments[5]) : "";
		event.step.call = (to.empty() ? "send(" : "sendto(") + name + ", " +
				  buffer(memory, arguments[1], arguments[2]) + ", " +
				  flags_text(static_cast<int>(arguments[3])) + (to.empty() ? "" : ", " + to) +
				  ')';
		break;
	}
	case SYS_pwrite64:
		event.file = fd;
		event.step.call = "pwrite(" + name + ", " + buffer(memory, arguments[1], arguments[2]) +
				  ", " + std::to_string(arguments[3]) + ')';
		break;
	case SYS_write:
		event.step.call = "write(" + name + ", " + buffer(memory, arguments[1], arguments[2]) + ')';
		break;
	case SYS_sendmsg:
		if (memory.read(arguments[1], sizeof(msghdr)).empty())
			cannot("it passes a message that cannot be read");
		event.step.call = "sendmsg(" + name + ", " +
				  message(memory, memory.object<msghdr>(arguments[1])) + ", " +
				  flags_text(static_cast<int>(arguments[2])) + ')';
		break;
	case SYS_sendmmsg: {
		std::string list;
		for (const mmsghdr &one :
		     memory.array<mmsghdr>(arguments[1], std::min<std::uint64_t>(arguments[2], 64))) {
			if (one.msg_hdr.msg_controllen && !list.empty())
				cannot("it sends several messages with control messages in one call");
			list += (list.empty() ? "{." : ", {.") +
				("msg_hdr = " + message(memory, one.msg_hdr, arguments[2] == 1).substr(16)) +
				'}';
		}
		event.step.call = "sendmmsg(" + name + ", (struct mmsghdr[]){" + list + "}, " +
				  std::to_string(arguments[2]) + ", " +
				  flags_text(static_cast<int>(arguments[3])) + ')';
		break;
	}
	case SYS_writev: {
		msghdr of = {};
		of.msg_iov = reinterpret_cast<iovec *>(static_cast<std::uintptr_t>(arguments[1]));
		of.msg_iovlen = static_cast<std::size_t>(arguments[2]);
		const std::string text = message(memory, of);
		const std::size_t from = text.find("= ") + 2;
		event.step.call = "writev(" + name + ", " +
				  text.substr(from, text.rfind(", .msg_iovlen") - from) + ", " +
				  std::to_string(arguments[2]) + ')';
		break;
	}
	default:
		break;
	}
	return true;
}

} // namespace trace
