/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "os/registry.h"

namespace catalogue
{

/* What stands behind a requirement, and so what a kernel that does otherwise has done; the
 * strongest first. */
enum class Standing {
	promised, /* the document says it: the kernel breaks a promise */
	past_bug, /* kernels did otherwise by mistake, and were mended: the bug is back */
	observed, /* the document is silent, and kernels do it: the kernel has changed */
};

/* "promised", "observed", "past bug" */
const char *name(Standing standing);
/* What is said of a kernel that does otherwise: "broken", "changed", "back". */
const char *otherwise(Standing standing);

/* One sentence that can be true or false of a kernel, and where it comes from. */
struct Requirement {
	const char *id; /* "ZC-CT-01"; stable */
	Standing standing;
	const char *sentence;
	/* The section of msg_zerocopy.rst and the sentences quoted from it; "" where it is silent. */
	const char *document = "";
	/* The requirements that quote other sentences on which this one rests: ids, with spaces
	 * between. */
	const char *rests_on = "";
	const char *code = "";	     /* the kernel's file:function */
	const char *kernels = "";    /* how kernels differ; "" where all are alike */
	const char *not_judged = ""; /* where no case judges it: what that would take */

	/* The ids of rests_on. */
	std::vector<std::string> foundations() const;
	/* "msg_zerocopy.rst, Notifications: ...; net/core/skbuff.c:msg_zerocopy_alloc" */
	std::string source() const;
};

/* Every requirement of the program, by chapter and number. */
std::span<const Requirement *const> requirements();

/* Null where there is none of that id. */
const Requirement *find(std::string_view id);

/* A chapter of the catalogue: those requirements whose ids have its letters. */
struct Chapter {
	const char *letters; /* "CT" of ZC-CT-01 */
	const char *name;
	const char *title;

	bool holds(const Requirement &requirement) const;
};

/* In the order of the document; after these come those that it does not speak of. */
std::span<const Chapter> chapters();

/*
 * Stands right above the cases that judge it, which name it:
 *
 * REQUIREMENT("ZC-CT-01", promised,
 *	       "The first id of a socket is 0, and each successful flagged call adds one.",
 *	       .document = "Notifications: \"...\"", .code = "net/core/skbuff.c:msg_zerocopy_alloc");
 */
#define REQUIREMENT(id_, standing_, sentence_, ...)                                                          \
	REGISTERED(catalogue::Requirement, .id = id_, .standing = catalogue::Standing::standing_,            \
		   .sentence = sentence_, __VA_ARGS__)

} // namespace catalogue
