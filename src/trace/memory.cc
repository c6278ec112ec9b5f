// SPDX-License-Identifier: GPL-2.0
#include "trace/memory.h"

#include <sys/uio.h>

namespace trace
{

std::vector<std::uint8_t> Memory::read(std::uint64_t address, std::size_t length) const
{
	std::vector<std::uint8_t> bytes(length);
	const iovec here = {bytes.data(), length};
	const iovec there = {reinterpret_cast<void *>(static_cast<std::uintptr_t>(address)), length};

	if (address == 0 || ::process_vm_readv(pid_, &here, 1, &there, 1, 0) != static_cast<ssize_t>(length))
		bytes.clear();
	return bytes;
}

} // namespace trace
