// SPDX-License-Identifier: GPL-2.0
#include "agent/protocol.h"

#include <gtest/gtest.h>

#include <functional>

#include "agent/place.h"

namespace
{

using agent::Frame;
using agent::FrameReader;
using agent::Open;
using agent::ProtocolError;
using agent::Verb;
using os::Data;

std::string complaint(const std::function<void()> &attempt)
{
	try {
		attempt();
	} catch (const std::exception &error) {
		return error.what();
	}
	return "";
}

std::string without_newline(std::string line)
{
	line.pop_back();
	return line;
}

TEST(Greeting, IsReadAsItWasWritten)
{
	const auto ready = agent::parse_agent_greeting(
		without_newline(encode(agent::AgentGreeting{"abc", false, "1.2.3"})));
	EXPECT_EQ(ready.boot_id, "abc");
	EXPECT_EQ(ready.version, "1.2.3");
	EXPECT_FALSE(ready.busy);
	EXPECT_TRUE(agent::parse_agent_greeting(without_newline(encode(agent::AgentGreeting{"", true, ""})))
			    .busy);
	EXPECT_EQ(agent::parse_agent_greeting("msg_zerocopy agent 1 ready abc").version, "");
	EXPECT_EQ(agent::parse_controller_greeting(without_newline(encode(agent::ControllerGreeting{7})))
			  .session_ms,
		  7U);
}

TEST(Greeting, OfAnotherVersionSaysWhichEndIsOlder)
{
	EXPECT_EQ(complaint([] { agent::parse_agent_greeting("msg_zerocopy agent 0 ready x"); }),
		  "the agent is older: it speaks version 0 of the protocol, this program version 1; use the "
		  "same release at both ends");
	/* What a newer one says behind its version is not looked at. */
	EXPECT_EQ(complaint([] { agent::parse_agent_greeting("msg_zerocopy agent 2 {\"new\": 1}"); }),
		  "the agent is newer: it speaks version 2 of the protocol, this program version 1; use the "
		  "same release at both ends");
	EXPECT_EQ(complaint([] { agent::parse_controller_greeting("msg_zerocopy controller 3 9"); }),
		  "the controller is newer: it speaks version 3 of the protocol, this program version 1; use "
		  "the same release at both ends");
}

TEST(Greeting, OfSomethingElseIsShown)
{
	EXPECT_EQ(complaint([] { agent::parse_agent_greeting("SSH-2.0-OpenSSH_9.2\r"); }),
		  "no msg_zerocopy agent answers, but something that says 'SSH-2.0-OpenSSH_9.2?'");
	EXPECT_EQ(complaint([] { agent::parse_agent_greeting(std::string(100, 'x')); }),
		  "no msg_zerocopy agent answers, but something that says '" + std::string(60, 'x') + "...'");
	for (const char *line : {"msg_zerocopy agent ", "msg_zerocopy agent x ready", "msg_zerocopy agent 1",
				 "msg_zerocopy agent 1 maybe"})
		EXPECT_THROW(agent::parse_agent_greeting(line), ProtocolError) << line;
	for (const char *line : {"", "GET / HTTP/1.1", "msg_zerocopy controller 1",
				 "msg_zerocopy controller 1 0", "msg_zerocopy controller 1 3600001",
				 "msg_zerocopy controller 1 -5", "msg_zerocopy controller 1 99999999999"})
		EXPECT_THROW(agent::parse_controller_greeting(line), ProtocolError) << line;
}

TEST(Frames, AreReadAsTheyWereWrittenHoweverTheyAreCut)
{
	const std::vector<Frame> frames = {{Verb::ping, 0, {}},
					   {Verb::data, 63, Data(1000, 7)},
					   {Verb::data, 1, Data(agent::longest_payload, 1)},
					   {Verb::done, 2, agent::encode(0x01020304U)}};
	Data bytes;

	for (const Frame &frame : frames) {
		const Data more = encode(frame);
		bytes.insert(bytes.end(), more.begin(), more.end());
	}
	for (const std::size_t step : {std::size_t{1}, std::size_t{7}, std::size_t{4096}, bytes.size()}) {
		FrameReader reader;
		std::vector<Frame> read;

		for (std::size_t at = 0; at < bytes.size(); at += step) {
			reader.feed(os::Bytes(bytes).subspan(at, std::min(step, bytes.size() - at)));
			while (const auto frame = reader.next())
				read.push_back(*frame);
		}
		EXPECT_EQ(read, frames) << step;
		EXPECT_EQ(reader.waiting(), 0U);
	}
}

TEST(Frames, BeyondTheBoundsAreRefusedBeforeTheyHaveCome)
{
	const std::vector<Data> headers = {
		{0xff, 0xff, 0xff, 0xff, 0, 0, 1, 0}, /* length */
		{0, 16, 0, 1, 0, 0, 1, 0},	      /* one byte too long */
		{0, 0, 0, 0, 0, 64, 1, 0},	      /* socket */
		{0, 0, 0, 0, 0, 0, 0, 0},	      /* verb */
		{0, 0, 0, 0, 0, 0, 200, 0},
		{0, 0, 0, 0, 0, 0, 1, 1}, /* reserved */
		{'S', 'S', 'H', '-', '2', '.', '0', '-'},
	};

	for (const Data &header : headers) {
		FrameReader reader;

		reader.feed(header);
		EXPECT_THROW(reader.next(), ProtocolError);
	}
}

TEST(Payloads, AreReadAsTheyWereWritten)
{
	const Open open = {Open::Family::ipv6, Open::Type::seqpacket, 4096, "2001:db8::2"};

	EXPECT_EQ(agent::parse_open(encode(open)), open);
	EXPECT_EQ(agent::parse_number(agent::encode(0xfffefdfcU)), 0xfffefdfcU);
}

TEST(Payloads, OfAnotherShapeAreRefused)
{
	const std::vector<Data> opens = {
		{},
		{4, 1, 0, 0, 0},      /* short */
		{5, 1, 0, 0, 0, 0},   /* family */
		{4, 9, 0, 0, 0, 0},   /* type */
		{4, 1, 255, 0, 0, 0}, /* buffer */
		Data(6 + 65, 4),      /* address */
	};

	for (const Data &open : opens)
		EXPECT_THROW(agent::parse_open(open), ProtocolError);
	EXPECT_THROW(agent::parse_number(Data(3)), ProtocolError);
	EXPECT_THROW(agent::parse_number(Data(5)), ProtocolError);
}

TEST(Place, IsTakenInItsForms)
{
	using Kind = agent::Place::Kind;

	EXPECT_EQ(agent::parse_place("-").kind, Kind::stdio);
	const agent::Place ipv4 = agent::parse_place("tcp:192.0.2.1:7000");
	EXPECT_EQ(ipv4.kind, Kind::tcp);
	EXPECT_EQ(ipv4.address, "192.0.2.1");
	EXPECT_EQ(ipv4.port, 7000U);
	for (const char *ipv6 : {"tcp:[2001:db8::1]:7000", "tcp:2001:db8::1:7000"})
		EXPECT_EQ(agent::parse_place(ipv6).address, "2001:db8::1");
	const agent::Place vsock = agent::parse_place("vsock:3:9");
	EXPECT_EQ(vsock.cid, 3U);
	EXPECT_EQ(vsock.port, 9U);
	EXPECT_EQ(agent::parse_place("exec:ssh host prog --serve -").command, "ssh host prog --serve -");
}

TEST(Place, OfNoFormIsNamed)
{
	for (const char *text : {"", "tcp:", "tcp:1.2.3.4", "tcp:1.2.3.4:70000", "tcp:1.2.3.4:x", "vsock:3",
				 "vsock:x:1", "vsock:4294967295:1", "exec:", "udp:1.2.3.4:5"})
		EXPECT_EQ(complaint([&] { agent::parse_place(text); }),
			  "no place: '" + std::string(text) +
				  "' is neither tcp:ADDRESS:PORT, vsock:CID:PORT, exec:COMMAND nor -");
	EXPECT_EQ(complaint([] { agent::parse_place("tcp:host:1"); }),
		  "no place: 'tcp:host:1': 'host' is no numeric address, such as 127.0.0.1 or [2001:db8::2]; "
		  "names are not looked up");
}

} // namespace
