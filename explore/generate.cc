// SPDX-License-Identifier: GPL-2.0
#include "explore/generate.h"

#include <rapidcheck.h>

#include <algorithm>
#include <span>
#include <utility>

namespace explore
{

namespace
{

using rc::Gen;

template <typename Value> using Weighted = std::pair<unsigned, Value>;

/* One of the values, as often as its weight says; shrinks towards the first. */
template <typename Value> Gen<Value> one_of(std::vector<Weighted<Value>> values)
{
	unsigned total = 0;

	for (const auto &[weight, value] : values)
		total += weight;
	return rc::gen::map(rc::gen::inRange(0U, total), [values = std::move(values)](unsigned point) {
		std::size_t i = 0;

		while (point >= values[i].first)
			point -= values[i++].first;
		return values[i].second;
	});
}

template <typename Value> Gen<Value> any_of(const std::vector<Value> &values)
{
	std::vector<Weighted<Value>> all;

	for (const Value &value : values)
		all.emplace_back(1, value);
	return one_of(std::move(all));
}

Gen<Kind> kind()
{
	return one_of<Kind>({{50, Kind::send},	       {12, Kind::drain},     {12, Kind::receive},
			     {4, Kind::await},	       {8, Kind::store},      {4, Kind::option},
			     {5, Kind::poll},	       {5, Kind::cork},	      {3, Kind::queue_errors},
			     {3, Kind::connect},       {3, Kind::disconnect}, {2, Kind::shutdown},
			     {1, Kind::end_receiver},  {3, Kind::reply},      {3, Kind::option_memory},
			     {3, Kind::locked_memory}, {3, Kind::user},	      {2, Kind::device_mtu},
			     {2, Kind::drop},	       {3, Kind::repair},     {1, Kind::checksums},
			     {4, Kind::splice},	       {5, Kind::setting},    {3, Kind::window},
			     {3, Kind::race}});
}

/* Fields that the kind does not use are as by default, and its value is one that it knows. */
Operation normal(Operation raw)
{
	Operation operation{.kind = raw.kind, .socket = raw.socket, .value = raw.value};

	switch (raw.kind) {
	case Kind::send:
		raw.value = 0;
		raw.bad = raw.bad <= raw.pieces ? raw.bad : 0;
		return raw;
	case Kind::drain:
		operation.form = raw.form;
		operation.value = 0;
		break;
	case Kind::splice:
		operation.slot = raw.slot;
		/* What fits the pages of a pipe is one message. */
		operation.length = std::clamp(raw.length, 1U, 60000U);
		operation.value = 0;
		break;
	case Kind::setting:
		/* No value alone is every remainder. */
		operation.value = (raw.value + 3 * raw.slot) % settings;
		break;
	case Kind::race:
		operation.slot = raw.slot;
		operation.flags = raw.flags & zerocopy;
		/* A datagram is to leave in one packet. */
		operation.length = std::clamp(raw.length, 1U, 1000U);
		operation.value = 1 + raw.value % most_in_race;
		break;
	case Kind::store:
		operation.slot = raw.slot;
		operation.socket = operation.value = 0;
		break;
	case Kind::option:
		operation.value = std::min(raw.value, 2U);
		break;
	case Kind::shutdown:
	case Kind::repair:
		operation.value = raw.value % 3;
		break;
	case Kind::cork:
	case Kind::queue_errors:
	case Kind::end_receiver:
		operation.value = raw.value % 2;
		break;
	case Kind::await:
	case Kind::poll:
	case Kind::connect:
	case Kind::disconnect:
		operation.value = 0;
		break;
	case Kind::reply:
		operation.form = raw.form == Form::sendmsg ? raw.form : Form::send;
		operation.value = std::max(raw.value, 1U);
		break;
	case Kind::receive:
		break;
	/* These are of all sockets. */
	case Kind::option_memory:
		operation.value = std::min(raw.value, 8U);
		operation.socket = 0;
		break;
	case Kind::locked_memory:
		operation.value = std::min(raw.value, 100U);
		operation.socket = 0;
		break;
	case Kind::window:
		operation.socket = 0;
		break;
	case Kind::user:
		operation.socket = operation.value = 0;
		break;
	case Kind::device_mtu:
		operation.value = raw.value < 1280 ? 65535 : raw.value;
		operation.socket = 0;
		break;
	case Kind::drop:
	case Kind::checksums:
		operation.value = raw.value % 2;
		operation.socket = 0;
		break;
	}
	return operation;
}

Gen<Operation> operation()
{
	using rc::gen::set;

	return rc::gen::map(
		rc::gen::build<Operation>(
			set(&Operation::kind, kind()),
			set(&Operation::socket, one_of<unsigned>({{6, 0}, {1, 1}})),
			set(&Operation::form, one_of<Form>({{6, Form::send},
							    {2, Form::sendto},
							    {3, Form::sendmsg},
							    {2, Form::sendmmsg}})),
			set(&Operation::flags, one_of<unsigned>({{12, zerocopy},
								 {4, 0},
								 {5, zerocopy | more},
								 {2, more},
								 {1, zerocopy | end_of_record},
								 {1, zerocopy | confirm},
								 {1, zerocopy | more | end_of_record}})),
			set(&Operation::slot, any_of<unsigned>({0, 1, 2})),
			set(&Operation::offset, any_of<unsigned>({0, 0, 0, 1, 100, 3000, 4095, 60000})),
			set(&Operation::length,
			    any_of<unsigned>({1, 0, 100, 1000, 1400, 1473, 4096, 4097, 9000, 20000, 40000,
					      65507, 65508, 65527, 65528, 65536, 100000, 300000})),
			set(&Operation::pieces, one_of<unsigned>({{20, 1},
								  {4, 2},
								  {3, 3},
								  {2, 5},
								  {2, 17},
								  {2, 18},
								  {2, 20},
								  {1, 40},
								  {1, 100},
								  {1, 1024},
								  {1, 1025}})),
			set(&Operation::layout,
			    any_of<Layout>({Layout::adjacent, Layout::gapped, Layout::paged})),
			set(&Operation::bad, one_of<unsigned>({{24, 0}, {2, 1}, {1, 2}, {1, 3}, {1, 18}})),
			set(&Operation::segment, one_of<unsigned>({{14, 0},
								   {1, 1},
								   {1, 100},
								   {1, 1000},
								   {1, 1400},
								   {1, 1473},
								   {1, 9000},
								   {1, 65000}})),
			set(&Operation::value, any_of<unsigned>({0, 1, 2, 3, 4, 8, 20, 40, 100, 1400, 1500,
								 4000, 9000, 40000, 1, 0}))),
		normal);
}

Gen<Program> program(const Range &range)
{
	using rc::gen::set;
	constexpr double of_nominal = 0.3; /* so that a program has 30 operations at most */

	return rc::gen::build<Program>(
		set(&Program::transport, any_of(range.transports)), set(&Program::path, any_of(range.paths)),
		set(&Program::bound, one_of<bool>({{3, false}, {1, true}})),
		set(&Program::option, one_of<bool>({{14, true}, {1, false}})),
		set(&Program::connected, one_of<bool>({{14, true}, {1, false}})),
		set(&Program::operations,
		    rc::gen::scale(of_nominal, rc::gen::container<std::vector<Operation>>(
						       rc::gen::resize(rc::kNominalSize, operation())))));
}

} // namespace

Program generate(std::uint64_t seed, const Range &range)
{
	return program(range)(rc::Random(seed), rc::kNominalSize).value();
}

Program shrink(std::uint64_t seed, const Range &range, const std::function<bool(const Program &)> &fails,
	       unsigned most)
{
	rc::Shrinkable<Program> smallest = program(range)(rc::Random(seed), rc::kNominalSize);
	auto candidates = smallest.shrinks();

	for (auto next = candidates.next(); next && most; next = candidates.next(), most--) {
		if (!fails(next->value()))
			continue;
		smallest = *next;
		candidates = smallest.shrinks();
	}
	return smallest.value();
}

} // namespace explore
