// SPDX-License-Identifier: GPL-2.0
/* BPF programs, their maps, and what they are attached to. */
#include <linux/bpf.h>

#include <algorithm>
#include <cstring>
#include <sstream>

#include "trace/in_c.h"
#include "trace/recorder.h"

namespace trace
{

namespace
{

/* The instructions of a program; those that load a map name its descriptor. */
std::string instructions(const std::vector<bpf_insn> &program)
{
	constexpr std::uint8_t load_of_64_bits = BPF_LD | BPF_IMM | BPF_DW;
	std::string text;

	for (const bpf_insn &one : program) {
		const bool is_map = one.code == load_of_64_bits && one.src_reg == BPF_PSEUDO_MAP_FD;

		text += text.empty() ? "{" : ", {";
		for (const int field : {int{one.code}, int{one.dst_reg}, int{one.src_reg}, int{one.off}})
			text += std::to_string(field) + ", ";
		text += (is_map ? "fd" : "") + std::to_string(one.imm) + '}';
	}
	return text;
}

/* A number in memory, as a pointer to it. */
std::string pointer_to(const std::string &number)
{
	return "(uintptr_t)&(int){" + number + '}';
}

} // namespace

/* bpf(2); the kernel reads `size` bytes of attributes, and takes the rest for zero. */
void Recorder::observe_program(const Call &call, std::int64_t result)
{
	const Memory memory(call.thread);
	const auto bytes =
		memory.read(call.arguments[1], std::min<std::uint64_t>(call.arguments[2], sizeof(bpf_attr)));
	const auto fd = [](std::uint32_t number) { return "fd" + std::to_string(number); };
	const auto number_at = [&](std::uint64_t at) { return memory.object<int>(at); };
	std::string command, attributes;
	bpf_attr of;

	std::memset(&of, 0, sizeof(of));
	std::memcpy(&of, bytes.data(), bytes.size());
	switch (call.arguments[0]) {
	case BPF_MAP_CREATE:
		command = "BPF_MAP_CREATE";
		attributes = ".map_type = " + std::to_string(of.map_type) +
			     ", .key_size = " + std::to_string(of.key_size) +
			     ", .value_size = " + std::to_string(of.value_size) +
			     ", .max_entries = " + std::to_string(of.max_entries) +
			     (of.map_flags ? ", .map_flags = " + std::to_string(of.map_flags) : "");
		break;
	case BPF_PROG_LOAD:
		command = "BPF_PROG_LOAD";
		attributes = ".prog_type = " + std::to_string(of.prog_type) +
			     ", .insn_cnt = " + std::to_string(of.insn_cnt) +
			     ", .insns = (uintptr_t)(struct bpf_insn[]){" +
			     instructions(memory.array<bpf_insn>(of.insns, of.insn_cnt)) +
			     "}, .license = (uintptr_t)\"" + text_at(memory, of.license) + '"' +
			     (of.prog_flags ? ", .prog_flags = " + std::to_string(of.prog_flags) : "");
		break;
	case BPF_PROG_ATTACH:
		command = "BPF_PROG_ATTACH";
		attributes = ".target_fd = " + fd(of.target_fd) +
			     ", .attach_bpf_fd = " + fd(of.attach_bpf_fd) +
			     ", .attach_type = " + std::to_string(of.attach_type);
		break;
	case BPF_MAP_UPDATE_ELEM:
		command = "BPF_MAP_UPDATE_ELEM";
		attributes = ".map_fd = " + fd(of.map_fd) +
			     ", .key = " + pointer_to(std::to_string(number_at(of.key))) +
			     ", .value = " + pointer_to(fd(static_cast<std::uint32_t>(number_at(of.value))));
		break;
	case BPF_MAP_DELETE_ELEM:
		command = "BPF_MAP_DELETE_ELEM";
		attributes = ".map_fd = " + fd(of.map_fd) +
			     ", .key = " + pointer_to(std::to_string(number_at(of.key)));
		break;
	case BPF_LINK_CREATE: {
		const auto device = devices_.find(static_cast<int>(of.link_create.target_ifindex));
		if (device == devices_.end())
			return cannot("it attaches a BPF program to a device by its index");
		command = "BPF_LINK_CREATE";
		attributes = ".link_create = {.prog_fd = " + fd(of.link_create.prog_fd) +
			     ", .target_ifindex = if_nametoindex(\"" + device->second +
			     "\"), .attach_type = " + std::to_string(of.link_create.attach_type) +
			     ", .flags = " + std::to_string(of.link_create.flags) + '}';
		break;
	}
	default:
		return cannot("it uses a BPF program");
	}
	if (result < 0)
		return cannot("its BPF program is refused");
	const bool makes =
		command == "BPF_MAP_CREATE" || command == "BPF_PROG_LOAD" || command == "BPF_LINK_CREATE";
	const std::string made = makes ? fd_text(static_cast<std::uint64_t>(result)) : "";
	root_ = true;
	add_setup("bpf(" + command + ", (union bpf_attr){" + attributes + "})", made);
	const bool is_memory = call.arguments[0] == BPF_MAP_CREATE &&
			       (of.map_type == BPF_MAP_TYPE_RINGBUF || (of.map_flags & BPF_F_MMAPABLE));
	if (makes)
		descriptors_[static_cast<int>(result)] = {0, 0, is_memory ? "memory" : "fd"};
}

/* tc(8) attaches it from a file: "zc0 egress 5", the device, the direction and the descriptor. */
void Recorder::attached_program(const std::string &text)
{
	std::istringstream words(text);
	std::string device, direction, fd;

	words >> device >> direction >> fd;
	add_lines("mount --make-rprivate / && mount -t bpf none /mnt");
	add_setup("bpf(BPF_OBJ_PIN, (union bpf_attr){.pathname = (uintptr_t)\"/mnt/program\", .bpf_fd = fd" +
		  fd + "})");
	add_lines("tc qdisc replace dev " + device + " clsact\ntc filter add dev " + device + ' ' +
		  direction + " bpf direct-action object-pinned /mnt/program");
}

} // namespace trace
