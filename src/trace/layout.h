/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "reproducer/program.h"
#include "trace/memory.h"
#include "trace/seeded.h"

namespace trace
{

/*
 * The memory that a case sends from, page by page: what a program must have stored there before
 * a call, and where it has that memory itself.
 */
class Layout {
public:
	explicit Layout(const SeededBytes &seeded) : seeded_(seeded) {}

	/* A call takes these bytes. Returns the address as steps have it before resolve(). */
	std::string use(const Memory &memory, std::uint64_t address, std::uint64_t length);
	/* The stores that make the used memory what it is now. Nothing where it is as it was. */
	std::vector<reproducer::Step> stores(const Memory &memory);
	std::size_t pages() const { return pages_.size(); }
	/* These pages are unmapped. */
	std::vector<reproducer::Step> unmapped(std::uint64_t address, std::uint64_t length);
	bool is_used(std::uint64_t address) const
	{
		const auto found = pages_.find(address / page);
		return found != pages_.end() && found->second.ever;
	}
	/* Something else than private anonymous memory is mapped there from here on. Returns what
	 * needed() takes. */
	unsigned mapped(const Memory &memory, std::uint64_t address, std::uint64_t length, bool writable,
			int file);
	/* Does a call take bytes of that mapping? */
	bool needed(unsigned mapping) const { return mappings_.at(mapping).used; }
	/* Is a mapping of that file needed that was made at that place or later? */
	bool needs_file(int file, std::size_t place) const;
	/* Its descriptor is closed, and may be another file's later. */
	void closed(int file);
	/* Has that file a mapping? */
	bool is_mapped(int file) const;
	/* It has other bytes now. */
	void refresh(const Memory &memory, int file);
	/* The steps that store what is there in `to` of the program. */
	std::vector<reproducer::Step> contents(const Memory &memory, std::uint64_t address,
					       std::uint64_t length, const std::string &to);
	/* A name for an address before resolve(). */
	static std::string name(std::uint64_t address);

	/* Uses from here on are at that place. */
	void at(std::size_t place) { place_ = place; }
	/* The call that began at that place returns at the other: until then it used its memory. */
	void returned(std::size_t began, std::size_t at);
	/* Is a step of unmapped(), at that place, of pages that are not used later? */
	bool is_last(const reproducer::Step &unmapping, std::size_t place) const;
	/* The steps that make the memory; puts its names into all others. */
	std::vector<reproducer::Step> resolve(std::vector<reproducer::Step> &steps) const;
	/* Where that is not possible. */
	const std::string &cannot() const { return cannot_; }

private:
	static constexpr std::size_t page = 4096;
	using Page = std::array<std::uint8_t, page>;
	struct Used {
		Page content = {};		   /* as the program has it */
		std::array<bool, page> taken = {}; /* these bytes were sent */
		std::size_t last = 0;		   /* place of use */
		bool ever = false;		   /* used at all */
		bool special = false;		   /* see mapped() */
		bool gone = false;		   /* not mapped, in the program */
		bool passing = false;		   /* of a heap or a stack: of no concern after the call */
	};
	struct Mapping {
		std::uint64_t from, to;
		bool writable;
		int file;
		std::size_t place;
		bool used = false, there = true, open = true;
	};

	bool is_writable(std::uint64_t address) const;
	void store(std::vector<reproducer::Step> &steps, std::uint64_t address, os::Bytes bytes,
		   os::Bytes beyond);

	const SeededBytes &seeded_;
	std::map<std::uint64_t, Used> pages_;
	std::vector<Mapping> mappings_;
	std::size_t place_ = 0;
	std::string cannot_;
};

/* Bytes as a string of C; `between`: what separates its pieces, "": it is one. */
std::string literal(os::Bytes bytes, const std::string &between = "");

} // namespace trace
