// SPDX-License-Identifier: GPL-2.0
#include "explore/program.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace
{

using explore::Form;
using explore::Kind;
using explore::Layout;
using explore::Operation;
using explore::parse_program;
using explore::Program;

std::string complaint(const std::string &text)
{
	try {
		parse_program(text);
	} catch (const std::invalid_argument &wrong) {
		return wrong.what();
	}
	return "";
}

TEST(Program, IsTheSameBehindItsText)
{
	Program program;

	program.transport = "tcp6";
	program.path = "veth";
	program.bound = true;
	program.option = false;
	program.operations = {{.kind = Kind::send,
			       .socket = 1,
			       .form = Form::sendmmsg,
			       .flags = explore::zerocopy | explore::more,
			       .slot = 2,
			       .offset = 4095,
			       .length = 65507,
			       .pieces = 18,
			       .layout = Layout::paged,
			       .bad = 18,
			       .segment = 1400},
			      {.kind = Kind::checksums, .value = 1},
			      {}};
	EXPECT_EQ(parse_program(text_of(program)), program);
}

TEST(Program, NamesTheLineThatIsWrong)
{
	const std::string start = "zerocopy_explore 1\ntransport=udp4\n";

	EXPECT_EQ(complaint(start + "# a remark\nstore slot=1\n"), "");
	EXPECT_EQ(complaint("zerocopy_explore 2\n"),
		  "line 1: this is no program of this version: expected 'zerocopy_explore 1', seen "
		  "'zerocopy_explore 2'");
	EXPECT_EQ(complaint("zerocopy_explore 1\n"), "line 2: the line of the sockets is missing");
	EXPECT_EQ(complaint(start + "receive\njump\n"), "line 4: 'jump' is unknown");
	EXPECT_EQ(complaint(start + "send length=1x\n"), "line 3: '1x' is not a number from 0 to 327680");
	EXPECT_EQ(complaint(start + "store slot=3\n"), "line 3: '3' is not a number from 0 to 2");
	EXPECT_EQ(complaint(start + "send pieces=0\n"), "line 3: a message has one piece or more");
	EXPECT_EQ(complaint(start + "send more\n"), "line 3: 'more' is not NAME=VALUE");
}

TEST(Program, VectorsLieAsTheLayoutSays)
{
	Operation send{.offset = 10, .length = 10, .pieces = 3};
	const auto positions = [&] {
		std::vector<std::size_t> all;

		for (const explore::Vector &vector : vectors_of(send))
			all.push_back(vector.position);
		return all;
	};

	EXPECT_EQ(positions(), (std::vector<std::size_t>{10, 13, 16}));
	EXPECT_EQ(length_of(vectors_of(send)), 10U);
	send.layout = Layout::gapped;
	EXPECT_EQ(positions(), (std::vector<std::size_t>{10, 14, 18}));
	send.layout = Layout::paged;
	EXPECT_EQ(positions(), (std::vector<std::size_t>{10, 4096, 8192}));
	send.bad = 2;
	EXPECT_EQ(readable_of(vectors_of(send)), 3U);
	/* Nothing is behind the end of the memory. */
	send = {.offset = 60000, .length = 300000};
	EXPECT_EQ(length_of(vectors_of(send)), explore::slot_bytes - 60000);
}

TEST(Program, IsToldAsCalls)
{
	EXPECT_EQ(
		explore::call_of({.flags = explore::zerocopy, .length = 5, .pieces = 2, .segment = 1}, false),
		"send(a, memory 0, 5 bytes in 2 vectors adjacent, UDP_SEGMENT 1, MSG_ZEROCOPY)");
	EXPECT_EQ(explore::call_of({.kind = Kind::drain, .socket = 1}, true),
		  "recvmsg(b, MSG_ERRQUEUE) until it is empty");
}

} // namespace
