// SPDX-License-Identifier: GPL-2.0
#include "explore/program.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <sstream>
#include <stdexcept>

#include "os/text.h"

namespace explore
{

namespace
{

constexpr std::string_view first_line = "zerocopy_explore 1";
constexpr std::size_t page = 4096;

constexpr std::array<std::string_view, kinds> kind_names = {
	"send",		 "drain",	  "receive", "await",	   "store",    "option",       "poll",
	"cork",		 "queue-errors",  "connect", "disconnect", "shutdown", "end-receiver", "reply",
	"option-memory", "locked-memory", "user",    "device-mtu", "drop",     "repair",       "checksums",
	"splice",	 "setting",	  "window",  "race",
};
constexpr std::array<std::string_view, 4> form_names = {"send", "sendto", "sendmsg", "sendmmsg"};
constexpr std::array<std::string_view, 3> layout_names = {"adjacent", "gapped", "paged"};
constexpr std::array<std::string_view, 4> flag_names = {"zerocopy", "more", "eor", "confirm"};

/* The numbers of an operation, by name. */
struct Field {
	std::string_view name;
	unsigned Operation::*member;
	unsigned most;
};
constexpr std::array fields = {
	Field{"socket", &Operation::socket, sockets - 1},    Field{"slot", &Operation::slot, slots - 1},
	Field{"offset", &Operation::offset, slot_bytes - 1}, Field{"length", &Operation::length, slot_bytes},
	Field{"pieces", &Operation::pieces, 2000},	     Field{"bad", &Operation::bad, 2000},
	Field{"segment", &Operation::segment, 65535},	     Field{"value", &Operation::value, 1U << 30},
};

[[noreturn]] void wrong(std::size_t line, const std::string &what)
{
	throw std::invalid_argument("line " + std::to_string(line) + ": " + what);
}

template <typename Names> std::size_t index_of(const Names &names, std::string_view word, std::size_t line)
{
	const auto found = std::ranges::find(names, word);

	if (found == names.end())
		wrong(line, "'" + std::string(word) + "' is unknown");
	return static_cast<std::size_t>(found - names.begin());
}

unsigned number(std::string_view text, unsigned most, std::size_t line)
{
	const std::optional<unsigned> value = os::number<unsigned>(text);

	if (!value || *value > most)
		wrong(line, "'" + std::string(text) + "' is not a number from 0 to " + std::to_string(most));
	return *value;
}

/* "name=value" and nothing else. */
std::pair<std::string_view, std::string_view> parts(std::string_view word, std::size_t line)
{
	const std::size_t middle = word.find('=');

	if (middle == std::string_view::npos)
		wrong(line, "'" + std::string(word) + "' is not NAME=VALUE");
	return {word.substr(0, middle), word.substr(middle + 1)};
}

std::vector<std::string_view> words_of(std::string_view line, char between)
{
	std::vector<std::string_view> words;

	while (!line.empty()) {
		const std::size_t end = std::min(line.find(between), line.size());

		if (end)
			words.push_back(line.substr(0, end));
		line.remove_prefix(std::min(end + 1, line.size()));
	}
	return words;
}

Operation parse_operation(std::string_view text, std::size_t line)
{
	const auto words = words_of(text, ' ');
	Operation operation;

	operation.kind = static_cast<Kind>(index_of(kind_names, words[0], line));
	for (const std::string_view word : std::span(words).subspan(1)) {
		const auto [name, value] = parts(word, line);
		const auto field = std::ranges::find(fields, name, &Field::name);

		if (name == "form")
			operation.form = static_cast<Form>(index_of(form_names, value, line));
		else if (name == "layout")
			operation.layout = static_cast<Layout>(index_of(layout_names, value, line));
		else if (name == "flags")
			for (const std::string_view flag : words_of(value, '|'))
				operation.flags |= 1U << index_of(flag_names, flag, line);
		else if (field != fields.end())
			operation.*field->member = number(value, field->most, line);
		else
			wrong(line, "'" + std::string(name) + "' is unknown");
	}
	if (operation.pieces == 0)
		wrong(line, "a message has one piece or more");
	return operation;
}

void parse_sockets(Program &program, std::string_view text, std::size_t line)
{
	for (const std::string_view word : words_of(text, ' ')) {
		const auto [name, value] = parts(word, line);

		if (name == "transport")
			program.transport = value;
		else if (name == "path")
			program.path = value;
		else if (name == "bound")
			program.bound = number(value, 1, line);
		else if (name == "option")
			program.option = number(value, 1, line);
		else if (name == "connected")
			program.connected = number(value, 1, line);
		else
			wrong(line, "'" + std::string(name) + "' is unknown");
	}
}

std::string flags_of(const Operation &operation, char between)
{
	std::string text;

	for (std::size_t i = 0; i < flag_names.size(); i++)
		if (operation.flags & 1U << i)
			text += (text.empty() ? "" : std::string(1, between)) + std::string(flag_names[i]);
	return text;
}

std::string message_flags(const Operation &operation)
{
	constexpr std::array<const char *, 4> names = {"MSG_ZEROCOPY", "MSG_MORE", "MSG_EOR", "MSG_CONFIRM"};
	std::string text;

	for (std::size_t i = 0; i < names.size(); i++)
		if (operation.flags & 1U << i)
			text += std::string(text.empty() ? "" : "|") + names[i];
	return text.empty() ? "0" : text;
}

std::string send_call(const Operation &send, const std::string &fd)
{
	static constexpr std::array<const char *, 3> lies = {"adjacent", "with a byte between them",
							     "each at the start of a page"};
	std::ostringstream out;

	out << form_names[static_cast<std::size_t>(send.form)] << '(' << fd << ", ";
	if (send.form == Form::sendmmsg)
		out << messages_of_many << " messages, each ";
	out << "memory " << send.slot;
	if (send.offset)
		out << " + " << send.offset;
	out << ", " << send.length << " bytes";
	if (send.pieces > 1)
		out << " in " << send.pieces << " vectors " << lies[static_cast<std::size_t>(send.layout)];
	if (send.bad)
		out << ", vector " << send.bad << " not readable";
	if (send.segment)
		out << ", UDP_SEGMENT " << send.segment;
	out << ", " << message_flags(send) << ')';
	return out.str();
}

std::string option_call(const std::string &fd, const char *name, unsigned value)
{
	return "setsockopt(" + fd + ", " + name + ", " + std::to_string(value) + ")";
}

} // namespace

std::string_view name_of(Kind kind)
{
	return kind_names[static_cast<std::size_t>(kind)];
}

std::vector<Vector> vectors_of(const Operation &send)
{
	std::vector<Vector> vectors;
	const std::size_t each = std::max<std::size_t>(send.length / send.pieces, 1);
	std::size_t position = send.offset;
	std::size_t left = send.length;

	for (unsigned i = 1; i <= send.pieces && left; i++) {
		const std::size_t wanted = i == send.pieces ? left : std::min(each, left);
		const std::size_t length =
			std::min(wanted, slot_bytes - std::min<std::size_t>(position, slot_bytes));

		if (length == 0)
			break;
		vectors.push_back({position, length, i != send.bad});
		left -= length;
		position += length;
		if (send.layout == Layout::gapped)
			position++;
		else if (send.layout == Layout::paged)
			position = (position + page) / page * page;
	}
	return vectors;
}

std::size_t length_of(const std::vector<Vector> &vectors)
{
	std::size_t length = 0;

	for (const Vector &vector : vectors)
		length += vector.length;
	return length;
}

std::size_t readable_of(const std::vector<Vector> &vectors)
{
	std::size_t length = 0;

	for (const Vector &vector : vectors) {
		if (!vector.readable)
			break;
		length += vector.length;
	}
	return length;
}

std::string text_of(const Program &program)
{
	const Operation usual;
	std::ostringstream out;

	out << first_line << "\ntransport=" << program.transport << " path=" << program.path
	    << " bound=" << program.bound << " option=" << program.option
	    << " connected=" << program.connected << '\n';
	for (const Operation &operation : program.operations) {
		out << name_of(operation.kind);
		if (operation.form != usual.form)
			out << " form=" << form_names[static_cast<std::size_t>(operation.form)];
		if (operation.flags)
			out << " flags=" << flags_of(operation, '|');
		if (operation.layout != usual.layout)
			out << " layout=" << layout_names[static_cast<std::size_t>(operation.layout)];
		for (const Field &field : fields)
			if (operation.*field.member != usual.*field.member)
				out << ' ' << field.name << '=' << operation.*field.member;
		out << '\n';
	}
	return out.str();
}

Program parse_program(std::string_view text)
{
	Program program;
	std::size_t line = 0;
	bool sockets_read = false;

	for (const std::string_view words : words_of(text, '\n')) {
		line++;
		if (words.starts_with('#'))
			continue;
		if (line == 1) {
			if (words != first_line)
				wrong(line, "this is no program of this version: expected '" +
						    std::string(first_line) + "', seen '" +
						    std::string(words.substr(0, 40)) + "'");
		} else if (!sockets_read) {
			parse_sockets(program, words, line);
			sockets_read = true;
		} else {
			program.operations.push_back(parse_operation(words, line));
		}
	}
	if (!sockets_read)
		wrong(line + 1, "the line of the sockets is missing");
	return program;
}

std::string call_of(const Operation &operation, bool stream)
{
	const std::string fd = operation.socket ? "b" : "a";
	const std::string value = std::to_string(operation.value);
	static constexpr std::array<const char *, 4> drains = {
		"recvmsg(%, MSG_ERRQUEUE) until it is empty", "recvmsg(%, MSG_ERRQUEUE)",
		"recvmmsg(%, 3 entries, MSG_ERRQUEUE)",
		"recvmsg(%, MSG_ERRQUEUE) without room for the entry"};
	static constexpr std::array<const char *, 3> ways = {"SHUT_WR", "SHUT_RD", "SHUT_RDWR"};

	switch (operation.kind) {
	case Kind::send:
		return send_call(operation, fd);
	case Kind::drain: {
		std::string text = drains[static_cast<std::size_t>(operation.form)];
		return text.replace(text.find('%'), 1, fd);
	}
	case Kind::receive:
		return "recv(" + fd + "'s receiver, " +
		       (operation.value ? value + (stream ? " bytes)" : " datagrams)") : "all)");
	case Kind::await:
		return "poll(" + fd + ") and recvmsg(" + fd + ", MSG_ERRQUEUE) until all is reported";
	case Kind::store:
		return "store other bytes over memory " + std::to_string(operation.slot);
	case Kind::option:
		return option_call(fd, "SO_ZEROCOPY", operation.value);
	case Kind::poll:
		return "poll(" + fd + ")";
	case Kind::cork:
		return option_call(fd, stream ? "TCP_CORK" : "UDP_CORK", operation.value);
	case Kind::queue_errors:
		return option_call(fd, "IP_RECVERR", operation.value);
	case Kind::connect:
		return "connect(" + fd + ", its receiver)";
	case Kind::disconnect:
		return "connect(" + fd + ", AF_UNSPEC)";
	case Kind::shutdown:
		return "shutdown(" + fd + ", " + ways[operation.value % ways.size()] + ")";
	case Kind::end_receiver:
		return "close(" + fd + "'s receiver)" + (operation.value ? " with SO_LINGER 0" : "");
	case Kind::reply:
		return "send(" + fd + "'s receiver, " + value + " bytes), poll(" + fd + "), " +
		       (operation.form == Form::sendmsg
				? "recvmsg(" + fd + ", MSG_ERRQUEUE) until it is empty, "
				: "") +
		       "recv(" + fd + ")";
	case Kind::option_memory:
		return "net.core.optmem_max = " + value + " notification structures";
	case Kind::locked_memory:
		return "setrlimit(RLIMIT_MEMLOCK, " + value + " pages)";
	case Kind::window:
		return "a's receiver advertises a window of " + value + " bytes";
	case Kind::user:
		return "setresuid() to the other user";
	case Kind::device_mtu:
		return "the sender's device: MTU " + value;
	case Kind::drop:
		return operation.value ? "the sender's device drops all"
				       : "the sender's device drops nothing";
	case Kind::repair:
		return operation.value == 2
			       ? "setsockopt(" + fd + ", TCP_REPAIR, 1), TCP_REPAIR_QUEUE, TCP_RECV_QUEUE"
			       : option_call(fd, "TCP_REPAIR", operation.value);
	case Kind::splice:
		return "sendfile(" + fd + ", " + std::to_string(operation.length) + " bytes of a file)";
	case Kind::setting: {
		static constexpr std::array<const char *, settings> names = {
			"TCP_NODELAY, 1",
			"SO_SNDBUF, 4608",
			"SO_SNDBUF, 1000000",
			"TCP_MAXSEG, 600",
			"IP_MTU_DISCOVER, IP_PMTUDISC_DO",
			"SO_NO_CHECK, 1",
			"SO_TIMESTAMPING, all of TX",
			"UDP_SEGMENT, 1000"};
		return "setsockopt(" + fd + ", " + names[operation.value % settings] + ")";
	}
	case Kind::race:
		return value + (operation.value > 1 ? " threads: each " : " thread: ") +
		       std::to_string(calls_in_race) + " times send(" + fd + ", memory " +
		       std::to_string(operation.slot) + ", " + std::to_string(operation.length) + " bytes, " +
		       message_flags(operation) +
		       "); meanwhile another: as often, from memory that is not readable";
	case Kind::checksums:
		return operation.value ? "the sender's device: tx-checksum off"
				       : "the sender's device: tx-checksum on";
	}
	return "";
}

} // namespace explore
