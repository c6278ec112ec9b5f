/* SPDX-License-Identifier: GPL-2.0 */
#ifndef MSG_ZEROCOPY_CATALOGUE_REQUIREMENT_H
#define MSG_ZEROCOPY_CATALOGUE_REQUIREMENT_H

#include <cstddef>
#include <span>
#include <string_view>

namespace catalogue
{

enum class Status {
	documented, /* msg_zerocopy.rst promises it, and the code does it */
	code_only,  /* the document is silent; this is what the code does */
	deviates,   /* the document says otherwise than the code does */
};

/* One promise of MSG_ZEROCOPY. */
struct Requirement {
	const char *id;	     /* "ZC-CT-01"; stable for ever */
	const char *promise; /* one sentence that can be true or false of a kernel */
	const char *source;  /* the document's section, the kernel's file:function */
	Status status;
	const char *kernels; /* how kernels differ; "" where all are alike */
	/* The cases that judge it, by name; unused places are null. */
	const char *cases[10];
	/* Where no case does: what it needs. "" where one does. */
	const char *uncovered;

	bool covered() const { return cases[0] != nullptr; }
};

/* The requirements of one chapter: catalogue/NAME.cc, cases in conformance/NAME.cc. */
struct Chapter {
	const char *name;
	const char *title;
	std::span<const Requirement> requirements;
};

std::span<const Chapter *const> chapters();

/* Null where there is none of that id. */
const Requirement *find(std::string_view id);

/* How many requirements there are and how many have a case. */
struct Coverage {
	std::size_t covered = 0;
	std::size_t total = 0;
};
Coverage coverage();

} // namespace catalogue

#endif
