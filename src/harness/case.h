/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "catalogue/deviation.h"
#include "catalogue/regression.h"
#include "catalogue/requirement.h"
#include "harness/where.h"
#include "netns/path.h"
#include "os/registry.h"
#include "transport/transport.h"

namespace harness
{

class Test;

/* What a case needs of the machine beyond its path; unmet, it is skipped with
 * the reason before any of its code runs. */
enum Need : unsigned {
	needs_root = 1 << 0,	      /* root, and not merely of a user namespace */
	needs_optmem = 1 << 1,	      /* net.core.optmem_max per network namespace */
	needs_memlock = 1 << 2,	      /* a user of the test's own, to whom RLIMIT_MEMLOCK applies */
	needs_vvar = 1 << 3,	      /* a page of the kernel's variables, mapped beside the vDSO */
	needs_secret_memory = 1 << 4, /* memfd_secret(2) */
	needs_huge_pages = 1 << 5,    /* reserved for whoever wants one: hugetlb */
	needs_write_faults = 1 << 6,  /* userfaultfd(2) that sees stores */
	needs_merging = 1 << 7,	      /* ksmd, at work */
	needs_nodes = 1 << 8,	      /* more than one memory node */
	needs_freed_sockets = 1 << 9, /* transport::FreedSockets */
	needs_packet = 1 << 10,	      /* packet sockets */
	needs_ping = 1 << 11,
	needs_mptcp = 1 << 12,
	needs_ktls = 1 << 13,
	needs_rds = 1 << 14, /* over TCP */
	needs_sctp = 1 << 15,
	needs_smc = 1 << 16,
	needs_udplite = 1 << 17,
	needs_vsock = 1 << 18, /* AF_VSOCK sockets exist; waives the SO_ZEROCOPY check on VSOCK transports */
	needs_vsock_zerocopy = 1 << 19,	 /* SO_ZEROCOPY on AF_VSOCK sockets; VSOCK transports imply it */
	needs_send_zc = 1 << 20,	 /* io_uring with SEND_ZC and SENDMSG_ZC */
	needs_send_zc_usage = 1 << 21,	 /* their notifications report whether the data was copied */
	needs_bpf = 1 << 22,		 /* XDP and traffic-control programs on the suite's devices */
	needs_stamped_packets = 1 << 23, /* transmit timestamps return their packets */
	needs_esp = 1 << 24,		 /* IPsec that encrypts */
	needs_socket_maps = 1 << 25,	 /* netns::SocketMap */
	needs_connection_tracking = 1 << 26,
	needs_packet_queue = 1 << 27,  /* netns::PacketQueue */
	needs_packet_filter = 1 << 28, /* netns::drop_datagrams() */
	needs_xdp_fragments = 1 << 29, /* XDP programs that take packets in fragments */
	needs_big_tcp = 1 << 30,       /* packets of more than 64 KiB */
};

/* A group of tests that run together. Tests that depend on parts that many kernels lack are
 * in other entries than the core, so that the core has no skips; see Selection::entries. */
enum class Entry {
	core,
	families, /* other families than TCP and UDP, protocols over them, devices that are rare */
	stacks,	  /* overlays, encryption and other devices that send by another, and containers */
	io_uring,
	vsock,	    /* cases about VSOCK, and every case that is planned for it */
	memory,	    /* memory and operations on it that need a machine set up for them */
	guest_only, /* may crash a kernel that lacks a fix: for disposable guests only */
};

/*
 * A case judges one promise, or a few that belong together. Written once, it
 * is planned for every transport and path that no rule of planning.cc excludes.
 */
struct Case {
	const char *name;
	void (*run)(Test &);
	/* Its first line, which failures name that no line of the case detected. */
	Where where = {"", 0};
	/* Ids of the catalogue; unused places are null. The first is what the
	 * case is about. */
	const char *requirements[5] = {};
	/* A transport must be of one of these kinds. */
	unsigned transports = transport::tcp | transport::udp;
	/* A path must have all of these traits, and none of `without`. */
	unsigned paths = netns::basic;
	unsigned without = 0;
	/* Traits of netns::on_request that a path may have besides: the case is planned for
	 * those paths too, in the entry stacks, as many kernels lack their devices. */
	unsigned also = 0;
	/* Addresses on the wire must be of this family; AF_UNSPEC: any. */
	int address_family = AF_UNSPEC;
	unsigned needs = 0;
	Entry entry = Entry::core;
	/* Transport-independent. */
	bool once = false;
	/* Beside no other test, as it judges by what the whole machine counts. */
	bool alone = false;
	/* The deviation that the case's promise meets on some kernels, or null. */
	const char *deviation = nullptr;

	bool judges(std::string_view requirement) const;
	/* The requirement that it is about. */
	const catalogue::Requirement &subject() const;
	/* A kernel that deviates here is damaged, and so may be results beside and after it. */
	bool harms() const;
	/* Whether no other test may run beside it: see alone and harms(). */
	bool apart() const;
};

/* As options and documents have it: "guest-only". */
const char *name(Entry entry);

/* Every case of the program, in the order of their files' link and in the
 * files' own. */
std::span<const Case *const> cases();
/* Those that judge a requirement. */
std::vector<const Case *> cases_of(const catalogue::Requirement &requirement);

/*
 * CASE(name_that_says_the_promise, .requirements = {"ZC-CT-01"}, .paths = netns::holds)
 * {
 *	transport::Link &link = test.connect();
 *	...
 * }
 */
#define CASE(case_name, ...)                                                                                 \
	static void case_name(harness::Test &test);                                                          \
	static const harness::Case case_name##_case = {                                                      \
		.name = #case_name, .run = case_name, .where = harness::Where::here(), __VA_ARGS__};         \
	static const os::Registration case_name##_registration(case_name##_case);                            \
	static void case_name([[maybe_unused]] harness::Test &test)

} // namespace harness
