// SPDX-License-Identifier: GPL-2.0
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/if_tun.h>
#include <linux/perf_event.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <sstream>
#include <utility>

#include "trace/in_c.h"
#include "trace/numbers.h"
#include "trace/recorder.h"

namespace trace
{

using reproducer::Step;

void Recorder::add_lines(const std::string &lines)
{
	const std::string call = "SH(" + reproducer::quoted(lines, "\t   ") + ')';

	if (events_.empty() || events_.back().step.call != call)
		add({.step = {.of = Step::Of::statement, .call = call}});
}

/* A machine may lack nft. */
void Recorder::add_rules(const std::string &text)
{
	const std::size_t end = text.find('\n');
	std::vector<std::uint8_t> messages(text.begin() + static_cast<long>(end) + 1, text.end());

	add({.step = {.of = Step::Of::setup,
		      .call = "netfilter(\n\t\t" + literal(messages, "\n\t\t") + ", " +
			      std::to_string(messages.size()) + ')',
		      .remark = text.substr(0, end)}});
}

void Recorder::add_commands(const std::string &command, const std::string &lines)
{
	constexpr long few = 20;
	std::istringstream each(lines);
	std::string text;

	if (std::ranges::count(lines, '\n') > few)
		return add_lines(command + " -batch - <<.\n" + lines + '.');
	for (std::string line; std::getline(each, line);)
		text.append(text.empty() ? "" : "\n").append(command).append(" ").append(line);
	if (!text.empty())
		add_lines(text);
}

/* Kept where a mapping of the file is what a call takes its bytes from. */
void Recorder::add_file_step(std::string call, int file, std::string variable)
{
	layout_.at(events_.size());
	add({.step = {.of = Step::Of::setup, .call = std::move(call), .variable = std::move(variable)},
	     .file = file});
}

/* Machines of 32 bits have a call that counts the offset in 4096 bytes, and maybe an old one that libraries
 * do not make. */
#ifdef SYS_mmap2
constexpr std::uint64_t mmap_call = SYS_mmap2, offset_unit = 4096;
#else
constexpr std::uint64_t mmap_call = SYS_mmap, offset_unit = 1;
#endif

void Recorder::mapped(const Call &call, std::uint64_t address)
{
	constexpr std::uint64_t most = 1 << 20; /* the program's in[] */
	const Memory memory(call.thread);
	const auto &arguments = call.arguments;
	const auto number_of = [&](std::size_t i) { return std::to_string(arguments[i]) + ", "; };
	const int file = arguments[3] & MAP_ANONYMOUS ? -1 : static_cast<int>(arguments[4]);
	const std::string kind = descriptors_.contains(file) ? descriptors_[file].file : "";
	const bool is_file = kind == "memfd";

	layout_.at(events_.size());
	const auto mapping = static_cast<int>(
		layout_.mapped(memory, address, arguments[1], arguments[2] & PROT_WRITE, file));
	const auto add_step = [&](Step step) { add({.step = std::move(step), .mapping = mapping}); };
	if ((file >= 0 && !is_file && kind != "memory") || (arguments[3] & MAP_HUGETLB) ||
	    arguments[1] > most)
		return add_step({}); /* see drop_unneeded_mappings() */
	if (is_file) {
		std::vector<Step> contents = layout_.contents(memory, address, arguments[1], "in");
		const bool any = !contents.empty();

		for (Step &step : contents)
			add_step(std::move(step));
		if (any)
			add_step({Step::Of::setup, "pwrite(" + fd_text(arguments[4]) + ", in, " +
							   number_of(1) +
							   std::to_string(arguments[5] * offset_unit) + ')'});
	}
	add_step({Step::Of::setup, "(long)mmap(" + Layout::name(address) + ", " + number_of(1) +
					   number_of(2) + std::to_string(arguments[3] | MAP_FIXED) + ", " +
					   (file < 0 ? "-1" : fd_text(arguments[4])) + ", " +
					   std::to_string(arguments[5] * offset_unit) + ')'});
}

void Recorder::control(const Call &call, std::int64_t result)
{
	const Memory memory(call.thread);
	const std::uint64_t request = call.arguments[1], at = call.arguments[2];
	const auto of = memory.object<ifreq>(at);
	const std::string device(of.ifr_name, ::strnlen(of.ifr_name, IFNAMSIZ));

	switch (request) {
	case SIOCGIFINDEX:
		devices_[of.ifr_ifindex] = device;
		return;
	case SIOCSIFFLAGS:
		/* As often as takes seconds: a program that is killed leaves no shell behind that waits on.
		 */
		return add_lines(device == "lo"
					 ? "ip link set dev lo up"
					 : "n=0; until ip link show dev " + device +
						   " | grep -q LOWER_UP; do [ $((n += 1)) -lt 2000 ]; done");
	case TUNSETIFF:
		return opened_tap(static_cast<int>(call.arguments[0]), device, false);
	case TUNSETOFFLOAD:
		return add_setup("ioctl(" + fd_text(call.arguments[0]) + ", TUNSETOFFLOAD, " +
				 std::to_string(at) + ')');
	case TUNSETFILTEREBPF: {
		const int program = memory.object<int>(at);
		return add_setup("ioctl(" + fd_text(call.arguments[0]) + ", TUNSETFILTEREBPF, &(int){" +
				 (program < 0 ? "-1" : fd_text(static_cast<std::uint64_t>(program))) + "})");
	}
	case SIOCETHTOOL: {
		const auto command = memory.object<ethtool_value>(number(of.ifr_data));
		for (const auto &[set, name] : {std::pair{__u32{ETHTOOL_SSG}, "ETHTOOL_SSG"},
						{ETHTOOL_STXCSUM, "ETHTOOL_STXCSUM"},
						{ETHTOOL_STSO, "ETHTOOL_STSO"},
						{ETHTOOL_SGSO, "ETHTOOL_SGSO"},
						{ETHTOOL_SGRO, "ETHTOOL_SGRO"}})
			if (command.cmd == set)
				return add_setup("offload(\"" + device + "\", " + name + ", " +
						 std::to_string(command.data) + ')');
		if (command.cmd == ETHTOOL_GSTRINGS && command.data == ETH_SS_FEATURES)
			remember_feature_names(memory, number(of.ifr_data));
		if (command.cmd == ETHTOOL_SFEATURES)
			set_feature(memory, number(of.ifr_data), device);
		return;
	}
	case SIOCOUTQ:
	case SIOCOUTQNSD:
		if (knows(static_cast<int>(call.arguments[0])) && result >= 0)
			add({.of = Event::Of::look,
			     .step = {.of = Step::Of::look,
				      .call = "queued(" + fd_text(call.arguments[0]) + ", " +
					      (request == SIOCOUTQ ? "SIOCOUTQ" : "SIOCOUTQNSD") + ')',
				      .answer = std::to_string(memory.object<int>(at))},
			     .fd = static_cast<int>(call.arguments[0])});
		return;
	default:
		return;
	}
}

/* Each kernel numbers them in its own way. */
void Recorder::remember_feature_names(const Memory &memory, std::uint64_t at)
{
	using Name = std::array<char, ETH_GSTRING_LEN>;
	const auto names = memory.array<Name>(at + offsetof(ethtool_gstrings, data),
					      memory.object<ethtool_gstrings>(at).len);

	features_.clear();
	for (const Name &name : names)
		features_.emplace_back(name.data(), ::strnlen(name.data(), name.size()));
}

void Recorder::set_feature(const Memory &memory, std::uint64_t at, const std::string &device)
{
	const auto blocks = memory.array<ethtool_set_features_block>(
		at + offsetof(ethtool_sfeatures, features), memory.object<ethtool_sfeatures>(at).size);

	for (std::size_t bit = 0; bit < features_.size() && bit / 32 < blocks.size(); bit++)
		if (const std::uint32_t one = 1U << bit % 32; blocks[bit / 32].valid & one)
			add_setup(called("feature",
					 {reproducer::quoted(device), reproducer::quoted(features_[bit]),
					  blocks[bit / 32].requested & one ? "1" : "0"}));
}

void Recorder::read_setting(int fd, os::Bytes text)
{
	const auto found = descriptors_.find(fd);
	const std::string value(text.begin(), std::ranges::find(text, '\n'));

	if (found != descriptors_.end() && found->second.file.starts_with("/proc/sys/") && !value.empty() &&
	    value.find_first_not_of("0123456789") == std::string::npos)
		add({.step = {.call = "number_in(" + reproducer::quoted(found->second.file) + ')',
			      .answer = value},
		     .setting = true});
}

std::string Recorder::identity(const Call &call)
{
	const auto &arguments = call.arguments;

	switch (call.number) {
	case SYS_setresuid:
		root_ = true;
		return "setresuid(" + std::to_string(arguments[0]) + ", " + std::to_string(arguments[1]) +
		       ", " + std::to_string(arguments[2]) + ')';
	case SYS_prlimit64: {
		if (arguments[1] != RLIMIT_MEMLOCK || !arguments[2])
			return "";
		const auto limit = Memory(call.thread).object<rlimit>(arguments[2]);
		return "memlock(" +
		       (limit.rlim_cur == RLIM_INFINITY ? "RLIM_INFINITY" : std::to_string(limit.rlim_cur)) +
		       ')';
	}
	case SYS_unshare:
		return arguments[0] == CLONE_NEWUSER ? "unshare(CLONE_NEWUSER)" : "";
	default:
		return "";
	}
}

void Recorder::observe_file(const Call &call, std::int64_t result)
{
	const Memory memory(call.thread);
	const auto &arguments = call.arguments;
	const int fd = static_cast<int>(arguments[0]);
	const std::string name = fd_text(arguments[0]);
	const std::string made = fd_text(static_cast<std::uint64_t>(result));
	const auto tidy = [&](const std::string &text) {
		add({.step = {.of = Step::Of::setup, .call = text}, .tidies = true});
	};

	switch (call.number) {
	case SYS_ioctl:
		return control(call, result);
	case SYS_close:
		if (!descriptors_.contains(fd))
			return;
		if (knows(fd) && (descriptors_[fd].file.empty() || descriptors_[fd].file.starts_with("fd")))
			tidy("close(" + name + ')');
		layout_.closed(fd);
		descriptors_.erase(fd);
		return;
	case SYS_dup:
	case SYS_dup3:
	case SYS_fcntl:
		if (!knows(fd))
			return;
		if (call.number == SYS_fcntl && arguments[1] == F_ADD_SEALS) {
			add({.step = {.call = "fcntl(" + name + ", F_ADD_SEALS, " +
					      std::to_string(arguments[2]) + ')',
				      .answer = answer(result)},
			     .file = fd});
			return;
		}
		if (result < 0)
			return;
		if (call.number == SYS_fcntl && arguments[1] == F_SETFL)
			return add_setup("fcntl(" + name + ", F_SETFL, " +
					 (arguments[2] & O_NONBLOCK ? "O_NONBLOCK)" : "0)"));
		if (call.number == SYS_fcntl && arguments[1] != F_DUPFD_CLOEXEC && arguments[1] != F_DUPFD)
			return;
		descriptors_[static_cast<int>(result)] = descriptors_[fd];
		return add_setup("dup(" + name + ')', made);
	case SYS_openat: {
		const std::string file = text_at(memory, arguments[1]);
		if (result < 0)
			return;
		if (file.ends_with("/ns/net")) {
			descriptors_[static_cast<int>(result)] = {0, 0, "fd"};
			namespace_ = made;
			return add_setup("dup2(open(\"/proc/thread-self/ns/net\", O_RDONLY), 10" +
						 std::to_string(result) + ')',
					 made);
		}
		if (file.starts_with("/proc/sys/"))
			descriptors_[static_cast<int>(result)] = {0, 0, file};
		/* As netns/macvtap.cc asks for the number of the device, and opens it. */
		if (file.starts_with("class/net/"))
			tap_device_ = file.substr(10, file.find('/', 10) - 10);
		if (file == "tap")
			return opened_tap(static_cast<int>(result), tap_device_, true);
		if (file == "/dev/vhost-vsock")
			cannot("a played guest takes part");
		return;
	}
	case SYS_pwrite64:
	case SYS_write:
	case SYS_writev: {
		if (descriptors_.contains(fd) && descriptors_[fd].file == "memfd")
			return layout_.refresh(memory, fd);
		if (is_tap(fd))
			return result > 0 ? write_packet(fd, memory.read(arguments[1], arguments[2]))
					  : void();
		if (!descriptors_.contains(fd) || descriptors_[fd].file.empty())
			return;
		std::string text;
		if (call.number == SYS_write) {
			const auto bytes = memory.read(arguments[1], arguments[2]);
			text.assign(bytes.begin(), bytes.end());
		} else {
			for (const iovec &one :
			     memory.array<iovec>(arguments[1], std::min<std::uint64_t>(arguments[2], 8))) {
				const auto bytes = memory.read(number(one.iov_base), one.iov_len);
				text.append(bytes.begin(), bytes.end());
			}
		}
		/* These matter on a slow machine only. */
		for (const char *slow : {"tcp_early_retrans", "tcp_rto_min_us"})
			if (descriptors_[fd].file.ends_with(slow))
				return;
		while (text.ends_with('\n'))
			text.pop_back();
		if (result < 0 && !descriptors_[fd].file.starts_with("/proc/"))
			return;
		if (result < 0)
			return add({.step = {.call = called("write_to",
							    {reproducer::quoted(descriptors_[fd].file),
							     reproducer::quoted(text)}),
					     .answer = answer(result)}});
		return add_lines("echo '" + text + "' >" + descriptors_[fd].file);
	}
	case SYS_unshare:
		if (arguments[0] & CLONE_NEWNET) {
			namespace_.clear();
			/* What was read before is of the machine. */
			for (Event &event : events_)
				if (event.setting)
					event = {.tidies = true};
			add_setup("unshare(CLONE_NEWNET)");
		} else if (arguments[0] & ~CLONE_FS)
			cannot("it has namespaces of another kind");
		return;
	case SYS_setns:
		if (std::exchange(namespace_, name) == name)
			return;
		return add_setup("setns(" + name + ", CLONE_NEWNET)");
	case SYS_clone:
		if (!(arguments[0] & CLONE_VM))
			forks_[static_cast<pid_t>(result)] = events_.size();
		return;
	case SYS_setresuid:
	case SYS_prlimit64:
		is_another_user_ |= call.number == SYS_setresuid;
		if (const std::string text = result < 0 ? "" : identity(call); !text.empty())
			add_setup(text);
		return;
	case SYS_memfd_create:
		if (result >= 0)
			descriptors_[static_cast<int>(result)] = {0, 0, "memfd"};
		return add_file_step("memfd_create(\"" + text_at(memory, arguments[0]) + "\", " +
					     std::to_string(arguments[1] & ~MFD_CLOEXEC) + ')',
				     static_cast<int>(result), made);
	case SYS_memfd_secret:
		if (result < 0)
			return;
		descriptors_[static_cast<int>(result)] = {0, 0, "memory"};
		return add_file_step("(int)syscall(SYS_memfd_secret, 0)", static_cast<int>(result), made);
	case SYS_perf_event_open: {
		const auto of = memory.object<perf_event_attr>(arguments[0]);
		if (result < 0)
			return;
		descriptors_[static_cast<int>(result)] = {0, 0, "memory"};
		return add_file_step(
			"(int)syscall(SYS_perf_event_open, &(struct perf_event_attr){.type = " +
				std::to_string(of.type) + ", .size = sizeof(struct perf_event_attr)" +
				", .config = " + std::to_string(of.config) +
				", .disabled = 1, .exclude_kernel = 1, .exclude_hv = 1}, 0, -1, -1, 0)",
			static_cast<int>(result), made);
	}
	case SYS_ftruncate:
		if (descriptors_.contains(fd) &&
		    (descriptors_[fd].file == "memfd" || descriptors_[fd].file == "memory"))
			add_file_step("ftruncate(" + name + ", " + std::to_string(arguments[1]) + ')', fd);
		return;
	case mmap_call:
		if (result < 0 && result > -4096)
			return;
		if (arguments[3] & MAP_FIXED)
			for (Step &step : layout_.unmapped(static_cast<std::uint64_t>(result), arguments[1]))
				add({.step = std::move(step), .tidies = true});
		if ((arguments[3] & MAP_ANONYMOUS) && !(arguments[3] & (MAP_SHARED | MAP_HUGETLB)))
			return;
		return mapped(call, static_cast<std::uint64_t>(result));
	case SYS_mprotect:
		return store_changes(call.thread);
	case SYS_mremap:
		return cannot("it moves memory by mremap()");
	case SYS_madvise:
		if (result == 0 && layout_.is_used(arguments[0]))
			add_setup("madvise(" + Layout::name(arguments[0]) + ", " +
				  std::to_string(arguments[1]) + ", " + std::to_string(arguments[2]) + ')');
		return;
	case SYS_munmap:
		for (Step &step : layout_.unmapped(arguments[0], arguments[1]))
			add({.step = std::move(step), .tidies = true});
		return;
	default:
		return;
	}
}

} // namespace trace
