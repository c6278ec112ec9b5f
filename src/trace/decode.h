/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <string>

#include "os/address.h"
#include "trace/memory.h"
#include "trace/seeded.h"

/* The memory that arguments of system calls point to, as text. */
namespace trace
{

/* "0x7f0000001000+1000 seed+0": pointer, length, and which bytes these are. */
std::string bytes_text(const Memory &memory, const SeededBytes &seeded, std::uint64_t address,
		       std::uint64_t length);
/* "0x7f0000001000+1000": to be written by the kernel. */
std::string room_text(std::uint64_t address, std::uint64_t length);
/* Of no family where it cannot be read. */
os::Address address_at(const Memory &memory, std::uint64_t address, std::size_t length);
/* "10.0.0.2:8000", "[fd00::2]:8000", "NULL" */
std::string address_text(const Memory &memory, std::uint64_t address, std::size_t length);
/* A value of that many bytes, of an option or a control message. */
std::string value_text(const std::vector<std::uint8_t> &value);

/* A message to send: its name, vector and control messages. */
std::string message_text(const Memory &memory, const SeededBytes &seeded, const msghdr &message);
/* A message to receive, before the call: its buffers. */
std::string message_room_text(const Memory &memory, const msghdr &message);
/* After the call: every field of every notification, by errqueue::describe(), or the
 * received bytes. */
std::string received_text(const Memory &memory, const SeededBytes &seeded, const msghdr &message,
			  ssize_t returned, unsigned flags);

} // namespace trace
