// SPDX-License-Identifier: GPL-2.0

#include "catalogue/requirement.h"

namespace catalogue
{

extern const Chapter introduction, socket_setup, transmission, mixing, counter, reception, batching, parsing,
	deferred_copies, loopback, limits, source_memory, udp, lifecycle, timestamps, vsock, other_families,
	io_uring;

/* In the order of the document, then what it does not speak of. */
static constexpr const Chapter *all[] = {
	&introduction, &socket_setup, &transmission,	&mixing,   &counter,	    &reception,
	&batching,     &parsing,      &deferred_copies, &loopback, &limits,	    &source_memory,
	&udp,	       &lifecycle,    &timestamps,	&vsock,	   &other_families, &io_uring,
};

std::span<const Chapter *const> chapters()
{
	return all;
}

const Requirement *find(std::string_view id)
{
	for (const Chapter *chapter : all)
		for (const Requirement &requirement : chapter->requirements)
			if (id == requirement.id)
				return &requirement;
	return nullptr;
}

Coverage coverage()
{
	Coverage coverage;

	for (const Chapter *chapter : all) {
		coverage.total += chapter->requirements.size();
		for (const Requirement &requirement : chapter->requirements)
			coverage.covered += requirement.covered();
	}
	return coverage;
}

} // namespace catalogue
