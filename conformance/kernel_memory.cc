// SPDX-License-Identifier: GPL-2.0
/* Source memory: pages of the kernel's own, or of other files, that a process maps. How they are mapped
 * decides whether a flagged send takes them: as ordinary pages, which can be referred to, or by their numbers
 * alone (VM_PFNMAP), which mm/gup.c:check_vma_flags refuses. */
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/io_uring.h>
#include <linux/perf_event.h>
#include <linux/udmabuf.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <system_error>

#include "conformance/chapter.h"
#include "os/userfault.h"

namespace
{

os::Fd opened(long descriptor, const char *call)
{
	return os::Fd(os::check(static_cast<int>(descriptor), call));
}

/* Memory of that kind; the case is skipped where this kernel has none, or none for this user. */
Mapping available(Test &test, Mapping (*make)(), const char *kind)
{
	try {
		return make();
	} catch (const std::system_error &refused) {
		test.skip(std::string(kind) + ": " + refused.what());
	}
}

Mapping shared(std::size_t pages, const os::Fd &file, off_t offset = 0)
{
	return Mapping(pages * page_size(), PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), offset);
}

/* The last bytes of the first page, which the kernel does not use, filled. */
Bytes end_of_page(const Mapping &memory)
{
	const Payload payload(1000);
	std::uint8_t *const end = memory.data() + page_size() - payload.size();

	std::ranges::copy(payload.bytes(), end);
	return {end, payload.size()};
}

Mapping bpf_map(std::uint32_t type, std::uint32_t entries, std::uint32_t flags)
{
	bpf_attr map = {};

	map.map_type = type;
	map.max_entries = entries;
	map.map_flags = flags;
	return shared(1,
		      opened(::syscall(SYS_bpf, BPF_MAP_CREATE, &map, sizeof(map)), "bpf(BPF_MAP_CREATE)"));
}

/* BPF_MAP_TYPE_ARENA, which linux/bpf.h here need not have yet. */
constexpr std::uint32_t map_type_arena = 33;

/* Of linux/kvm.h, which not every architecture has, and which need not have struct kvm_create_guest_memfd
 * yet. */
struct GuestMemfd {
	std::uint64_t size;
	std::uint64_t flags;
	std::uint64_t reserved[6];
};
constexpr unsigned long kvm_create_vm = _IO(0xae, 0x01);
constexpr unsigned long kvm_create_guest_memfd = _IOWR(0xae, 0xd4, GuestMemfd);
constexpr std::uint64_t guest_memfd_mmap = 1, guest_memfd_init_shared = 2;

Mapping perf_buffer()
{
	perf_event_attr event = {};

	event.type = PERF_TYPE_SOFTWARE;
	event.size = sizeof(event);
	event.config = PERF_COUNT_SW_DUMMY;
	event.disabled = 1;
	event.exclude_kernel = 1;
	event.exclude_hv = 1;
	return shared(2, opened(::syscall(SYS_perf_event_open, &event, 0, -1, -1, PERF_FLAG_FD_CLOEXEC),
				"perf_event_open()"));
}

/* A page of requests, none of which is submitted. */
Mapping ring_requests()
{
	io_uring_params parameters = {};

	return shared(1,
		      opened(::syscall(SYS_io_uring_setup, 4096 / sizeof(io_uring_sqe), &parameters),
			     "io_uring_setup()"),
		      IORING_OFF_SQES);
}

Mapping dma_buffer()
{
	const os::Fd pages = opened(::memfd_create("", MFD_CLOEXEC | MFD_ALLOW_SEALING), "memfd_create()");
	const os::Fd device = opened(::open("/dev/udmabuf", O_RDWR | O_CLOEXEC), "/dev/udmabuf");
	const udmabuf_create create = {.memfd = static_cast<__u32>(pages.get()),
				       .flags = UDMABUF_FLAGS_CLOEXEC,
				       .offset = 0,
				       .size = page_size()};

	os::check(::ftruncate(pages.get(), static_cast<off_t>(page_size())), "ftruncate()");
	os::check(::fcntl(pages.get(), F_ADD_SEALS, F_SEAL_SHRINK), "fcntl(F_SEAL_SHRINK)");
	return shared(1, opened(::ioctl(device.get(), UDMABUF_CREATE, &create), "ioctl(UDMABUF_CREATE)"));
}

