// SPDX-License-Identifier: GPL-2.0
/* Source memory: msg_zerocopy.rst does not say which memory may be sent, and what may
 * happen to it meanwhile. net/core/datagram.c:zerocopy_fill_skb_from_iter takes a
 * reference on each page, only to read it. */
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/if_packet.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <fstream>
#include <system_error>
#include <thread>

#include "conformance/chapter.h"
#include "os/child.h"
#include "os/pages.h"
#include "os/userfault.h"

/* linux/mman.h of Linux 6.1 and later. */
#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif

namespace
{

void fill(const Mapping &memory)
{
	std::ranges::copy(Payload(memory.size()).bytes(), memory.data());
}

Mapping filled(std::size_t length)
{
	return os::memory_of(Payload(length));
}

os::Fd opened(const char *name, int flags)
{
	return os::Fd(os::check(::open(name, flags | O_CLOEXEC), name));
}

/* Not in the books, as it may not be possible to read the bytes. */
Sent attempt(const Link &link, Bytes bytes, int flags = 0)
{
	return send_raw(link.sender(), bytes, flags | MSG_ZEROCOPY | MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* A flagged send failed with EFAULT, and nothing is left of it. `requirement`: the one that
 * says so, where the case has others. */
void faulted(At at, const Link &link, const Sent &sent, const char *requirement = "")
{
	{
		const Charging refusal = at->charging(requirement);

		refused_without_trace(at, link, sent, EFAULT);
	}
	at->queue_empty(link);
}

/* Memory that can be read, and a page behind it that cannot. */
class GuardedMemory {
public:
	explicit GuardedMemory(std::size_t good)
		: good_((good + page_size() - 1) / page_size() * page_size()),
		  memory_(filled(good_ + page_size()))
	{
		os::deny_access(memory_.data() + good_, page_size());
	}

	/* So many bytes before the border of that page and so many behind it. */
	Bytes around(std::size_t good, std::size_t bad) const
	{
		return {memory_.data() + good_ - good, good + bad};
	}

private:
	std::size_t good_;
	Mapping memory_;
};

/* include/linux/skbuff.h: MAX_SKB_FRAGS, 17 or what CONFIG_MAX_SKB_FRAGS says. A kernel that has
 * no such option (6.1) has 16 where pages are larger than 4 KiB. */
constexpr std::size_t least_fragments = 16;
constexpr std::size_t most_fragments = 45;

/* ---- kinds of memory ---- */

struct Kind {
	const char *name; /* as failures tell it */
	Mapping (*make)(std::size_t length);
};

Mapping file_mapping(std::size_t length, int protection, int flags)
{
	const os::Fd file = os::file_of(Payload(length));

	return Mapping(length, protection, flags, file.get());
}

Mapping program_mapping(std::size_t length, int flags)
{
	const os::Fd program = opened("/proc/self/exe", O_RDONLY);

	return Mapping(length, PROT_READ, flags, program.get());
}

Mapping zero_device(std::size_t length, int flags)
{
	const os::Fd zero = opened("/dev/zero", O_RDWR);
	Mapping memory(length, PROT_READ | PROT_WRITE, flags, zero.get());

	fill(memory);
	return memory;
}

/* A huge page where the kernel has one to spare, and may use it. */
Mapping huge(std::size_t length)
{
	constexpr std::size_t enough = 4 << 20;
	Mapping memory(enough);

	::madvise(memory.data(), memory.size(), MADV_HUGEPAGE);
	/* A huge page of the usual size begins before the middle. */
	std::memset(memory.data() + enough / 2, 0x5a, length);
	return memory;
}

constexpr int writable = PROT_READ | PROT_WRITE;
constexpr std::array kinds = {
	Kind{"private memory", filled},
	Kind{"private memory, read-only",
	     [](std::size_t length) {
		     Mapping memory = filled(length);

		     os::check(::mprotect(memory.data(), length, PROT_READ), "mprotect()");
		     return memory;
	     }},
	Kind{"private memory never touched", [](std::size_t length) { return Mapping(length); }},
	Kind{"shared memory",
	     [](std::size_t length) {
		     Mapping memory(length, writable, MAP_SHARED | MAP_ANONYMOUS);

		     fill(memory);
		     return memory;
	     }},
	Kind{"/dev/zero, private", [](std::size_t length) { return zero_device(length, MAP_PRIVATE); }},
	Kind{"/dev/zero, shared", [](std::size_t length) { return zero_device(length, MAP_SHARED); }},
	Kind{"memory advised to be huge", huge},
	Kind{"a memfd, shared",
	     [](std::size_t length) { return file_mapping(length, writable, MAP_SHARED); }},
	Kind{"a memfd, private",
	     [](std::size_t length) { return file_mapping(length, writable, MAP_PRIVATE); }},
	Kind{"a memfd, shared and read-only",
	     [](std::size_t length) { return file_mapping(length, PROT_READ, MAP_SHARED); }},
	Kind{"a memfd that is a hole",
	     [](std::size_t length) {
		     const os::Fd file = os::memory_file(length);

		     return Mapping(length, PROT_READ, MAP_SHARED, file.get());
	     }},
	Kind{"a file, shared", [](std::size_t length) { return program_mapping(length, MAP_SHARED); }},
	Kind{"a file, private", [](std::size_t length) { return program_mapping(length, MAP_PRIVATE); }},
};

void can_be_sent(At at, Link &link, const char *what, Bytes bytes)
{
	const std::uint32_t id = link.ledger().next_id();
	const Sent sent = link.send_zerocopy(bytes);

	at->that(std::string("flagged send from ") + what,
		 sent.returned == static_cast<ssize_t>(bytes.size()), std::to_string(bytes.size()),
		 os::describe(sent));
	link.deliver();
	at->one_notification(link, {id, id});
}

REQUIREMENT("ZC-MEM-01", observed,
	    "Anonymous, shared, stack, text, vdso, /dev/zero, transparent huge page, memfd and file memory, "
	    "also read-only, the ring of a packet socket and a BPF array are all valid sources.",
	    .code = "net/core/datagram.c:zerocopy_fill_skb_from_iter, iov_iter_get_pages2; "
		    "net/packet/af_packet.c:packet_mmap and kernel/bpf/arraymap.c:array_map_mmap map "
		    "pages of the kernel's by vm_insert_page()");
CASE(every_kind_of_mapping_is_a_source, .requirements = {"ZC-MEM-01"}, .transports = transport::all,
     .paths = netns::simplest)
{
	constexpr std::size_t offset = 1001;
	Link &link = test.connect();
	const std::size_t length = link.usual_length();

	for (const Kind &kind : kinds) {
		const Mapping memory = kind.make(offset + length);

		can_be_sent(test, link, kind.name, memory.bytes().last(length));
	}
}

/* Of the kernel's own pages these are mapped as ordinary ones. Nothing is received there. */
CASE(ring_of_a_packet_socket_is_a_source, .requirements = {"ZC-MEM-01"}, .paths = netns::simplest,
     .needs = needs_packet)
{
	const tpacket_req request = {.tp_block_size = static_cast<unsigned>(page_size()),
				     .tp_block_nr = 4,
				     .tp_frame_size = static_cast<unsigned>(page_size()),
				     .tp_frame_nr = 4};
	Link &link = test.connect();
	const os::Fd ring = os::open_socket(AF_PACKET, SOCK_RAW);

	os::set_option(ring.get(), SOL_PACKET, PACKET_RX_RING, request, "setsockopt(PACKET_RX_RING)");
	const Mapping memory(4 * page_size(), writable, MAP_SHARED, ring.get());
	fill(memory);
	can_be_sent(test, link, "the ring of a packet socket", memory.bytes().last(link.usual_length()));
}

CASE(bpf_array_is_a_source, .requirements = {"ZC-MEM-01"}, .paths = netns::simplest, .needs = needs_bpf)
{
	bpf_attr array = {};
	Link &link = test.connect();

	array.map_type = BPF_MAP_TYPE_ARRAY;
	array.key_size = 4;
	array.value_size = 4 * static_cast<unsigned>(page_size());
	array.max_entries = 1;
	array.map_flags = BPF_F_MMAPABLE;
	const os::Fd map(
		os::check(::syscall(SYS_bpf, BPF_MAP_CREATE, &array, sizeof(array)), "bpf(BPF_MAP_CREATE)"));
	const Mapping memory(4 * page_size(), writable, MAP_SHARED, map.get());
	fill(memory);
	can_be_sent(test, link, "a BPF array", memory.bytes().last(link.usual_length()));
}

CASE(page_locked_several_times_is_a_source, .requirements = {"ZC-MEM-01"}, .paths = netns::simplest)
{
	Link &link = test.connect();
	const os::Fd file = os::file_of(Payload(page_size()));
	std::vector<Mapping> views;

	for (int view = 1; view <= 3; view++) {
		views.emplace_back(page_size(), PROT_READ, MAP_SHARED, file.get());
		if (::mlock(views.back().data(), views.back().size()) < 0)
			test.skip("RLIMIT_MEMLOCK of three pages");
		can_be_sent(test, link, "a locked page", views.front().bytes().first(1000));
	}
}

/* Every process has this memory from its start. */
CASE(stack_program_and_vdso_are_sources, .requirements = {"ZC-MEM-01"}, .transports = transport::all,
     .paths = netns::simplest)
{
	constexpr std::size_t length = 1000;
	Link &link = test.connect();
	std::array<std::uint8_t, length> stack;
	static const std::array<std::uint8_t, length> constants = {1, 2, 3};
	const auto *text = reinterpret_cast<const std::uint8_t *>(&can_be_sent);
	const auto *vdso = reinterpret_cast<const std::uint8_t *>(::getauxval(AT_SYSINFO_EHDR));

	std::ranges::copy(Payload(length).bytes(), stack.begin());
	can_be_sent(test, link, "the stack", stack);
	can_be_sent(test, link, "constants of the program", constants);
	can_be_sent(test, link, "the program's text", {text, length});
	if (vdso)
		can_be_sent(test, link, "the vDSO", {vdso, length});
}

/* Waits, because other cases use huge pages at the same time, and the machine has few. */
Mapping await_huge_pages(At at, std::size_t length)
{
	std::optional<Mapping> memory;

	os::wait_until([&] {
		try {
			memory.emplace(os::huge_pages(length));
		} catch (const std::system_error &) {
		}
		return memory.has_value();
	});
	if (!memory)
		at->skip("free huge pages of " + std::to_string(length) + " bytes (sysctl vm.nr_hugepages)");
	fill(*memory);
	return std::move(*memory);
}

REQUIREMENT("ZC-MEM-02", observed,
	    "hugetlb pages are valid sources, and adjacent parts of one page make one fragment, provided "
	    "that the packet buffer still has a free fragment.",
	    .code = "net/core/datagram.c:zerocopy_fill_skb_from_iter, compound_head");
CASE(huge_pages_are_sources, .requirements = {"ZC-MEM-02"}, .paths = netns::simplest,
     .needs = needs_huge_pages, .entry = Entry::memory)
{
	Link &link = test.connect();
	const Mapping memory = await_huge_pages(test, 1);

	can_be_sent(test, link, "a huge page", memory.bytes().subspan(1001, link.usual_length()));
	can_be_sent(test, link, "the end of a huge page", memory.bytes().last(link.usual_length()));
}

/* So many pieces with gaps between them, a fragment each: the first is longer than what may be copied. */
Outgoing fragments(const Payload &payload, std::size_t count, std::size_t length = 1)
{
	constexpr std::size_t head = datagram_head + 1;
	Outgoing pieces(payload.first(head));

	for (std::size_t i = 1; i < count; i++)
		pieces.add(payload.from(head + 1 + (i - 1) * (length + 1), length));
	return pieces;
}

/* The most pieces that a flagged datagram may have, found by trying; at most one more than
 * any kernel is built for. */
std::size_t accepted_pieces(At at, Link &link)
{
	const Payload payload(datagram_head + 2 * (most_fragments + 2));
	std::size_t count = 0;

	while (count < most_fragments + 1) {
		const Outgoing more = fragments(payload, count + 1);
		const Sent sent = link.send_message(more.header(), MSG_ZEROCOPY);

		if (!sent.ok()) {
			at->refused(sent, EMSGSIZE);
			break;
		}
		at->sent(sent, more.size());
		link.deliver();
		count++;
	}
	at->completions_settle(link);
	return count;
}

/* Each piece but the last lies across the border of two pages, which is no border within
 * a huge page, so that it takes one fragment. There are as many pieces as a datagram may
 * have fragments. The last piece crosses no border: the kernel looks for adjacent parts
 * only while a fragment is still free. */
CASE(adjacent_parts_of_a_huge_page_are_one_fragment, .requirements = {"ZC-MEM-02"},
     .transports = transport::udp, .paths = netns::simplest, .needs = needs_huge_pages,
     .entry = Entry::memory)
{
	Link &link = test.connect();
	const std::size_t page = page_size();
	const std::size_t count = accepted_pieces(test, link);
	const Mapping memory = await_huge_pages(test, (2 * count + 1) * page);
	Outgoing pieces;

	/* The first one, of which some may be copied, is longer. */
	for (std::size_t i = 1, before = datagram_head; i < count; i++, before = 1)
		pieces.add(memory.bytes().subspan((2 * i + 1) * page - before, before + 1));
	pieces.add(memory.bytes().first(1));
	sends(test, link, pieces);
	const std::uint32_t id = link.ledger().next_id() - 1;
	test.one_notification(link, {id, id});
}

/* ---- memory that cannot be read, or not by reference ---- */

REQUIREMENT("ZC-MEM-03", promised, "A flagged send that fails because its memory cannot be read has no id.",
	    .rests_on = "ZC-TX-02",
	    .code = "net/core/datagram.c:zerocopy_fill_skb_from_iter, iov_iter_get_pages2");
REQUIREMENT("ZC-MEM-16", observed,
	    "Memory that is protected, unmapped, beyond the end of its file or the kernel's makes a flagged "
	    "send fail with EFAULT.",
	    .code = "send(2), ERRORS, EFAULT: \"An invalid user space address was specified for an "
		    "argument.\"; net/core/datagram.c:zerocopy_fill_skb_from_iter, iov_iter_get_pages2",
	    .kernels = "VSOCK differs, see ZC-VS-33");
CASE(memory_that_cannot_be_read_gives_efault_and_no_id, .requirements = {"ZC-MEM-16", "ZC-MEM-03"},
     .paths = netns::simplest)
{
	const std::size_t page = page_size();
	constexpr std::size_t length = 100;
	Link &link = test.connect();
	const Mapping forbidden(page, PROT_NONE);
	const os::Fd file = os::memory_file(page);
	const Mapping file_and_more(2 * page, PROT_READ, MAP_SHARED, file.get());
	const std::array<const std::uint8_t *, 5> addresses = {
		nullptr,
		forbidden.data(),
		file_and_more.data() + page,
		os::unmapped_page(),
		/* The kernel's, whatever size pages and addresses have. */
		reinterpret_cast<const std::uint8_t *>(~std::uintptr_t{0xfff}),
	};

	for (const std::uint8_t *address : addresses)
		faulted(test, link, attempt(link, {address, length}), "ZC-MEM-16");
	next_id_is(test, link, 0);
}

DEVIATION(
	"protected-memory-is-sent", "ZC-MEM-16", "5.2 to 7.3 (s390x)",
	"A flagged send from a page that was in use when mprotect(PROT_NONE) protected it succeeds; a plain "
	"one fails with EFAULT.",
	"arch/s390/include/asm/pgtable.h has pte_protnone() for CONFIG_NUMA_BALANCING alone in 7.2.13, and "
	"for all kernels in 7.3.4: without it mm/gup.c:gup_fast_pte_range takes any page that is present. "
	"Seen on Debian's 7.2.13, whose kernel for s390x has no NUMA balancing; one that has does not "
	"deviate. That "
	"s390 has the common get_user_pages_fast() since 5.2 is by memory.");
CASE(memory_that_is_protected_later_gives_efault_and_no_id, .requirements = {"ZC-MEM-16", "ZC-MEM-03"},
     .paths = netns::simplest, .deviation = "protected-memory-is-sent")
{
	Link &link = test.connect();
	Payload payload(100);

	os::check(::mprotect(payload.data(), payload.size(), PROT_NONE), "mprotect(PROT_NONE)");
	test.refused(link.send(payload, 0), EFAULT);
	const Sent sent = attempt(link, payload);
	os::check(::mprotect(payload.data(), payload.size(), writable), "mprotect()");
	if (sent.ok()) {
		link.account(sent, payload, MSG_ZEROCOPY);
		test.finish();
		test.deviates(os::describe(sent));
	}
	faulted(test, link, sent, "ZC-MEM-16");
	next_id_is(test, link, 0);
}

/* The end of a page of the kernel's variables, which is unused: nobody writes there. */
Bytes kernel_variables()
{
	return os::named_mapping("[vvar]").first(page_size()).last(64);
}

Mapping secret_memory()
{
	const os::Fd file = os::secret_file(page_size());
	Mapping secret(page_size(), writable, MAP_SHARED, file.get());

	fill(secret);
	return secret;
}

REQUIREMENT("ZC-MEM-04", promised,
	    "Memory a plain send can read (memfd_secret, the vvar page) can be sent with the flag too.",
	    .rests_on = "ZC-IN-01",
	    .code = "net/core/datagram.c:zerocopy_fill_skb_from_iter; mm/gup.c:check_vma_flags refuses "
		    "VM_IO, VM_PFNMAP and secretmem",
	    .kernels = "memfd_secret since 5.14; the vvar page is refused before 7.3");
DEVIATION("unpinnable-memory-refused", "ZC-MEM-04", "5.14 on",
	  "A flagged send from memfd_secret memory fails with EFAULT and without an id, on a path that does "
	  "not copy in the call, and a plain send of the same bytes succeeds.",
	  catalogue::not_fixed_seen);
DEVIATION("kernel-variables-refused", "ZC-MEM-04",
	  "4.14 to 6.15 (not armv*), 6.15 to 7.1, 7.1 to 7.3 (not ppc64*)",
	  "A flagged send from the [vvar] page fails with EFAULT and without an id, on a path that does not "
	  "copy in the call, and a plain send of the same bytes succeeds.",
	  "Seen on 7.2.13, not on 7.3.4 (docs/deviations.md). 'vdso/datastore: Allow prefaulting by "
	  "mlockall()' (c27e727c9a60) is in no stable changelog read; 7.3 follows from the two runs. 32-bit "
	  "Arm mapped an ordinary page (arch/arm/kernel/vdso.c: vdso_data_mapping.pages) until it had the "
	  "generic storage, since 6.15 by memory: Debian's 6.1.176 of armhf takes the send, 7.2.13 refuses "
	  "it. 'vdso/datastore: Allocate data pages dynamically', in 7.1 by memory, maps counted pages, and "
	  "mm/gup.c:gup_fast_folio_allowed passes them on kernels without CONFIG_SECRETMEM, which ppc64 "
	  "does not have: Debian's 7.2.13 of ppc64el takes the send once the process has read the page, as "
	  "this one has for the time, and refuses it after MADV_DONTNEED.",
	  .fix = "vdso/datastore: Allow prefaulting by mlockall()");
CASE(variables_of_the_kernel_can_be_sent_with_the_flag, .requirements = {"ZC-MEM-04"},
     .paths = netns::simplest, .needs = needs_vvar, .deviation = "kernel-variables-refused")
{
	is_sent_as_without_the_flag(test, kernel_variables());
}

CASE(secret_memory_can_be_sent_with_the_flag, .requirements = {"ZC-MEM-04"}, .paths = netns::simplest,
     .needs = needs_secret_memory, .entry = Entry::memory, .deviation = "unpinnable-memory-refused")
{
	is_sent_as_without_the_flag(test, secret_memory().bytes().first(1000));
}

/* A datagram of memory that cannot be pinned and of memory that can. */
void is_copied_in_the_call(At at, Bytes unpinnable)
{
	Link &link = at->connect();
	const Payload rest(link.usual_length() - unpinnable.size());

	sends(at, link, Outgoing{unpinnable, rest});
	at->one_notification(link, {0, 0});
}

REQUIREMENT("ZC-MEM-05", observed,
	    "Where the call copies (no scatter-gather, UDP above the MTU, cork) memory that cannot be pinned "
	    "can be sent with the flag.",
	    .code = "net/ipv4/tcp.c:tcp_sendmsg_locked, net/ipv4/ip_output.c:__ip_append_data copy from the "
		    "iterator");
CASE(any_readable_memory_is_sent_without_scatter_gather, .requirements = {"ZC-MEM-05"},
     .transports = transport::udp, .paths = netns::device_without_sg, .needs = needs_vvar)
{
	is_copied_in_the_call(test, kernel_variables());
}

CASE(any_readable_memory_is_sent_above_the_mtu, .requirements = {"ZC-MEM-05"}, .transports = transport::udp,
     .paths = netns::fragments, .needs = needs_vvar)
{
	is_copied_in_the_call(test, kernel_variables());
}

CASE(any_readable_memory_is_sent_in_parts, .requirements = {"ZC-MEM-05"}, .transports = transport::udp,
     .paths = netns::simplest, .needs = needs_vvar)
{
	Link &link = test.connect();
	const Bytes unpinnable = kernel_variables();

	sends(test, link, unpinnable, MSG_MORE);
	sends(test, link, unpinnable, MSG_MORE);
	plainly_sends(test, link, Payload(100));
	test.one_notification(link, {0, 1});
}

CASE(secret_memory_is_sent_without_scatter_gather, .requirements = {"ZC-MEM-05"},
     .transports = transport::udp, .paths = netns::device_without_sg, .needs = needs_secret_memory,
     .entry = Entry::memory)
{
	is_copied_in_the_call(test, secret_memory().bytes().first(1000));
}

/* What one call, over a connection of its own, sends of memory with a bad page behind it.
 * The bytes that it leaves before the page cannot be sent together with it. */
std::size_t sent_before_a_bad_page(At at, const GuardedMemory &guarded, std::size_t good)
{
	Link &link = at->connect();
	const Bytes bytes = guarded.around(good, 1);
	const Sent sent = attempt(link, bytes);

	at->that("bytes sent of " + std::to_string(good) + " before a bad page",
		 sent.returned > 0 && static_cast<std::size_t>(sent.returned) <= good,
		 "some, and no more than there are", os::describe(sent));
	link.account(sent, bytes, MSG_ZEROCOPY);
	at->refused(attempt(link, guarded.around(good - sent.returned, 1)), EFAULT);
	link.deliver();
	at->one_notification(link, {0, 0});
	next_id_is(at, link, 1);
	return sent.returned;
}

REQUIREMENT(
	"ZC-MEM-06", observed,
	"A TCP send that meets a bad page sends what lies in packet buffers completed before it and counts "
	"once; met in the first packet buffer it fails with EFAULT, sends nothing and counts nothing.",
	.code = "net/core/skbuff.c:skb_zerocopy_iter_stream reverts the packet buffer at hand",
	.kernels = "how many bytes are sent depends on the size of packet buffers");
/* The kernel takes back what it attached to the packet buffer at hand. So the call sends a
 * multiple of the size of a packet buffer, which differs between kernels and is found out
 * here: the call sends all bytes where the bad page comes right behind a packet buffer,
 * and a whole packet buffer less where it comes one byte earlier. */
CASE(stream_sends_the_packet_buffers_before_a_bad_page, .requirements = {"ZC-MEM-06"},
     .transports = transport::tcp, .paths = netns::simplest)
{
	/* gso_max_size limits a packet buffer to the 64 KiB of a packet. */
	constexpr std::size_t good = 2 << 16;
	const GuardedMemory guarded(good);
	const std::size_t whole = sent_before_a_bad_page(test, guarded, good);

	test.equal("bytes sent where the bad page comes right behind a packet buffer",
		   sent_before_a_bad_page(test, guarded, whole), whole);
	const std::size_t one_less = sent_before_a_bad_page(test, guarded, whole - 1);
	test.that("bytes sent where it comes one byte earlier", one_less < whole, "a packet buffer less",
		  std::to_string(one_less));
	const std::size_t buffer = whole - one_less;
	test.equal("bytes beyond whole packet buffers of " + std::to_string(buffer), whole % buffer, 0);
	test.that("bytes before the bad page that were not sent", good - whole < buffer,
		  "less than a packet buffer", std::to_string(good - whole));
}

/* Data of earlier calls lies in the same packet buffer here, and the failing call would
 * have joined their notification structure. */
CASE(bad_page_in_the_first_packet_buffer_sends_nothing, .requirements = {"ZC-MEM-06"},
     .transports = transport::tcp, .paths = netns::simplest)
{
	Link &link = test.connect();
	const GuardedMemory guarded(4096);
	const Payload payload(100);

	faulted(test, link, attempt(link, guarded.around(4096, 1)));
	for (int i = 0; i < 2; i++) {
		sends(test, link, payload, MSG_MORE);
		test.refused(attempt(link, guarded.around(4096, 1), MSG_MORE), EFAULT);
	}
	sends(test, link, payload);
	test.equal("ids given", link.ledger().next_id(), 3);
	test.completions_settle(link);
}

REQUIREMENT("ZC-MEM-07", promised, "A UDP send that fails because it meets a bad page counts nothing.",
	    .rests_on = "ZC-TX-02", .code = "net/ipv4/ip_output.c:__ip_append_data, error");
REQUIREMENT("ZC-MEM-17", observed, "A UDP send that meets a bad page fails with EFAULT and sends nothing.",
	    .code = "send(2), ERRORS, EFAULT; net/ipv4/ip_output.c:__ip_append_data, error");
CASE(bad_page_in_a_datagram_sends_nothing, .requirements = {"ZC-MEM-17", "ZC-MEM-07"},
     .transports = transport::udp, .paths = netns::simplest)
{
	Link &link = test.connect();
	const GuardedMemory guarded(4096);
	const Payload good(1000);

	for (const std::size_t before : {std::size_t{1}, std::size_t{4096}})
		faulted(test, link, attempt(link, guarded.around(before, 1)), "ZC-MEM-17");
	faulted(test, link, send_raw(link.sender(), Outgoing{good, guarded.around(0, 1)}, MSG_ZEROCOPY),
		"ZC-MEM-17");
	next_id_is(test, link, 0);
}

/* ---- stores, while the data is held ---- */

void store_over(const Mapping &memory)
{
	std::transform(memory.data(), memory.data() + memory.size(), memory.data(),
		       [](std::uint8_t byte) { return byte ^ 0xff; });
}

REQUIREMENT("ZC-MEM-08", observed,
	    "A store after fork() to private memory, by parent or child, is not seen by the peer: the writer "
	    "gets a page of its own.",
	    .code = "net/core/datagram.c:zerocopy_fill_skb_from_iter uses get_user_pages without FOLL_PIN "
		    "and FOLL_WRITE; mm/memory.c:do_wp_page");
/* After a fork() whoever stores first, be it the sender, gets a page of its own. The child
 * lives until both have stored, because some kernels make no copy of a page that nobody
 * shares any more. */
CASE(store_to_private_memory_after_fork_is_not_seen, .requirements = {"ZC-MEM-08"},
     .transports = transport::tcp, .paths = netns::holds, .once = true)
{
	Link &link = test.connect();
	const Mapping parents = filled(1000);
	const Mapping childs = filled(1000);
	const os::Pipe stored;
	os::Pipe done;

	sends_to_wait(test, link, parents.bytes());
	sends_to_wait(test, link, childs.bytes());
	os::Child child([&] {
		done.write_end.close();
		store_over(childs);
		return ::write(stored.write_end.get(), "s", 1) != 1 ||
		       !os::read_to_end(done.read_end.get()).empty();
	});
	char byte;
	os::require(::read(stored.read_end.get(), &byte, 1) == 1, "the child ended before it stored");
	store_over(parents);
	link.release();
	test.completions_settle(link);
	done.write_end.close();
	test.equal("exit status of the child", child.wait(), 0);
}

CASE(store_to_shared_memory_by_a_child_is_seen, .requirements = {"ZC-MEM-08"}, .transports = transport::tcp,
     .paths = netns::holds, .once = true)
{
	Link &link = test.connect();
	const Mapping memory(1000, writable, MAP_SHARED | MAP_ANONYMOUS);

	fill(memory);
	sends_to_wait(test, link, memory.bytes());
	os::Child([&] {
		store_over(memory);
		return 0;
	}).wait();
	link.transcript().store_over_last(memory.bytes());
	link.release();
	test.one_notification(link, {0, 0});
}

CASE(store_to_a_huge_page_is_seen, .requirements = {"ZC-MEM-02", "ZC-IN-03"}, .transports = transport::tcp,
     .paths = netns::holds, .needs = needs_huge_pages, .entry = Entry::memory, .once = true)
{
	Link &link = test.connect();
	const Mapping memory = await_huge_pages(test, 1);
	const Bytes bytes = memory.bytes().subspan(page_size() + 1, 3 * page_size());

	sends_to_wait(test, link, bytes);
	store_over(memory);
	link.transcript().store_over_last(bytes);
	link.release();
	test.one_notification(link, {0, 0});
}

REQUIREMENT("ZC-MEM-09", observed,
	    "Anonymous memory never touched is sent as zeros, and a first store after the call is not seen.",
	    .code = "net/core/datagram.c:zerocopy_fill_skb_from_iter: a read-only get_user_pages maps the "
		    "zero page");
CASE(memory_never_touched_is_sent_as_zeros, .requirements = {"ZC-MEM-09"}, .transports = transport::tcp,
     .paths = netns::holds, .once = true)
{
	Link &link = test.connect();
	const Mapping memory(10000);
	const Sent sent = attempt(link, memory.bytes());
	test.sent(sent, memory.size());
	std::memset(memory.data(), 0x5a, memory.size());
	link.account(sent, Data(memory.size()), MSG_ZEROCOPY);
	test.queue_empty(link);
	link.release();
	test.one_notification(link, {0, 0});
}

/* A file and a mapping of it. */
struct FileSource {
	FileSource(Bytes bytes, int flags)
		: file(os::file_of(bytes)), memory(bytes.size(), PROT_READ, flags, file.get())
	{
	}

	os::Fd file;
	Mapping memory;
};

REQUIREMENT("ZC-MEM-10", observed,
	    "With a file's memory as source a write to the file before transmission changes the data; "
	    "truncating it or punching a hole does not change pages that go whole, and zeroes in flight the "
	    "rest of a page that the file keeps in part.",
	    .code = "net/core/datagram.c:zerocopy_fill_skb_from_iter holds a reference on the page cache "
		    "page; mm/truncate.c:truncate_inode_partial_folio");
/* A private mapping has the page of the page cache, too, as long as its owner has not
 * stored to it. */
CASE(write_to_the_file_of_a_source_is_seen, .requirements = {"ZC-MEM-10"}, .transports = transport::tcp,
     .paths = netns::holds, .once = true)
{
	Link &link = test.connect();
	const Payload before(2000);
	const Payload after(2000);
	const FileSource shared(before, MAP_SHARED);
	const FileSource priv(before, MAP_PRIVATE);
	Data expected;

	for (const FileSource *source : {&shared, &priv})
		sends_to_wait(test, link, source->memory.bytes());
	os::Child([&] {
		for (const FileSource *source : {&shared, &priv})
			os::check(::pwrite(source->file.get(), after.bytes().data(), after.size(), 0),
				  "pwrite()");
		return 0;
	}).wait();
	for (int i = 0; i < 2; i++)
		expected.insert(expected.end(), after.bytes().begin(), after.bytes().end());
	link.transcript().store_over_last(expected);
	link.release();
	test.completions_settle(link);
}

/* The file gives up its pages, and the packets that refer to them keep them. */
CASE(pages_that_their_file_gives_up_are_sent_as_they_were, .requirements = {"ZC-MEM-10"},
     .transports = transport::tcp, .paths = netns::holds, .once = true)
{
	Link &link = connect_with_room(test, 50 + 4 * page_size() / 1400);
	const Payload payload(2 * page_size());
	const FileSource truncated(payload, MAP_SHARED);
	const FileSource punched(payload, MAP_PRIVATE);

	for (const FileSource *source : {&truncated, &punched})
		sends_to_wait(test, link, source->memory.bytes());
	os::check(::ftruncate(truncated.file.get(), 0), "ftruncate()");
	os::check(::fallocate(punched.file.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
			      static_cast<off_t>(payload.size())),
		  "fallocate(FALLOC_FL_PUNCH_HOLE)");
	link.release();
	test.completions_settle(link);
}

CASE(page_that_its_file_keeps_in_part_is_zeroed_in_flight, .requirements = {"ZC-MEM-10"},
     .transports = transport::tcp, .paths = netns::holds, .once = true)
{
	constexpr std::size_t kept = 100;
	Link &link = test.connect();
	const Payload payload(1000);
	const FileSource source(payload, MAP_SHARED);

	sends_to_wait(test, link, source.memory.bytes());
	os::check(::ftruncate(source.file.get(), kept), "ftruncate()");
	link.transcript().store_over_last(Data(payload.size() - kept));
	link.release();
	test.one_notification(link, {0, 0});
}

/* ---- many pieces ---- */

REQUIREMENT("ZC-MEM-11", observed,
	    "A TCP send of more pieces than a packet buffer has fragments is split into several and has one "
	    "id, up to 1024 iovecs; more give EMSGSIZE.",
	    .code = "net/ipv4/tcp.c:tcp_sendmsg_locked, new_segment on -EMSGSIZE; net/socket.c: UIO_MAXIOV");
/* How many pieces a packet buffer takes is MAX_SKB_FRAGS, and not known. */
CASE(pieces_of_a_stream_are_split_into_packets_and_share_an_id, .requirements = {"ZC-MEM-11"},
     .transports = transport::tcp, .paths = netns::simplest)
{
	constexpr std::size_t most = 1024; /* UIO_MAXIOV */
	Link &link = connect_with_room(test, most + 200);
	const Payload payload(2 * (most + 1));
	std::uint32_t id = 0;

	for (const std::size_t count :
	     {least_fragments, least_fragments + 1, most_fragments, most_fragments + 1, most}) {
		const unsigned before = transport::data_segments(link.sender());

		sends(test, link, gapped(payload, count));
		link.deliver();
		test.one_notification(link, {id, id});
		const unsigned segments = transport::data_segments(link.sender()) - before;
		test.that("segments of " + std::to_string(count) + " pieces",
			  segments * most_fragments >= count && segments <= count,
			  "enough for 16 to 45 in each", std::to_string(segments));
		id++;
	}
	test.refused(link.send_message(gapped(payload, most + 1).header(), MSG_ZEROCOPY), EMSGSIZE);
	next_id_is(test, link, id);
}

REQUIREMENT("ZC-MEM-12", promised,
	    "A UDP datagram of any number of pieces that a plain send accepts is accepted with the flag "
	    "too, in one or in segments (UDP_SEGMENT).",
	    .rests_on = "ZC-IN-01",
	    .code = "net/core/datagram.c:zerocopy_fill_skb_from_iter, net/ipv4/ip_output.c:__ip_append_data",
	    .kernels = "MAX_SKB_FRAGS is 17 with 4 KiB pages and 16 with larger ones in 6.1, and set by "
		       "CONFIG_MAX_SKB_FRAGS (17 to 45) in 6.12 and 7.3");
DEVIATION("udp-fragment-limit-refused", "ZC-MEM-12", "5.0 on",
	  "A flagged UDP datagram of more than MAX_SKB_FRAGS (16, 17 or CONFIG_MAX_SKB_FRAGS) pieces that "
	  "are not adjacent fails with EMSGSIZE and without an id, also where it is sent in segments, "
	  "and a plain send of the same iovecs succeeds.",
	  catalogue::not_fixed_seen);
/* A datagram of 60 pieces of that length, and how many the kernel takes where it refuses that. */
void more_pieces_than_fragments(At at, Link &link, std::size_t length)
{
	constexpr std::size_t many = 60;
	const Payload payload(datagram_head + many * (length + 1));
	const Outgoing pieces = fragments(payload, many, length);

	at->sent(link.send_message(pieces.header(), 0), pieces.size());
	const Sent flagged = link.send_message(pieces.header(), MSG_ZEROCOPY);
	if (flagged.ok())
		return at->sent(flagged, pieces.size());
	at->refused(flagged, EMSGSIZE);
	const std::size_t accepted = accepted_pieces(at, link);
	at->that("pieces accepted", accepted >= least_fragments && accepted <= most_fragments, "16 to 45",
		 std::to_string(accepted));
	at->equal("ids given", link.ledger().next_id(), accepted);
	at->deviates(os::describe(flagged) + " for " + std::to_string(many) + " pieces, accepted are " +
		     std::to_string(accepted));
}

CASE(datagram_may_have_more_pieces_than_fragments, .requirements = {"ZC-MEM-12"},
     .transports = transport::udp, .paths = netns::simplest, .deviation = "udp-fragment-limit-refused")
{
	more_pieces_than_fragments(test, test.connect(), 1);
}

/* All segments of a call are built as one packet. Each is a piece here. */
CASE(segments_may_have_more_pieces_than_fragments, .requirements = {"ZC-MEM-12"},
     .transports = transport::udp, .paths = netns::basic,
     .without = netns::device_without_sg | netns::device_without_checksum,
     .deviation = "udp-fragment-limit-refused")
{
	constexpr std::size_t length = 100;
	Link &link = test.connect();

	segment(link, length);
	more_pieces_than_fragments(test, link, length);
}

/* Adjacent pieces within one page make one fragment. */
CASE(adjacent_pieces_of_a_datagram_are_one_fragment, .requirements = {"ZC-MEM-12"},
     .transports = transport::udp, .paths = netns::simplest)
{
	constexpr std::size_t many = 1024;
	Link &link = test.connect();
	const Payload payload(many);
	Outgoing pieces;

	for (std::size_t i = 0; i < many; i++)
		pieces.add(payload.from(i, 1));
	next_id_is(test, link, pieces, 0);
}

REQUIREMENT("ZC-MEM-13", observed,
	    "With 4 KiB pages a UDP datagram of 65507 bytes that starts at the last byte of a page fits 17 "
	    "fragments and is sent.",
	    .code = "net/core/datagram.c:zerocopy_fill_skb_from_iter");
/* One byte, and as many pages as the rest needs: with pages of 4 KiB these are 17, the
 * least that a kernel may be built for. */
CASE(largest_datagram_may_start_at_the_end_of_a_page, .requirements = {"ZC-MEM-13"},
     .transports = transport::udp, .paths = netns::simplest)
{
	const std::size_t length = std::min(test.transport().largest_datagram, longest_unfragmented(test));
	Link &link = test.connect();
	const Payload payload(page_size() + length);

	next_id_is(test, link, payload.from(page_size() - 1, length), 0);
}

/* ---- what else may happen to the memory ---- */

REQUIREMENT("ZC-MEM-14", observed,
	    "The sending process may exit right after the call: the data arrives intact.",
	    .code = "net/core/datagram.c:zerocopy_fill_skb_from_iter: the packet buffer holds the page "
		    "references");
CASE(process_may_exit_right_after_the_call, .requirements = {"ZC-MEM-14"}, .transports = transport::tcp,
     .paths = netns::holds, .once = true)
{
	Link &link = connect_with_room(test, 90);
	const Payload payload(40000);

	os::Child sender([&] {
		/* Memory of its own, as memory that it shares with its parent would outlive it. */
		const Mapping memory = os::memory_of(payload);

		return attempt(link, memory.bytes()).returned != static_cast<ssize_t>(payload.size());
	});
	test.equal("exit status of the sending process, 0 where all was sent", sender.wait(), 0);
	link.account(transport::all_of(payload), payload, MSG_ZEROCOPY);
	test.queue_empty(link);
	link.release();
	test.one_notification(link, {0, 0});
}

REQUIREMENT("ZC-MEM-15", observed,
	    "Merging, swapping, migrating and write-protecting (KSM, MADV_PAGEOUT, compaction, userfaultfd) "
	    "the source pages does not change data in flight.",
	    .code = "mm/: a raised page reference count keeps a page where it is");
/* Everything that a process can ask of its memory, short of a store. A kernel that does not
 * know an advice does nothing. */
CASE(advice_about_the_source_does_not_change_data_in_flight, .requirements = {"ZC-MEM-15"},
     .transports = transport::tcp, .paths = netns::holds, .once = true)
{
	constexpr std::array harmless = {MADV_COLD,	MADV_MERGEABLE, MADV_UNMERGEABLE,
					 MADV_HUGEPAGE, MADV_COLLAPSE,	MADV_PAGEOUT};
	Link &link = test.connect();
	const std::array sources = {filled(1000), filled(1000), filled(1000), filled(1000)};

	for (const Mapping &source : sources)
		sends_to_wait(test, link, source.bytes());
	const auto &[advised, unneeded, freed, locked] = sources;
	for (const int advice : harmless)
		::madvise(advised.data(), advised.size(), advice);
	::madvise(unneeded.data(), unneeded.size(), MADV_DONTNEED);
	::madvise(freed.data(), freed.size(), MADV_FREE);
	::mlock(locked.data(), locked.size());
	os::check(::mprotect(locked.data(), locked.size(), PROT_READ), "mprotect()");
	link.release();
	test.completions_settle(link);
}

bool all_zero(const Mapping &memory)
{
	return std::ranges::all_of(memory.bytes(), [](std::uint8_t byte) { return byte == 0; });
}

/* MADV_FREE and MADV_PAGEOUT take memory away at once, without swap
 * (mm/rmap.c:try_to_unmap_one), except pages that someone else refers to. That the other
 * pages are gone shows that the kernel tried. */
CASE(reclaim_does_not_change_data_in_flight, .requirements = {"ZC-MEM-15"}, .transports = transport::tcp,
     .paths = netns::holds, .once = true)
{
	Link &link = test.connect();
	const Mapping source = filled(3 * page_size());
	const Mapping other = filled(3 * page_size());
	const auto reclaim = [](const Mapping &memory) {
		return ::madvise(memory.data(), memory.size(), MADV_FREE) == 0 &&
		       ::madvise(memory.data(), memory.size(), MADV_PAGEOUT) == 0;
	};

	sends_to_wait(test, link, source.bytes());
	const bool gone = os::wait_until([&] {
		if (!reclaim(source) || !reclaim(other))
			test.skip("MADV_FREE and MADV_PAGEOUT");
		return all_zero(other);
	});
	os::require(gone, "the kernel takes away memory that may be freed and that nobody holds");
	link.release();
	test.one_notification(link, {0, 0});
}

/* mm/migrate.c:folio_migrate_mapping leaves a page where it is that has references which
 * the kernel cannot account for. */
CASE(migration_does_not_change_data_in_flight, .requirements = {"ZC-MEM-15"}, .transports = transport::tcp,
     .paths = netns::holds, .needs = needs_nodes, .entry = Entry::memory, .once = true)
{
	Link &link = test.connect();
	const Mapping source = filled(page_size());
	const Mapping other = filled(page_size());

	sends_to_wait(test, link, source.bytes());
	os::move_to_other_node(source.data());
	os::require(os::wait_until([&] { return os::move_to_other_node(other.data()); }),
		    "a page that nobody else holds moves to another node");
	link.release();
	test.one_notification(link, {0, 0});
}

/* Pages of this process that are merged with others of the same content. */
unsigned merged_pages()
{
	std::ifstream file("/proc/self/ksm_merging_pages");
	unsigned pages = 0;

	file >> pages;
	return pages;
}

/* mm/ksm.c:write_protect_page does not merge a page that others refer to. Two other pages
 * with the same contents show when ksmd has looked at them. */
CASE(merging_does_not_change_data_in_flight, .requirements = {"ZC-MEM-15"}, .transports = transport::tcp,
     .paths = netns::holds, .needs = needs_merging, .entry = Entry::memory, .once = true)
{
	Link &link = test.connect();
	const Mapping source = filled(page_size());
	const Mapping others(2 * page_size());

	for (std::size_t at = 0; at < others.size(); at += source.size())
		std::memcpy(others.data() + at, source.data(), source.size());
	sends_to_wait(test, link, source.bytes());
	for (const Mapping *memory : {&source, &others})
		os::check(::madvise(memory->data(), memory->size(), MADV_MERGEABLE), "MADV_MERGEABLE");
	if (!os::wait_until([] { return merged_pages() > 0; }))
		test.skip("ksmd that gets to it in time (/sys/kernel/mm/ksm)");
	link.release();
	test.one_notification(link, {0, 0});
}

/* mm/userfaultfd.c:mwriteprotect_range changes page tables only. Memory that it protects
 * can be sent, and the peer does not see a store that waits. */
CASE(store_that_waits_is_not_seen, .requirements = {"ZC-MEM-15"}, .transports = transport::tcp,
     .paths = netns::holds, .needs = needs_write_faults, .entry = Entry::memory, .once = true)
{
	Link &link = test.connect();
	const Mapping source = filled(page_size());
	std::jthread storing; /* ended after the protection is */

	sends_to_wait(test, link, source.bytes());
	const os::WriteProtection protection(source);
	sends_to_wait(test, link, source.bytes());
	storing = std::jthread([&] { store_over(source); });
	test.that("store to protected memory", protection.await_store(), "waits", "does not");
	link.release();
	test.completions_settle(link);
	protection.lift();
}

} // namespace
