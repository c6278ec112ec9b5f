/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <cstdint>
#include <deque>
#include <stdexcept>
#include <string>
#include <vector>

#include "os/bytes.h"

namespace transport
{

/* The receiver got other bytes than were sent, or not all of them. */
class Corruption : public std::runtime_error {
public:
	using std::runtime_error::runtime_error;
};

/* A call says that it has taken memory that cannot be read. */
class TookNothing : public std::runtime_error {
public:
	using std::runtime_error::runtime_error;
};

/* The receiver got bytes as they were at the send call, where a store into a buffer that is shared
 * with the kernel had changed them. */
class Unshared : public std::runtime_error {
public:
	using std::runtime_error::runtime_error;
};

/*
 * What the receiver must get: a copy of every byte that a send accepted, taken
 * when it returned. Compares what arrives, byte by byte. Pure.
 */
class Transcript {
public:
	/* A byte stream, datagrams with their boundaries, or messages that keep their order too. */
	enum class Of { stream, datagrams, messages };
	explicit Transcript(Of what) : what_(what) {}

	/* Sent bytes. `more`: the datagram goes on with the next ones. */
	void append(os::Bytes bytes, bool more);
	/* The kernel dropped the datagram that was being put together. */
	void drop_unfinished() { unfinished_.clear(); }
	/* The last `bytes.size()` bytes sent are these now: they were rewritten on their way. */
	void replace_last(os::Bytes bytes);
	/* The same because the sender stored over a buffer that it shares with the kernel. */
	void store_over_last(os::Bytes bytes);
	/* From here on datagrams arrive cut into segments of that size. */
	void set_segment_size(std::size_t size) { segment_size_ = size; }
	bool segmented() const { return segment_size_; }

	/* Bytes of the stream, or one datagram or message, arrived. Datagrams may come in
	 * any order. Throws Corruption that says where the difference is, or Unshared. */
	void arrived(os::Bytes bytes);
	/* Everything sent has arrived. */
	bool complete() const { return stream() ? arrived_ == sent_.size() : datagrams_.empty(); }
	/* "12 of 1000 bytes have not arrived", for people. */
	std::string describe() const;

private:
	bool stream() const { return what_ == Of::stream; }
	bool was_sent_so(std::size_t at, std::uint8_t byte) const;

	Of what_;
	os::Data sent_;		  /* of a stream, from its start */
	std::size_t arrived_ = 0; /* so much of it */
	std::deque<os::Data> datagrams_;
	os::Data unfinished_;
	/* As they were before store_over_last(): bytes of the stream, the first of them at `at`; or
	 * datagrams. */
	struct Stale {
		std::size_t at;
		os::Data bytes;
	};
	std::vector<Stale> stale_;
	std::size_t segment_size_ = 0;
};

} // namespace transport
