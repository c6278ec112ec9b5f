// SPDX-License-Identifier: GPL-2.0
#include "netns/bpf.h"

#include <arpa/inet.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/if_tun.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <system_error>
#include <utility>
#include <vector>

#include "netns/namespace.h"
#include "netns/netlink.h"
#include "netns/watch.h"
#include "os/check.h"
#include "os/told.h"

namespace netns
{

namespace
{

using Program = std::vector<bpf_insn>;

/* Registers: 1 is the packet at the start, 6 and 7 outlive calls, 10 is the stack's end. */
constexpr bpf_insn set(std::uint8_t to, std::int32_t value)
{
	return {BPF_ALU64 | BPF_MOV | BPF_K, to, 0, 0, value};
}

constexpr bpf_insn move(std::uint8_t to, std::uint8_t from)
{
	return {BPF_ALU64 | BPF_MOV | BPF_X, to, from, 0, 0};
}

constexpr bpf_insn add(std::uint8_t to, std::int32_t value)
{
	return {BPF_ALU64 | BPF_ADD | BPF_K, to, 0, 0, value};
}

constexpr bpf_insn load_word(std::uint8_t to, std::uint8_t from, std::int16_t offset)
{
	return {BPF_LDX | BPF_MEM | BPF_W, to, from, offset, 0};
}

constexpr bpf_insn store_word(std::uint8_t to, std::int16_t offset, std::int32_t value)
{
	return {BPF_ST | BPF_MEM | BPF_W, to, 0, offset, value};
}

constexpr bpf_insn skip_unless_below(std::uint8_t what, std::int32_t value, std::int16_t instructions)
{
	return {BPF_JMP | BPF_JGE | BPF_K, what, 0, instructions, value};
}

constexpr bpf_insn call(std::int32_t function)
{
	return {BPF_JMP | BPF_CALL, 0, 0, 0, function};
}

/* The address of a map, which takes two instructions. */
std::array<bpf_insn, 2> load_map(std::uint8_t to, int map)
{
	return {{{BPF_LD | BPF_DW | BPF_IMM, to, BPF_PSEUDO_MAP_FD, 0, map}, {0, 0, 0, 0, 0}}};
}

constexpr bpf_insn leave()
{
	return {BPF_JMP | BPF_EXIT, 0, 0, 0, 0};
}

long bpf(bpf_cmd command, bpf_attr &attributes)
{
	return ::syscall(SYS_bpf, command, &attributes, sizeof(attributes));
}

bpf_attr no_attributes()
{
	bpf_attr attributes;

	std::memset(&attributes, 0, sizeof(attributes));
	return attributes;
}

std::uint64_t address_of(const void *object)
{
	return reinterpret_cast<std::uintptr_t>(object);
}

os::Fd load(bpf_prog_type type, const Program &program, std::uint32_t flags = 0)
{
	bpf_attr attributes = no_attributes();
	std::string log(16 << 10, '\0');

	attributes.prog_type = type;
	attributes.insns = address_of(program.data());
	attributes.insn_cnt = static_cast<std::uint32_t>(program.size());
	attributes.prog_flags = flags;
	attributes.license = address_of("GPL");
	long fd = bpf(BPF_PROG_LOAD, attributes);
	if (fd < 0) {
		const int error = errno;

		/* Once more, to hear why. */
		attributes.log_level = 1;
		attributes.log_buf = address_of(log.data());
		attributes.log_size = static_cast<std::uint32_t>(log.size());
		fd = bpf(BPF_PROG_LOAD, attributes);
		if (fd < 0)
			throw std::system_error(
				error, std::generic_category(),
				"bpf(BPF_PROG_LOAD)" +
					(log.front() ? "\n" + log.substr(0, log.find('\0')) : ""));
	}
	return os::Fd(static_cast<int>(fd));
}

unsigned index_of(const std::string &device)
{
	const unsigned index = ::if_nametoindex(device.c_str());

	os::check(index ? 0 : -1, device);
	return index;
}

/* What this process has attached and where, and the request that takes it away: of the queueing discipline
 * that was made for it, or of the filter where there was one. */
struct Attached {
	Namespace space;
	tcmsg place;
	std::uint16_t deletion;
};
std::vector<Attached> attached;

/* A clsact queueing discipline, and a cls_bpf filter whose program decides itself. TCX (Linux 6.6) would wait
 * for a grace period to attach a program and for one to detach it (kernel/bpf/tcx.c:tcx_link_attach). */
void attach(const std::string &device, Direction direction, const Program &program)
{
	const Watch::Told told;
	const os::Fd loaded = load(BPF_PROG_TYPE_SCHED_CLS, program);
	const std::uint32_t hook = direction == Direction::egress ? TC_H_MIN_EGRESS : TC_H_MIN_INGRESS;
	const os::Fd netlink = open_netlink(NETLINK_ROUTE);
	NetlinkRequests discipline;
	NetlinkRequests filter;
	tcmsg place = {};

	place.tcm_ifindex = static_cast<int>(index_of(device));
	place.tcm_parent = TC_H_CLSACT;
	place.tcm_handle = TC_H_MAKE(TC_H_CLSACT, 0);
	discipline.begin(RTM_NEWQDISC, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, place);
	discipline.add(TCA_KIND, "clsact");
	const int refused = discipline.make(netlink.get());
	if (refused && refused != EEXIST)
		throw std::system_error(refused, std::generic_category(), "clsact on " + device);
	if (!refused)
		attached.push_back({Namespace::current(), place, RTM_DELQDISC});

	place.tcm_parent = TC_H_MAKE(TC_H_CLSACT, hook);
	place.tcm_handle = 0;
	place.tcm_info = TC_H_MAKE(1 << 16, htons(ETH_P_ALL));
	filter.begin(RTM_NEWTFILTER, NLM_F_ACK | NLM_F_CREATE, place);
	filter.add(TCA_KIND, "bpf");
	const std::size_t options = filter.open(TCA_OPTIONS);
	filter.add(TCA_BPF_FD, static_cast<std::uint32_t>(loaded.get()));
	filter.add(TCA_BPF_NAME, "msg_zerocopy");
	filter.add(TCA_BPF_FLAGS, std::uint32_t{TCA_BPF_FLAG_ACT_DIRECT});
	filter.close(options);
	if (const int error = filter.make(netlink.get()))
		throw std::system_error(error, std::generic_category(), "cls_bpf on " + device);
	if (refused)
		attached.push_back({Namespace::current(), place, RTM_DELTFILTER});
	os::tell_tracer("attached", device + (direction == Direction::egress ? " egress " : " ingress ") +
					    std::to_string(loaded.get()));
}

/* The packet is kept in 6 and its length in 7. Short ones go on to the filters that the path has. */
Program for_long_packets(std::initializer_list<bpf_insn> rest)
{
	Program program = {
		move(6, 1),
		load_word(7, 1, offsetof(__sk_buff, len)),
		skip_unless_below(7, least_handled_packet, 2),
		set(0, TC_ACT_UNSPEC),
		leave(),
	};

	program.insert(program.end(), rest);
	return program;
}

/* Store `length` bytes that the word holds where register 2 says, and go on. */
Program storing(bpf_insn where, std::int32_t word, std::int32_t length)
{
	return for_long_packets({
		store_word(10, -4, word),
		move(1, 6),
		move(2, 7),
		where,
		move(3, 10),
		add(3, -4),
		set(4, length),
		set(5, 0),
		call(BPF_FUNC_skb_store_bytes),
		set(0, TC_ACT_OK),
		leave(),
	});
}

} // namespace

namespace
{

constexpr std::uint32_t sender_key = 0;
constexpr std::uint32_t receiver_key = 1;

os::Fd make_socket_map(bpf_map_type type = BPF_MAP_TYPE_SOCKMAP)
{
	bpf_attr attributes = no_attributes();

	attributes.map_type = type;
	attributes.key_size = sizeof(std::uint32_t);
	attributes.value_size = sizeof(std::uint32_t);
	attributes.max_entries = 2;
	return os::Fd(static_cast<int>(
		os::check(bpf(BPF_MAP_CREATE, attributes), "bpf(BPF_MAP_CREATE) of a map of sockets")));
}

void put(const os::Fd &map, std::uint32_t key, int socket)
{
	bpf_attr attributes = no_attributes();

	attributes.map_fd = static_cast<std::uint32_t>(map.get());
	attributes.key = address_of(&key);
	attributes.value = address_of(&socket);
	os::check(bpf(BPF_MAP_UPDATE_ELEM, attributes), "bpf(BPF_MAP_UPDATE_ELEM)");
}

/* The program sees what the sockets of the map send or receive, by its type. */
void attach_to_map(const os::Fd &map, const os::Fd &program, bpf_attach_type type)
{
	bpf_attr attributes = no_attributes();

	Watch::touch();
	attributes.target_fd = static_cast<std::uint32_t>(map.get());
	attributes.attach_bpf_fd = static_cast<std::uint32_t>(program.get());
	attributes.attach_type = type;
	os::check(bpf(BPF_PROG_ATTACH, attributes), "bpf(BPF_PROG_ATTACH) to a map of sockets");
}

Program program_of(Messages what, int map)
{
	const auto [map_low, map_high] = load_map(2, map);

	switch (what) {
	case Messages::to_receiver:
		return {map_low,
			map_high,
			set(3, receiver_key),
			set(4, BPF_F_INGRESS),
			call(BPF_FUNC_msg_redirect_map),
			leave()};
	case Messages::collect:
		return {set(2, SocketMap::collected), call(BPF_FUNC_msg_cork_bytes), set(0, SK_PASS),
			leave()};
	default:
		return {set(0, SK_PASS), leave()};
	}
}

} // namespace

SocketMap::SocketMap(Messages what)
	: map_(make_socket_map()), program_(load(BPF_PROG_TYPE_SK_MSG, program_of(what, map_.get())))
{
	attach_to_map(map_, program_, BPF_SK_MSG_VERDICT);
}

void SocketMap::add(int sender, int receiver) const
{
	put(map_, receiver_key, receiver);
	put(map_, sender_key, sender);
}

void SocketMap::remove_sender() const
{
	bpf_attr attributes = no_attributes();

	attributes.map_fd = static_cast<std::uint32_t>(map_.get());
	attributes.key = address_of(&sender_key);
	os::check(bpf(BPF_MAP_DELETE_ELEM, attributes), "bpf(BPF_MAP_DELETE_ELEM)");
}

Redirection::Redirection(int receiver, int sender) : map_(make_socket_map())
{
	const auto [map_low, map_high] = load_map(2, map_.get());

	program_ = load(BPF_PROG_TYPE_SK_SKB, {map_low, map_high, set(3, sender_key), set(4, 0),
					       call(BPF_FUNC_sk_redirect_map), leave()});
	attach_to_map(map_, program_, BPF_SK_SKB_VERDICT);
	put(map_, sender_key, sender);
	put(map_, receiver_key, receiver);
}

namespace
{

os::Fd attach_xdp(const std::string &device, Xdp mode, const Program &instructions)
{
	const os::Fd program = load(BPF_PROG_TYPE_XDP, instructions,
				    mode == Xdp::generic_fragments ? BPF_F_XDP_HAS_FRAGS : 0);
	bpf_attr attributes = no_attributes();

	Watch::touch();
	attributes.link_create.prog_fd = static_cast<std::uint32_t>(program.get());
	attributes.link_create.target_ifindex = index_of(device);
	attributes.link_create.attach_type = BPF_XDP;
	attributes.link_create.flags = mode == Xdp::native ? XDP_FLAGS_DRV_MODE : XDP_FLAGS_SKB_MODE;
	return os::Fd(static_cast<int>(
		os::check(bpf(BPF_LINK_CREATE, attributes), "bpf(BPF_LINK_CREATE, BPF_XDP) of " + device)));
}

} // namespace

os::Fd attach_xdp_pass(const std::string &device, Xdp mode)
{
	return attach_xdp(device, mode, {set(0, XDP_PASS), leave()});
}

os::Fd attach_xdp_redirect(const std::string &device, Xdp mode, int socket)
{
	constexpr std::uint32_t first_queue = 0;
	const os::Fd map = make_socket_map(BPF_MAP_TYPE_XSKMAP);
	const auto [map_low, map_high] = load_map(1, map.get());

	put(map, first_queue, socket);
	return attach_xdp(device, mode,
			  {load_word(2, 1, offsetof(xdp_md, data)),
			   load_word(3, 1, offsetof(xdp_md, data_end)),
			   add(2, least_handled_packet),
			   set(0, XDP_PASS),
			   {BPF_JMP | BPF_JGT | BPF_X, 2, 3, 5, 0}, /* over the five that redirect */
			   map_low,
			   map_high,
			   set(2, first_queue),
			   set(3, XDP_PASS),
			   call(BPF_FUNC_redirect_map),
			   leave()});
}

void detach_programs()
{
	const Watch::Told told;

	for (const auto &[space, place, type] : std::exchange(attached, {})) {
		NetlinkRequests deletion;

		space.enter();
		deletion.begin(type, NLM_F_ACK, place);
		/* Where it fails, what a watch has heard of stays. */
		deletion.make(open_netlink(NETLINK_ROUTE).get());
	}
}

void drop_packets(const std::string &device, Direction direction)
{
	attach(device, direction, for_long_packets({set(0, TC_ACT_SHOT), leave()}));
}

void drop_in_tun(int tun, bool all)
{
	/* What it returns is the length that the device keeps (drivers/net/tun.c:run_ebpf_filter). */
	const os::Fd program = all ? load(BPF_PROG_TYPE_SOCKET_FILTER, {set(0, 0), leave()}) : os::Fd();
	int fd = program.get();

	Watch::touch();
	os::check(::ioctl(tun, TUNSETFILTEREBPF, &fd), "TUNSETFILTEREBPF");
}

void rewrite_ethertype(const std::string &device, std::uint16_t ethertype)
{
	const std::uint16_t on_the_wire = htons(ethertype);
	std::int32_t word = 0;

	std::memcpy(&word, &on_the_wire, sizeof(on_the_wire));
	attach(device, Direction::egress,
	       storing(set(2, offsetof(ethhdr, h_proto)), word, sizeof(on_the_wire)));
}

void rewrite_payload(const std::string &device, std::uint32_t before_end,
		     const std::array<std::uint8_t, 4> &bytes)
{
	std::int32_t word = 0;

	std::memcpy(&word, bytes.data(), bytes.size());
	attach(device, Direction::egress,
	       storing(add(2, -static_cast<std::int32_t>(before_end)), word, bytes.size()));
}

} // namespace netns
