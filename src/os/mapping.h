/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <utility>

#include "os/bytes.h"
#include "os/fd.h"

namespace os
{

/* Memory that is unmapped with its owner. */
class Mapping {
public:
	/* As mmap(2) has it. Throws std::system_error. */
	explicit Mapping(std::size_t length, int protection = PROT_READ | PROT_WRITE,
			 int flags = MAP_PRIVATE | MAP_ANONYMOUS, int file = -1, std::int64_t offset = 0);
	Mapping(Mapping &&other) noexcept : data_(std::exchange(other.data_, nullptr)), size_(other.size_) {}
	Mapping(const Mapping &) = delete;
	Mapping &operator=(const Mapping &) = delete;
	~Mapping();

	std::uint8_t *data() const { return data_; }
	std::size_t size() const { return size_; }
	Bytes bytes() const { return {data_, size_}; }

private:
	std::uint8_t *data_;
	std::size_t size_;
};

/* Private memory with these bytes. */
Mapping memory_of(Bytes bytes);
/* A file in memory, of no name and of that length. */
Fd memory_file(std::size_t length);
/* The same with these bytes, its position at the start. */
Fd file_of(Bytes bytes);
/* One whose pages the kernel itself cannot reach: memfd_secret(2). */
Fd secret_file(std::size_t length);
/* Huge pages of the default size, reserved ones, at least so many bytes. */
Mapping huge_pages(std::size_t length);

/* Move a page in use to another memory node. False where it does not go, as
 * someone else holds it; throws std::system_error where there is no other node. */
bool move_to_other_node(void *page);

/* A page that was mapped and is no more. Low, where the kernel puts nothing by its own
 * choice, so that nobody gets it meanwhile. */
const std::uint8_t *unmapped_page();

/* The first mapping of this process that /proc/self/maps gives that name, "[vvar]".
 * Throws os::Missing where there is none. */
Bytes named_mapping(const char *name);

/* Map the whole of this program's code at once: after a fork(2) it would be mapped piece by piece, as it
 * is run. Where the kernel cannot (before Linux 5.14) nothing happens. */
void map_program();

} // namespace os
