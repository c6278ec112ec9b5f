/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "transport/payload.h"

namespace trace
{

/*
 * Says which bytes of a run's payloads some bytes are. All payloads of a case, one
 * after the other, are what follows from its seed: transport::Generator. Pure.
 */
class SeededBytes {
public:
	explicit SeededBytes(std::uint64_t seed);

	/*
	 * "seed+1000": these are the seed's bytes from the 1000th on; "~seed+1000":
	 * these, after Payload::overwrite(). Several such parts, with their lengths,
	 * where they came from several sends. What is neither is shown: "01 7f 80 ...".
	 * `beyond`: more bytes that lie behind, which tell apart what is too short by
	 * itself.
	 */
	std::string describe(os::Bytes bytes, os::Bytes beyond = {}) const;
	/* Bytes that follow from the seed, from that one on, or that are none of them. */
	struct Part {
		std::size_t length;
		std::optional<std::size_t> at;
		bool inverted;
	};
	/* All of the bytes. */
	std::vector<Part> parts(os::Bytes bytes, os::Bytes beyond = {}) const;
	/* A payload's, as it was or overwritten, and enough of them to tell. */
	bool knows(os::Bytes bytes) const;

private:
	/* Where bytes that begin like these are. Quick, also where they are nowhere: the
	 * case waits meanwhile. */
	std::optional<std::size_t> find(os::Bytes bytes) const;
	/* The entry of places_ that has this word, or is free for it. */
	std::size_t entry(std::uint64_t word) const;
	/* The longest that `bytes` begin with; nothing where that is not known. */
	std::optional<Part> first_part(os::Bytes bytes, os::Bytes beyond) const;

	os::Data made_; /* from the first on */
	/* Where in made_ a word is, by its low bits: these are random already. From one. */
	std::vector<std::uint32_t> places_;
};

} // namespace trace
