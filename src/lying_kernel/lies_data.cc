// SPDX-License-Identifier: GPL-2.0
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "lying_kernel/lies.h"

using namespace lying;

namespace
{

/* Bytes that a stream has behind its first page, or a datagram behind its first
 * few. */
bool at_border(const Receiving &call, std::size_t i)
{
	return call.socket.stream() ? call.socket.received + i == 4096 : i == 1000;
}

void flip(const Receiving &call, std::size_t i, std::uint8_t bits)
{
	if (std::uint8_t *byte = call.at(i))
		*byte ^= bits;
}

/* Change what was read, except what was only looked at. */
template <typename Change> ssize_t changed(const Receiving &call, Change change)
{
	const ssize_t length = call.make();

	if (length > 0 && !(call.flags & MSG_PEEK))
		change(static_cast<std::size_t>(length));
	return length;
}

/* As the kernel could, whatever the program may do there. */
void scribble(void *start)
{
	std::uint8_t byte = 0xa5;
	const iovec from = {&byte, 1};
	const iovec to = {start, 1};
	const std::uintptr_t page = ::sysconf(_SC_PAGESIZE);
	void *const at = reinterpret_cast<void *>(reinterpret_cast<std::uintptr_t>(start) & -page);

	if (::process_vm_writev(::getpid(), &from, 1, &to, 1, 0) == 1 ||
	    ::mprotect(at, page, PROT_READ | PROT_WRITE) < 0)
		return;
	::process_vm_writev(::getpid(), &from, 1, &to, 1, 0);
	::mprotect(at, page, PROT_READ);
}

constexpr std::array lies = {
	Lie("first-byte-wrong", "The first byte that a receiver reads is not what was sent.",
	    "ZC-IN-08 ZC-IN-01 ZC-IN-03 ZC-IN-07 ZC-CT-01 ZC-MX-01 ZC-TX-01 ZC-PM-01 ZC-BP-02 "
	    "ZC-BP-05",
	    {.receive = [](const Receiving &call) -> ssize_t {
		    return changed(call, [&](std::size_t) {
			    if (call.socket.reads == 0)
				    flip(call, 0, 1);
		    });
	    }}),
	Lie("last-byte-wrong", "The last byte of each read is not what was sent.",
	    "ZC-IN-08 ZC-IN-01 ZC-IN-03 ZC-IN-07 ZC-CT-01 ZC-MX-01 ZC-TX-01 ZC-MEM-01 ZC-MEM-13 ZC-MEM-14 "
	    "ZC-MEM-15 ZC-VS-12 ZC-MEM-70 ZC-MEM-71 ZC-MEM-72 ZC-LO-85",
	    {.receive = [](const Receiving &call) -> ssize_t {
		    return changed(call, [&](std::size_t length) { flip(call, length - 1, 0x80); });
	    }}),
	Lie("border-byte-wrong", "One byte where pages meet is not what was sent.",
	    "ZC-IN-08 ZC-IN-01 ZC-CT-01 ZC-CT-02", {.receive = [](const Receiving &call) -> ssize_t {
		    return changed(call, [&](std::size_t length) {
			    for (std::size_t i = 0; i < length; i++)
				    if (at_border(call, i))
					    flip(call, i, 0x10);
		    });
	    }}),
	Lie("second-read-wrong", "A byte of the second piece that arrives is not what was sent.",
	    "ZC-IN-08 ZC-MX-01 ZC-CT-01", {.receive = [](const Receiving &call) -> ssize_t {
		    return changed(call, [&](std::size_t length) {
			    if (call.socket.reads == 1)
				    flip(call, length / 2, 0x55);
		    });
	    }}),
	Lie("data-reordered", "The halves of the first piece that arrives are exchanged.",
	    "ZC-IN-08 ZC-IN-01 ZC-CT-01 ZC-MX-01", {.receive = [](const Receiving &call) -> ssize_t {
		    return changed(call, [&](std::size_t length) {
			    if (call.socket.reads > 0 || !call.at(length - 1))
				    return;
			    for (std::size_t i = 0; i < length / 2; i++)
				    std::swap(*call.at(i), *call.at(length / 2 + i));
		    });
	    }}),
	Lie("data-cut", "The last byte of a piece is missing.", "ZC-IN-08 ZC-IN-01 ZC-CT-01 ZC-MX-01",
	    {.receive = [](const Receiving &call) -> ssize_t {
		    const ssize_t length = call.make();

		    return length > 1 && call.socket.reads == 0 ? length - 1 : length;
	    }}),
	Lie("data-twice", "The first piece that arrives arrives again.",
	    "ZC-IN-08 ZC-IN-01 ZC-CT-01 ZC-MX-01", {.receive = [](const Receiving &call) -> ssize_t {
		    return call.socket.reads == 0 ? call.make_with(call.flags | MSG_PEEK) : call.make();
	    }}),
	Lie("buffer-scribbled", "A flagged send stores into the sender's buffer.", "ZC-IN-05 ZC-IN-08",
	    {.send = [](Sending &call) -> ssize_t {
		    const ssize_t result = call.make();
		    const KeepErrno keep;

		    if (result > 0 && call.flagged())
			    scribble(call.message.msg_iov->iov_base);
		    return result;
	    }}),
};

} // namespace

constinit const std::span<const Lie> lying::lies_about_data = lies;
