// SPDX-License-Identifier: GPL-2.0

#include "catalogue/requirement.h"

namespace catalogue
{

static constexpr Requirement requirements[] = {
	{
		"ZC-MEM-01",
		"Anonymous, shared, stack, text, vdso, /dev/zero, transparent huge page, memfd and file "
		"memory, also read-only, are all valid sources.",
		"net/core/datagram.c:zerocopy_fill_skb_from_iter, iov_iter_get_pages2",
		Status::code_only,
		"",
		{"every_kind_of_mapping_is_a_source", "page_locked_several_times_is_a_source",
		 "stack_program_and_vdso_are_sources"},
		"",
	},
	{
		"ZC-MEM-02",
		"hugetlb pages are valid sources, and adjacent parts of one merge into one fragment, where a "
		"fragment was still free before.",
		"net/core/datagram.c:zerocopy_fill_skb_from_iter, compound_head",
		Status::code_only,
		"",
		{"huge_pages_are_sources", "adjacent_parts_of_a_huge_page_are_one_fragment"},
		"",
	},
	{
		"ZC-MEM-03",
		"Memory that is protected, unmapped, beyond the end of its file or the kernel's makes a "
		"flagged send fail with EFAULT and without an id.",
		"net/core/datagram.c:zerocopy_fill_skb_from_iter, iov_iter_get_pages2",
		Status::code_only,
		"VSOCK differs, see ZC-VS-06",
		{"memory_that_cannot_be_read_gives_efault_and_no_id"},
		"",
	},
	{
		"ZC-MEM-04",
		"Memory a plain send can read (memfd_secret, the vvar page) can be sent with the flag too.",
		"msg_zerocopy.rst, Deferred copies: \"Passing flag MSG_ZEROCOPY is a hint to the kernel to "
		"apply copy avoidance\"; net/core/datagram.c:zerocopy_fill_skb_from_iter",
		Status::deviates,
		"memfd_secret since 5.14; the vvar page is refused before 7.3",
		{"variables_of_the_kernel_can_be_sent_with_the_flag",
		 "secret_memory_can_be_sent_with_the_flag"},
		"",
	},
	{
		"ZC-MEM-05",
		"Where the call copies (no scatter-gather, UDP above the MTU, cork) memory that cannot be "
		"pinned can be sent with the flag.",
		"net/ipv4/tcp.c:tcp_sendmsg_locked, net/ipv4/ip_output.c:__ip_append_data copy from the "
		"iterator",
		Status::code_only,
		"",
		{"any_readable_memory_is_sent_without_scatter_gather",
		 "any_readable_memory_is_sent_above_the_mtu", "any_readable_memory_is_sent_in_parts",
		 "secret_memory_is_sent_without_scatter_gather"},
		"",
	},
	{
		"ZC-MEM-06",
		"A TCP send that meets a bad page sends what lies in packet buffers completed before it and "
		"counts once; met in the first packet buffer it fails with EFAULT, sends nothing and counts "
		"nothing.",
		"net/core/skbuff.c:skb_zerocopy_iter_stream reverts the packet buffer at hand",
		Status::code_only,
		"how many bytes are sent depends on the size of packet buffers",
		{"stream_sends_the_packet_buffers_before_a_bad_page",
		 "bad_page_in_the_first_packet_buffer_sends_nothing"},
		"",
	},
	{
		"ZC-MEM-07",
		"A UDP send that meets a bad page fails with EFAULT, sends nothing and counts nothing.",
		"net/ipv4/ip_output.c:__ip_append_data, error",
		Status::code_only,
		"",
		{"bad_page_in_a_datagram_sends_nothing"},
		"",
	},
	{
		"ZC-MEM-08",
		"A store after fork() to private memory, by parent or child, is not seen by the peer: the "
		"writer gets a page of its own.",
		"net/core/datagram.c:zerocopy_fill_skb_from_iter uses get_user_pages without FOLL_PIN and "
		"FOLL_WRITE",
		Status::code_only,
		"",
		{"store_to_private_memory_after_fork_is_not_seen",
		 "store_to_shared_memory_by_a_child_is_seen"},
		"",
	},
	{
		"ZC-MEM-09",
		"Anonymous memory never touched is sent as zeros, and a first store after the call is not "
		"seen.",
		"net/core/datagram.c:zerocopy_fill_skb_from_iter: a read-only get_user_pages maps the zero "
		"page",
		Status::code_only,
		"",
		{"memory_never_touched_is_sent_as_zeros"},
		"",
	},
	{
		"ZC-MEM-10",
		"With a file's memory as source a write to the file before transmission changes the data; "
		"truncating it or punching a hole does not change pages that go whole, and zeroes in flight "
		"the rest of a page that the file keeps in part.",
		"net/core/datagram.c:zerocopy_fill_skb_from_iter holds a reference on the page cache page; "
		"mm/truncate.c:truncate_inode_partial_folio",
		Status::code_only,
		"",
		{"write_to_the_file_of_a_source_is_seen",
		 "pages_that_their_file_gives_up_are_sent_as_they_were",
		 "page_that_its_file_keeps_in_part_is_zeroed_in_flight"},
		"",
	},
	{
		"ZC-MEM-11",
		"A TCP send of more pieces than a packet buffer has fragments is split into several and has "
		"one id, up to 1024 iovecs; more give EMSGSIZE.",
		"net/ipv4/tcp.c:tcp_sendmsg_locked, new_segment on -EMSGSIZE; net/socket.c: UIO_MAXIOV",
		Status::code_only,
		"",
		{"pieces_of_a_stream_are_split_into_packets_and_share_an_id",
		 "each_packet_of_many_pieces_is_pushed"},
		"",
	},
	{
		"ZC-MEM-12",
		"A UDP datagram of any number of pieces that a plain send accepts is accepted with the flag "
		"too.",
		"msg_zerocopy.rst, Deferred copies: \"Passing flag MSG_ZEROCOPY is a hint to the kernel to "
		"apply copy avoidance\"; net/core/datagram.c:zerocopy_fill_skb_from_iter, "
		"net/ipv4/ip_output.c:__ip_append_data",
		Status::deviates,
		"MAX_SKB_FRAGS is 17 with 4 KiB pages in 6.1 and set by CONFIG_MAX_SKB_FRAGS (17 to 45) in "
		"6.12 and 7.3",
		{"datagram_may_have_more_pieces_than_fragments",
		 "adjacent_pieces_of_a_datagram_are_one_fragment"},
		"",
	},
	{
		"ZC-MEM-13",
		"With 4 KiB pages a UDP datagram of 65507 bytes that starts at the last byte of a page fits "
		"17 fragments and is sent.",
		"net/core/datagram.c:zerocopy_fill_skb_from_iter",
		Status::code_only,
		"",
		{"largest_datagram_may_start_at_the_end_of_a_page"},
		"",
	},
	{
		"ZC-MEM-14",
		"The sending process may exit right after the call: the data arrives intact.",
		"net/core/datagram.c:zerocopy_fill_skb_from_iter: the packet buffer holds the page "
		"references",
		Status::code_only,
		"",
		{"process_may_exit_right_after_the_call"},
		"",
	},
	{
		"ZC-MEM-15",
		"Merging, swapping, migrating and write-protecting (KSM, MADV_PAGEOUT, compaction, "
		"userfaultfd) the source pages does not change data in flight.",
		"mm/: a raised page reference count keeps a page where it is",
		Status::code_only,
		"",
		{"advice_about_the_source_does_not_change_data_in_flight",
		 "reclaim_does_not_change_data_in_flight", "migration_does_not_change_data_in_flight",
		 "merging_does_not_change_data_in_flight", "store_that_waits_is_not_seen"},
		"",
	},
};

extern const Chapter source_memory;
const Chapter source_memory = {"source_memory", "Source memory", requirements};

} // namespace catalogue
