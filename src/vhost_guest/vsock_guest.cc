// SPDX-License-Identifier: GPL-2.0
#include "vhost_guest/vsock_guest.h"

/* The functions of linux/virtio_ring.h are not for C++. */
#define VIRTIO_RING_NO_LEGACY

#include <fcntl.h>
#include <linux/vhost.h>
#include <linux/virtio_config.h>
#include <linux/virtio_vsock.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <random>

#include "os/check.h"
#include "os/deadline.h"

namespace vhost_guest
{

namespace
{

/* The device's rings, as it counts them. */
enum Ring : unsigned { receive_ring = 0, send_ring = 1 };

/* One packet is on its way at a time, but the kernel takes none while as many answers
 * as the ring has buffers wait for the guest (vhost_vsock_more_replies). */
constexpr std::uint16_t send_buffers = VsockGuest::most_buffers;
/* The one behind those that it receives into. */
constexpr std::uint16_t send_buffer = VsockGuest::most_buffers;

/* Each ring and each buffer begins so. */
std::size_t aligned(std::size_t offset)
{
	constexpr std::size_t alignment = 64;

	return (offset + alignment - 1) / alignment * alignment;
}

std::size_t send_ring_at()
{
	return aligned(SplitRing::footprint(VsockGuest::most_buffers));
}

std::size_t buffers_at()
{
	return send_ring_at() + aligned(SplitRing::footprint(send_buffers));
}

std::size_t memory_needed()
{
	return buffers_at() + (VsockGuest::most_buffers + 1) * aligned(VsockGuest::largest_buffer);
}

/* The device knows memory by the addresses that this process has. */
std::uint64_t address(const std::uint8_t *pointer)
{
	return reinterpret_cast<std::uintptr_t>(pointer);
}

os::Fd open_event()
{
	return os::Fd(os::check(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd()"));
}

void raise(const os::Fd &event)
{
	os::check(::eventfd_write(event.get(), 1), "write(eventfd)");
}

void lower(const os::Fd &event)
{
	eventfd_t count;

	::eventfd_read(event.get(), &count);
}

template <typename Argument>
void control(const os::Fd &device, unsigned long request, Argument &&argument, const char *what)
{
	os::check(::ioctl(device.get(), request, argument), what);
}

} // namespace

VsockGuest::VsockGuest()
	: memory_(memory_needed()), kick_receive_(open_event()), kick_send_(open_event()),
	  filled_(open_event()), sent_(open_event()),
	  device_(os::check(::open("/dev/vhost-vsock", O_RDWR | O_CLOEXEC), "open(/dev/vhost-vsock)"))
{
	std::uint64_t known = 0;
	const int running = 1;

	control(device_, VHOST_SET_OWNER, nullptr, "VHOST_SET_OWNER");
	control(device_, VHOST_GET_FEATURES, &known, "VHOST_GET_FEATURES");
	seqpacket_ = known >> VIRTIO_VSOCK_F_SEQPACKET & 1;
	const std::uint64_t features =
		known & (std::uint64_t{1} << VIRTIO_F_VERSION_1 | 1 << VIRTIO_VSOCK_F_SEQPACKET);
	control(device_, VHOST_SET_FEATURES, &features, "VHOST_SET_FEATURES");
	set_up_rings();
	choose_cid();
	control(device_, VHOST_VSOCK_SET_RUNNING, &running, "VHOST_VSOCK_SET_RUNNING");
}

void VsockGuest::set_up_rings()
{
	const std::span<std::uint8_t> memory(memory_.data(), memory_.size());
	const vhost_memory header = {.nregions = 1, .padding = 0};
	const vhost_memory_region region = {.guest_phys_addr = address(memory.data()),
					    .memory_size = memory.size(),
					    .userspace_addr = address(memory.data()),
					    .flags_padding = 0};
	alignas(vhost_memory) std::array<std::uint8_t, sizeof(header) + sizeof(region)> table;

	receive_.emplace(memory, most_buffers);
	send_.emplace(memory.subspan(send_ring_at()), send_buffers);
	for (std::uint16_t number = most_buffers; number > 0; number--)
		free_.push_back(number - 1);
	std::memcpy(table.data(), &header, sizeof(header));
	std::memcpy(table.data() + sizeof(header), &region, sizeof(region));
	control(device_, VHOST_SET_MEM_TABLE, table.data(), "VHOST_SET_MEM_TABLE");
	tell_of_ring(receive_ring, *receive_, kick_receive_.get(), filled_.get());
	tell_of_ring(send_ring, *send_, kick_send_.get(), sent_.get());
}

void VsockGuest::tell_of_ring(unsigned index, const SplitRing &ring, int kick, int call)
{
	const vhost_vring_state size = {index, ring.buffers()};
	const vhost_vring_state base = {index, 0};
	const vhost_vring_addr parts = {.index = index,
					.flags = 0,
					.desc_user_addr = address(ring.descriptors()),
					.used_user_addr = address(ring.used()),
					.avail_user_addr = address(ring.available()),
					.log_guest_addr = 0};
	const vhost_vring_file kick_file = {index, kick};
	const vhost_vring_file call_file = {index, call};

	control(device_, VHOST_SET_VRING_NUM, &size, "VHOST_SET_VRING_NUM");
	control(device_, VHOST_SET_VRING_BASE, &base, "VHOST_SET_VRING_BASE");
	control(device_, VHOST_SET_VRING_ADDR, &parts, "VHOST_SET_VRING_ADDR");
	control(device_, VHOST_SET_VRING_KICK, &kick_file, "VHOST_SET_VRING_KICK");
	control(device_, VHOST_SET_VRING_CALL, &call_file, "VHOST_SET_VRING_CALL");
}

/* CIDs are the whole machine's: one that nobody would give a guest of his, and by
 * chance, as several of us may be at it. */
void VsockGuest::choose_cid()
{
	std::random_device random;

	for (;;) {
		const std::uint64_t cid = 0x40000000 | (random() & 0x3fffffff);

		if (::ioctl(device_.get(), VHOST_VSOCK_SET_GUEST_CID, &cid) == 0) {
			cid_ = static_cast<std::uint32_t>(cid);
			return;
		}
		if (errno != EADDRINUSE)
			os::check(-1, "VHOST_VSOCK_SET_GUEST_CID");
	}
}

std::uint8_t *VsockGuest::buffer(unsigned number) const
{
	return memory_.data() + buffers_at() + number * aligned(largest_buffer);
}

void VsockGuest::give_buffers(unsigned count, std::size_t length)
{
	const std::uint16_t before = receive_->offered();

	for (; count > 0 && !free_.empty(); count--) {
		receive_->offer(free_.back(), address(buffer(free_.back())),
				static_cast<std::uint32_t>(length), SplitRing::Writer::device);
		free_.pop_back();
	}
	if (receive_->offered() != before)
		raise(kick_receive_);
}

std::optional<VsockPacket> VsockGuest::read()
{
	std::optional<SplitRing::Used> used = receive_->take_used();

	/* Looked at again, as it may have been raised for what came in between. */
	if (!used) {
		lower(filled_);
		used = receive_->take_used();
	}
	if (!used)
		return {};
	if (used->number >= most_buffers || used->length > largest_buffer)
		throw os::Unexpected("the device used a buffer that it was not given");
	free_.push_back(used->number);
	std::optional<VsockPacket> packet = parse_vsock(os::Bytes(buffer(used->number), used->length));
	if (!packet)
		throw os::Unexpected("the device filled a buffer with something other than a packet");
	return packet;
}

void VsockGuest::write(const VsockPacket &packet)
{
	const os::Data wire = build(packet);
	const os::Deadline deadline;
	pollfd polls[] = {{sent_.get(), POLLIN, 0}};

	if (wire.size() > largest_buffer)
		throw std::invalid_argument("a packet of " + std::to_string(wire.size()) + " bytes");
	std::ranges::copy(wire, buffer(send_buffer));
	send_->offer(0, address(buffer(send_buffer)), static_cast<std::uint32_t>(wire.size()),
		     SplitRing::Writer::driver);
	raise(kick_send_);
	while (!send_->take_used()) {
		if (os::poll(polls, deadline) == 0)
			throw os::Unexpected("the device took no packet in time");
		lower(sent_);
	}
}

} // namespace vhost_guest
