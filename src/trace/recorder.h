/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "reproducer/program.h"
#include "trace/calls.h"
#include "trace/events.h"
#include "trace/layout.h"
#include "trace/seeded.h"

namespace trace
{

/* What a case does, as the steps of a program that does it again. */
struct Recording {
	std::vector<reproducer::Step> steps;
	/* Why there can be no such program; "": there can. */
	std::string cannot;
	bool root = false; /* it takes root of the machine */
};

/* A recording as text, to be handed from process to process. */
std::string encoded(const Recording &recording);
Recording decoded(const std::string &text);

/* Follows the system calls of a case. */
class Recorder {
public:
	Recorder(std::uint64_t seed, pid_t process) : seeded_(seed), process_(process), layout_(seeded_) {}

	void begun(const Call &call);
	void ended(pid_t thread, std::int64_t result);
	/* By os::tell_tracer(). */
	void told(const std::string &kind, const std::string &text);
	/* Is this about the netlink sockets by which the suite looks at devices? */
	bool is_of_the_suite(const Call &call) const;
	/* A signal is delivered. */
	void signalled();
	Recording take();

private:
	struct Descriptor {
		int family = 0, type = 0;
		std::string file = {}; /* that is open, of those that are recorded */
		bool ignored = false;
		bool raw = false; /* its data begins with headers */
		bool lingers = false;
		bool channel = false; /* between processes of the case */
	};
	struct Pending {
		Call call;
		Event event;
		bool recorded = false;
		std::size_t at = 0;	 /* in events_, of one that acts */
		std::size_t place = 0;	 /* of its memory, see Layout::at() */
		std::size_t control = 0; /* what it gave the kernel for control messages, in bytes */
	};

	bool followed(pid_t thread);
	/* The same for calls of another process of the case. */
	void begun_apart(const Call &call);
	void ended_apart(const Pending &pending, std::int64_t result);
	std::string name_of_call_apart(const reproducer::Step &step);
	/* "setresuid(5, 5, 5)"; "" for a call that makes nobody another user, or sets no limit. */
	std::string identity(const Call &call);
	bool knows(int fd) const
	{
		const auto found = descriptors_.find(fd);
		return found != descriptors_.end() && !found->second.ignored && !found->second.channel;
	}
	/* Does a message carry descriptors to another process? */
	bool passes_descriptors(const Call &call) const;
	bool is_stream(int fd) const;
	void cannot(const std::string &why);
	void add(Event event) { events_.push_back(std::move(event)); }
	/* Lines for the shell. */
	void add_lines(const std::string &lines);
	/* A table as nft(8) has it, a new line, and the messages that make it. */
	void add_rules(const std::string &text);
	/* Lines for ip or tc. */
	void add_commands(const std::string &command, const std::string &lines);
	void add_setup(std::string call, std::string variable = {});
	void add_file_step(std::string call, int file, std::string variable = {});
	void mapped(const Call &call, std::uint64_t address);
	void drop_unneeded_mappings();
	/* Of network devices. */
	void remember_feature_names(const Memory &memory, std::uint64_t at);
	void set_feature(const Memory &memory, std::uint64_t at, const std::string &device);
	/* `device` is that at whose user end packets are read and written. */
	void opened_tap(int fd, const std::string &device, bool ethernet);
	bool is_tap(int fd) const;
	bool is_reply(const Call &call) const;
	void read_packet(int fd, os::Bytes frame);
	void write_packet(int fd, os::Bytes frame);
	/* What was read, as parts of payloads. */
	void add_parts(Event &event, os::Bytes bytes) const;
	void store_changes(pid_t thread);

	/* As a call begins: true where it acts, and what it does is in `event`. */
	bool act(const Call &call, Event &event);
	/* As it ends, of all others. */
	void observe(const Call &call, std::int64_t result);
	void observe_socket(const Call &call, std::int64_t result);
	void observe_file(const Call &call, std::int64_t result);
	void read_setting(int fd, os::Bytes text);
	void observe_program(const Call &call, std::int64_t result);
	void attached_program(const std::string &text);
	void control(const Call &call, std::int64_t result);
	void polled(const Memory &memory, std::uint64_t address, std::uint64_t count, bool waits,
		    std::int64_t result);
	void epolled(const Call &call, std::int64_t result);
	void received(const Call &call, const msghdr &message, const std::vector<iovec> &pieces,
		      std::int64_t result, int flags);
	void got_option(const Call &call, std::int64_t result);

	std::string fd_text(std::uint64_t fd) const { return "fd" + std::to_string(static_cast<int>(fd)); }
	std::string address(const Memory &memory, std::uint64_t address, std::uint64_t length);
	std::string buffer(const Memory &memory, std::uint64_t address, std::uint64_t length);
	/* `alone`: in a call without others. */
	std::string message(const Memory &memory, const msghdr &message, bool alone = true);
	std::string value(const Memory &memory, std::uint64_t address, std::uint64_t length);
	void control_messages(const Memory &memory, const msghdr &message);

	SeededBytes seeded_;
	pid_t process_;
	Layout layout_;
	bool recording_ = false;
	bool codes_told_ = true; /* the path says which ee_code there is */
	std::string cannot_;
	bool root_ = false;
	bool failed_ = false;
	std::vector<std::string> features_; /* names of those of network devices, each at its bit */
	std::size_t shown_ = 0;		    /* so many events show a deviation; 0: all of them do */
	std::vector<Event> events_;
	std::set<pid_t> restarting_; /* threads whose calls the kernel makes again, until it does */
	std::map<pid_t, Pending> pending_;
	std::map<pid_t, bool> threads_; /* of the process itself? */
	/* Whom the other processes have become, and with what limits: the last call of each kind. */
	std::map<pid_t, std::vector<std::string>> identities_;
	unsigned calls_apart_ = 0;
	bool is_another_user_ = false;	     /* the case itself, which stays root by its saved id */
	std::map<pid_t, std::size_t> forks_; /* processes of the case, and the place in events_ */
	std::set<pid_t> executes_;	     /* those that are another program now */
	std::map<int, Descriptor> descriptors_;
	std::string namespace_;		     /* that of the main thread, as a descriptor */
	std::map<int, std::string> ports_;   /* their variables */
	std::map<int, std::string> devices_; /* by index */
	unsigned calls_in_threads_ = 0;
	std::set<pid_t> readers_;	   /* threads beside the first that read an error queue */
	std::string tap_device_;	   /* whose user end is opened next */
	std::uint32_t first_sequence_ = 0; /* of the kernel's, at a scripted peer */
	std::uint32_t reached_ = 0;	   /* how far its stream was read */
	std::size_t looks_ = 0;		   /* at pages that are sent from */
	unsigned interrupts_ = 0;	   /* signals under way */
	std::size_t control_ = 0;	   /* of the call that ends: Pending::control */
};

} // namespace trace
