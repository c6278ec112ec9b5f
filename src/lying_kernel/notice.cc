// SPDX-License-Identifier: GPL-2.0
#include "lying_kernel/notice.h"

#include <netinet/in.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "lying_kernel/real.h"

namespace lying
{

namespace
{

/* Store where the program said; false where the kernel would see EFAULT. */
bool store(void *where, const void *what, std::size_t length)
{
	const KeepErrno keep;
	const iovec from = {const_cast<void *>(what), length};
	const iovec to = {where, length};

	return length == 0 ||
	       ::process_vm_writev(::getpid(), &from, 1, &to, 1, 0) == static_cast<ssize_t>(length);
}

/* net/core/scm.c:put_cmsg, in the program's buffer. */
class ControlWriter {
public:
	ControlWriter(msghdr &message, int &flags, bool wants_padding)
		: wants_padding_(wants_padding), next_(static_cast<std::uint8_t *>(message.msg_control)),
		  left_(message.msg_control ? message.msg_controllen : 0), flags_(flags)
	{
	}

	bool put(const Control &control)
	{
		cmsghdr header = {};
		std::size_t length = CMSG_LEN(control.data.size());

		if (left_ < sizeof(header)) {
			flags_ |= MSG_CTRUNC;
			return true;
		}
		if (left_ < (wants_padding_ ? CMSG_SPACE(control.data.size()) : length))
			flags_ |= MSG_CTRUNC;
		length = std::min(left_, length);
		header.cmsg_len = length;
		header.cmsg_level = control.level;
		header.cmsg_type = control.type;
		if (!store(next_, &header, sizeof(header)) ||
		    !store(next_ + CMSG_LEN(0), control.data.data(), length - CMSG_LEN(0)))
			return false;
		const std::size_t step = std::min(left_, CMSG_SPACE(control.data.size()));
		next_ += step;
		left_ -= step;
		return true;
	}

	std::size_t left() const { return left_; }

private:
	bool wants_padding_;
	std::uint8_t *next_;
	std::size_t left_;
	int &flags_;
};

/* As the kernel lays it out: struct sock_extended_err, and the offender behind it. */
Control encode(const errqueue::Notification &completion)
{
	const auto *err = reinterpret_cast<const std::uint8_t *>(&completion.err);
	Control control{completion.header.level, completion.header.type,
			Bytes(err, err + sizeof(completion.err))};

	control.data.insert(control.data.end(), completion.offender.begin(), completion.offender.end());
	return control;
}

} // namespace

Notice make_notice(int family, std::uint32_t lo, std::uint32_t hi, std::uint8_t code)
{
	Notice notice;
	errqueue::Notification &completion = notice.completion.emplace();

	switch (family) {
	case AF_INET:
		completion.header = {SOL_IP, IP_RECVERR};
		completion.offender.resize(sizeof(sockaddr_in));
		break;
	case AF_INET6:
		completion.header = {SOL_IPV6, IPV6_RECVERR};
		completion.offender.resize(sizeof(sockaddr_in6));
		break;
	default:
		completion.header = {SOL_VSOCK, VSOCK_RECVERR};
	}
	completion.err.ee_origin = SO_EE_ORIGIN_ZEROCOPY;
	completion.err.ee_code = code;
	completion.err.ee_info = lo;
	completion.err.ee_data = hi;
	return notice;
}

std::optional<Notice> take_notice(int fd)
{
	static thread_local Bytes payload(1 << 17);
	Notice notice;
	Bytes control(1024);
	sockaddr_storage name = {};
	iovec vector = {payload.data(), payload.size()};
	msghdr message = {};

	message.msg_name = &name;
	message.msg_namelen = sizeof(name);
	message.msg_iov = &vector;
	message.msg_iovlen = 1;
	message.msg_control = control.data();
	message.msg_controllen = control.size();
	const ssize_t length = REAL(recvmsg)(fd, &message, MSG_ERRQUEUE | MSG_DONTWAIT);
	if (length < 0)
		return std::nullopt;
	const errqueue::Message parsed = errqueue::parse(message, length);
	const std::uint8_t *next = control.data();
	for (const errqueue::ControlMessage &each : parsed.control) {
		notice.controls.push_back(
			{each.level, each.type, Bytes(next + CMSG_LEN(0), next + each.length)});
		next += CMSG_ALIGN(each.length);
	}
	if (!parsed.notifications.empty() &&
	    parsed.notifications.back().err.ee_origin == SO_EE_ORIGIN_ZEROCOPY) {
		notice.completion = parsed.notifications.back();
		notice.controls.pop_back();
	}
	notice.payload.assign(payload.begin(), payload.begin() + length);
	notice.name.resize(message.msg_namelen);
	std::memcpy(notice.name.data(), &name, message.msg_namelen);
	notice.flags = message.msg_flags;
	return notice;
}

ssize_t give_notice(const Notice &notice, msghdr &message, const Delivery &delivery)
{
	std::size_t done = 0;
	int flags = notice.flags;

	for (std::size_t i = 0; i < message.msg_iovlen && done < notice.payload.size(); i++) {
		const std::size_t part = std::min(message.msg_iov[i].iov_len, notice.payload.size() - done);

		if (!store(message.msg_iov[i].iov_base, notice.payload.data() + done, part))
			return fail(EFAULT);
		done += part;
	}
	if (done < notice.payload.size())
		flags |= MSG_TRUNC;
	if (message.msg_name)
		store(message.msg_name, notice.name.data(),
		      std::min<std::size_t>(message.msg_namelen, notice.name.size()));
	message.msg_namelen = notice.name.size();

	ControlWriter writer(message, flags, delivery.wants_padding);
	bool stored = true;
	for (const Control &control : notice.controls)
		stored &= writer.put(control);
	if (notice.completion)
		stored &= writer.put(encode(*notice.completion));
	if (!stored && delivery.fault_is_error)
		return fail(EFAULT);
	if (message.msg_control)
		message.msg_controllen -= writer.left();
	if (delivery.hide_truncation)
		flags &= ~MSG_CTRUNC;
	message.msg_flags = flags;
	return static_cast<ssize_t>(done);
}

} // namespace lying
