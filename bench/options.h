/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace bench
{

struct Options {
	enum class Action { measure, help, version };

	Action action = Action::measure;
	std::vector<std::string> transports;
	std::vector<std::string> paths; /* on each of which only some transports may be possible */
	std::vector<std::size_t> sizes; /* of a call, in bytes */
	unsigned seconds = 60;
	unsigned slice = 10;		   /* in milliseconds */
	std::vector<unsigned> drains;	   /* see Sender: its drain_every */
	std::vector<std::string> memories; /* see Memory */
	unsigned segment = 0; /* of datagrams, in bytes; 0: where one does not go into a packet */
	std::string json;     /* a file; "": none */
	int sender_cpu = 0;
	int receiver_cpu = 0;
};

extern const char *const help_text;

/* Throws os::UsageError. */
Options parse_options(int argc, char **argv);

} // namespace bench