Mapping guest_memory()
{
	const os::Fd device = opened(::open("/dev/kvm", O_RDWR | O_CLOEXEC), "/dev/kvm");
	const os::Fd machine = opened(::ioctl(device.get(), kvm_create_vm, 0), "ioctl(KVM_CREATE_VM)");
	const GuestMemfd create = {
		.size = page_size(), .flags = guest_memfd_mmap | guest_memfd_init_shared, .reserved = {}};

	return shared(1, opened(::ioctl(machine.get(), kvm_create_guest_memfd, &create),
				"ioctl(KVM_CREATE_GUEST_MEMFD)"));
}

void is_a_source(Test &test, Mapping (*make)(), const char *kind)
{
	const Mapping memory = available(test, make, kind);

	next_id_is(test, test.connect(), end_of_page(memory), 0);
}

REQUIREMENT("ZC-MEM-70", observed,
	    "The consumer's page of a BPF ring buffer, a BPF arena and guest_memfd memory are valid sources.",
	    .code = "kernel/bpf/ringbuf.c:ringbuf_map_mmap_kern, arena.c:arena_vm_fault and "
		    "virt/kvm/guest_memfd.c:kvm_gmem_fault_user_mapping map ordinary pages");
CASE(bpf_ring_buffer_is_a_source, .requirements = {"ZC-MEM-70"}, .paths = netns::simplest, .needs = needs_bpf)
{
	is_a_source(
		test,
		[] { return bpf_map(BPF_MAP_TYPE_RINGBUF, static_cast<std::uint32_t>(page_size()), 0); },
		"BPF ring buffers");
}

/* One, and nothing beside it: an arena takes 4 GiB of the kernel's addresses, and KASAN 512 MiB of memory
 * for their shadow. */
CASE(bpf_arena_is_a_source, .requirements = {"ZC-MEM-70"}, .paths = netns::simplest, .needs = needs_bpf,
     .once = true, .alone = true)
{
	is_a_source(
		test, [] { return bpf_map(map_type_arena, 1, BPF_F_MMAPABLE); }, "BPF arenas");
}

CASE(guest_memory_is_a_source, .requirements = {"ZC-MEM-70"}, .paths = netns::simplest,
     .entry = Entry::memory)
{
	is_a_source(test, guest_memory, "guest_memfd memory that can be mapped (/dev/kvm)");
}

REQUIREMENT(
	"ZC-MEM-71", promised,
	"Memory that the kernel shares with a process by mmap(2) (a perf event's buffer, io_uring's "
	"requests, a udmabuf), and that a plain send can read, can be sent with the flag too.",
	.rests_on = "ZC-IN-01",
	.code = "mm/gup.c:check_vma_flags refuses what remap_pfn_range() and vmf_insert_pfn() map, and takes "
		"what vm_insert_pages() does");
void mapped_memory_is_sent_as_without_the_flag(Test &test, Mapping (*make)(), const char *kind)
{
	const Mapping memory = available(test, make, kind);

	is_sent_as_without_the_flag(test, end_of_page(memory));
}

DEVIATION(
	"perf-buffer-refused", "ZC-MEM-71", "6.14 on",
	"A flagged send from the memory that perf_event_open(2) maps fails with EFAULT and without an id, on "
	"a path that does not copy in the call, and a plain send of the same bytes succeeds.",
	"Not fixed: kernel/events/core.c:map_range maps it by remap_pfn_range() in 7.3.4, and says why. Seen "
	"on 6.18.44 and 7.3.4; 6.1.192 and 6.12.118 take the send. That it began in 6.14 is by memory.");
CASE(perf_buffer_can_be_sent_with_the_flag, .requirements = {"ZC-MEM-71"}, .paths = netns::simplest,
     .entry = Entry::memory, .deviation = "perf-buffer-refused")
{
	mapped_memory_is_sent_as_without_the_flag(
		test, perf_buffer,
		"perf events (CONFIG_PERF_EVENTS) for this user (sysctl kernel.perf_event_paranoid)");
}

