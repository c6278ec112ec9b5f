/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "os/fd.h"

namespace netns
{

/* A netlink socket of the caller's namespace. Throws std::system_error. */
os::Fd open_netlink(int protocol);

/* Requests to the kernel with their attributes, which go out together. */
class NetlinkRequests {
public:
	/* Begin a message: nlmsg_type, flags besides NLM_F_REQUEST, and the structure that its
	 * attributes follow. What is added next belongs to it. */
	void begin(std::uint16_t type, std::uint16_t flags, const void *data, std::size_t length);
	template <typename Struct> void begin(std::uint16_t type, std::uint16_t flags, const Struct &data)
	{
		begin(type, flags, &data, sizeof(data));
	}

	/* Returns where the attribute begins. */
	std::size_t add(std::uint16_t type, const void *data, std::size_t length);
	void add(std::uint16_t type, const std::string &text) { add(type, text.c_str(), text.size() + 1); }
	void add(std::uint16_t type, std::uint32_t value) { add(type, &value, sizeof(value)); }
	/* What is added between these two is within that attribute. */
	std::size_t open(std::uint16_t type) { return add(type, nullptr, 0); }
	void close(std::size_t opened);

	std::string_view bytes() const { return {bytes_.data(), bytes_.size()}; }
	/* Send all of it. Throws std::system_error. */
	void send(int netlink) const;
	/* The same, and hear what becomes of it. Returns 0, or the errno of the first answer: one message has
	 * NLM_F_ACK, so that there is one. Throws std::system_error where they cannot be exchanged. */
	int make(int netlink) const;
	/* The same where none may fail. Throws std::system_error, which names `what` the kernel refused. */
	void must_make(int netlink, const char *what) const;

private:
	void append(const void *data, std::size_t length);

	std::vector<char> bytes_;
	std::size_t message_ = 0; /* where the last one begins */
};

/* nlmsg_type of that family of generic netlink. Throws std::system_error; ENOENT: the kernel has none. */
std::uint16_t generic_netlink_family(const std::string &name);

} // namespace netns
