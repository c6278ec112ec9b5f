// SPDX-License-Identifier: GPL-2.0
#include "os/mapping.h"

#include <linux/mempolicy.h>
#include <sys/syscall.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>

#include "os/check.h"
#include "os/pages.h"

/* asm/unistd.h of Linux 5.14 and later. */
#ifndef SYS_memfd_secret
#define SYS_memfd_secret 447
#endif

/* Of the linker. */
extern "C" char __executable_start; // NOLINT(bugprone-reserved-identifier)
extern "C" char etext;

namespace os
{

void map_program()
{
	const auto start = reinterpret_cast<std::uintptr_t>(&__executable_start);

	::madvise(&__executable_start, reinterpret_cast<std::uintptr_t>(&etext) - start, MADV_POPULATE_READ);
}

static Fd sized(int file, std::size_t length, const char *what)
{
	Fd owned(check(file, what));

	check(::ftruncate(owned.get(), static_cast<off_t>(length)), "ftruncate()");
	return owned;
}

Mapping::Mapping(std::size_t length, int protection, int flags, int file, std::int64_t offset)
	: data_(nullptr), size_(length)
{
	void *mapped = ::mmap64(nullptr, length, protection, flags, file, offset);

	if (mapped == MAP_FAILED)
		check(-1, "mmap()");
	data_ = static_cast<std::uint8_t *>(mapped);
}

Mapping::~Mapping()
{
	if (data_)
		::munmap(data_, size_);
}

Mapping memory_of(Bytes bytes)
{
	Mapping memory(bytes.size());

	std::ranges::copy(bytes, memory.data());
	return memory;
}

Fd memory_file(std::size_t length)
{
	return sized(::memfd_create("source", MFD_CLOEXEC), length, "memfd_create()");
}

Fd file_of(Bytes bytes)
{
	Fd file = memory_file(bytes.size());

	check(::pwrite(file.get(), bytes.data(), bytes.size(), 0), "pwrite()");
	return file;
}

Fd secret_file(std::size_t length)
{
	return sized(static_cast<int>(::syscall(SYS_memfd_secret, 0)), length, "memfd_secret()");
}

Mapping huge_pages(std::size_t length)
{
	const std::size_t size = huge_page_size();

	return Mapping((length + size - 1) / size * size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB);
}

bool move_to_other_node(void *page)
{
	constexpr int most_nodes = 64;
	int now = 0;
	int moved = 0;

	check(::syscall(SYS_move_pages, 0, 1, &page, nullptr, &now, 0), "move_pages()");
	for (int node = 0; node < most_nodes; node++)
		if (node != now && ::syscall(SYS_move_pages, 0, 1, &page, &node, &moved, MPOL_MF_MOVE) >= 0)
			return moved == node;
	errno = ENODEV;
	check(-1, "move_pages()");
	return false;
}

const std::uint8_t *unmapped_page()
{
	const auto size = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
	void *const low = reinterpret_cast<void *>(std::uintptr_t{2} << 20);
	void *const mapped = ::mmap(low, size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (mapped == MAP_FAILED)
		check(-1, "mmap()");
	check(::munmap(mapped, size), "munmap()");
	return static_cast<const std::uint8_t *>(mapped);
}

Bytes named_mapping(const char *name)
{
	std::ifstream maps("/proc/self/maps");
	std::string line;

	while (std::getline(maps, line)) {
		std::istringstream words(line);
		std::string permissions, offset, device, inode, path;
		std::uintptr_t start, end;
		char dash;

		words >> std::hex >> start >> dash >> end >> permissions >> offset >> device >> inode >> path;
		if (path == name)
			return {reinterpret_cast<const std::uint8_t *>(start), end - start};
	}
	throw Missing(std::string(name) + " in /proc/self/maps");
}

} // namespace os
