// SPDX-License-Identifier: GPL-2.0
#include "netns/xdp_socket.h"

#include <linux/if_xdp.h>
#include <net/if.h>
#include <sys/socket.h>

#include <atomic>
#include <cstdint>
#include <cstring>

#include "os/check.h"
#include "os/option.h"
#include "os/socket.h"

namespace netns
{

namespace
{

constexpr int frames = 4;
constexpr std::uint32_t frame_size = 2048;

/* An index that the kernel, too, accesses. */
std::atomic_ref<std::uint32_t> index(const os::Mapping &ring, std::size_t offset)
{
	return std::atomic_ref(*reinterpret_cast<std::uint32_t *>(ring.data() + offset));
}

} // namespace

XdpSocket::XdpSocket(const std::string &device, Xdp mode)
	: socket_(os::open_socket(AF_XDP, SOCK_RAW)), memory_(frames * frame_size)
{
	const int fd = socket_.get();
	const auto map = [fd](std::size_t length, std::int64_t offset) {
		return os::Mapping(length, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, offset);
	};
	xdp_umem_reg memory = {};

	memory.addr = reinterpret_cast<std::uintptr_t>(memory_.data());
	memory.len = memory_.size();
	memory.chunk_size = frame_size;
	os::set_option(fd, SOL_XDP, XDP_UMEM_REG, memory, "setsockopt(XDP_UMEM_REG)");
	/* Nothing is sent, but no socket is bound without the ring of what was. */
	for (const int ring : {XDP_UMEM_FILL_RING, XDP_UMEM_COMPLETION_RING, XDP_RX_RING})
		os::set_option(fd, SOL_XDP, ring, frames, "setsockopt(AF_XDP ring)");
	const auto offsets = os::get_option<xdp_mmap_offsets>(fd, SOL_XDP, XDP_MMAP_OFFSETS,
							      "getsockopt(XDP_MMAP_OFFSETS)");
	const os::Mapping fill =
		map(offsets.fr.desc + frames * sizeof(std::uint64_t), XDP_UMEM_PGOFF_FILL_RING);
	for (std::uint64_t i = 0; i < frames; i++) {
		const std::uint64_t frame = i * frame_size;

		std::memcpy(fill.data() + offsets.fr.desc + i * sizeof(frame), &frame, sizeof(frame));
	}
	index(fill, offsets.fr.producer).store(frames, std::memory_order_release);
	ring_.emplace(map(offsets.rx.desc + frames * sizeof(xdp_desc), XDP_PGOFF_RX_RING));
	producer_ = offsets.rx.producer;
	descriptors_ = offsets.rx.desc;

	sockaddr_xdp address = {};
	address.sxdp_family = AF_XDP;
	address.sxdp_flags = XDP_COPY;
	address.sxdp_ifindex = ::if_nametoindex(device.c_str());
	os::check(::bind(fd, reinterpret_cast<const sockaddr *>(&address), sizeof(address)), "bind(AF_XDP)");
	program_ = attach_xdp_redirect(device, mode, fd);
}

os::Bytes XdpSocket::first_packet() const
{
	xdp_desc first;

	if (index(*ring_, producer_).load(std::memory_order_acquire) == 0)
		return {};
	std::memcpy(&first, ring_->data() + descriptors_, sizeof(first));
	return memory_.bytes().subspan(first.addr, first.len);
}

} // namespace netns