DEVIATION(
	"io_uring-memory-refused", "ZC-MEM-71", "5.1 to 6.1.132, 6.2 to 6.10",
	"A flagged send from the memory of io_uring's queues fails with EFAULT and without an id, on a path "
	"that does not copy in the call, and a plain send of the same bytes succeeds.",
	"io_uring/io_uring.c:io_uring_mmap maps by remap_pfn_range() in 5.10.262, which refuses the send, "
	"and "
	"by vm_insert_pages() in 6.1.192 and 6.12.118, which take it. The fix is in the changelog of "
	"6.1.132; "
	"that it is of 6.10 is by memory, and other series may have it, too.",
	.fix = "io_uring: get rid of remap_pfn_range() for mapping rings/sqes");
CASE(io_uring_memory_can_be_sent_with_the_flag, .requirements = {"ZC-MEM-71"}, .paths = netns::simplest,
     .entry = Entry::memory, .deviation = "io_uring-memory-refused")
{
	mapped_memory_is_sent_as_without_the_flag(
		test, ring_requests,
		"io_uring (CONFIG_IO_URING) for this user (sysctl kernel.io_uring_disabled)");
}

DEVIATION(
	"udmabuf-refused", "ZC-MEM-71", "6.11 on",
	"A flagged send from a mapped udmabuf fails with EFAULT and without an id, on a path that does not "
	"copy in the call, and a plain send of the same bytes succeeds.",
	"Not fixed: drivers/dma-buf/udmabuf.c:mmap_udmabuf sets VM_PFNMAP in 7.3.4. Seen on 6.12.118 and "
	"7.3.4. That 'udmabuf: use vmf_insert_pfn and VM_PFNMAP for handling mmap' is of 6.11 is by memory.");
CASE(udmabuf_can_be_sent_with_the_flag, .requirements = {"ZC-MEM-71"}, .paths = netns::simplest,
     .entry = Entry::memory, .deviation = "udmabuf-refused")
{
	mapped_memory_is_sent_as_without_the_flag(test, dma_buffer, "/dev/udmabuf (CONFIG_UDMABUF)");
}

REQUIREMENT(
	"ZC-MEM-72", observed,
	"A flagged send from memory that a userfaultfd has yet to fill waits until it is filled, even with "
	"MSG_DONTWAIT, and sends what it is filled with.",
	.code = "mm/gup.c:faultin_page, fs/userfaultfd.c:handle_userfault");
CASE(memory_to_be_filled_is_awaited, .requirements = {"ZC-MEM-72"}, .paths = netns::simplest,
     .needs = needs_write_faults, .entry = Entry::memory)
{
	Link &link = test.connect();
	const Payload payload(1000);
	const Mapping memory(page_size());
	const Bytes source = memory.bytes().first(payload.size());
	std::optional<ThreadInCall> sending; /* ended after the pages are no longer missing */
	const os::MissingPages missing(memory, os::Faults::all);

	sending.emplace(link.sender(), [&] {
		return ::send(link.sender(), source.data(), source.size(), MSG_ZEROCOPY | MSG_DONTWAIT);
	});
	test.that("fault of the flagged send", missing.await(), "waits", "there is none");
	test.that("flagged send from a page that is missing", !sending->returned(), "waits", "has returned");
	missing.fill(payload);
	returns(test, *sending, "send()", static_cast<ssize_t>(payload.size()));
	link.account(transport::all_of(payload), payload, MSG_ZEROCOPY);
	test.one_notification(link, {0, 0});
}

REQUIREMENT(
	"ZC-MEM-73", observed,
	"Memory that a userfaultfd of user space's faults alone (UFFD_USER_MODE_ONLY) has yet to fill makes "
	"a flagged send fail with EFAULT, as it does a plain one, and without an id.",
	.code = "fs/userfaultfd.c:handle_userfault gives VM_FAULT_SIGBUS");
CASE(memory_that_only_user_space_can_have_filled_gives_efault, .requirements = {"ZC-MEM-73", "ZC-MEM-03"},
     .paths = netns::simplest, .needs = needs_write_faults, .entry = Entry::memory)
{
	Link &link = test.connect();
	const Mapping memory(page_size());
	const os::MissingPages missing(memory, os::Faults::of_user_space);
	const Bytes source = memory.bytes().first(1000);

	test.refused(send_raw(link.sender(), source, MSG_DONTWAIT), EFAULT);
	refused_without_trace(test, link, send_raw(link.sender(), source, MSG_ZEROCOPY | MSG_DONTWAIT),
			      EFAULT);
	test.queue_empty(link);
	next_id_is(test, link, 0);
}

} // namespace
