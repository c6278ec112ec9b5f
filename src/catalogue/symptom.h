/* SPDX-License-Identifier: GPL-2.0 */
#ifndef MSG_ZEROCOPY_CATALOGUE_SYMPTOM_H
#define MSG_ZEROCOPY_CATALOGUE_SYMPTOM_H

#include <span>
#include <string>
#include <vector>

namespace catalogue
{

/* Where a machine shows it: a command to run, and a file that says the same now. */
struct Look {
	const char *command = nullptr; /* null: an unused place */
	const char *file = "";
	const char *line = ""; /* the lines of the file that begin so; "" for all */
};

/* What users see, in the words that they search by, and the rows that explain it. */
struct Symptom {
	const char *seen;  /* one sentence */
	const char *words; /* other words for it */
	const char *why;   /* what it comes from, and what to do */
	const char *rows;  /* ids of requirements, with spaces between */
	Look looks[4] = {};

	/* The ids of rows. */
	std::vector<std::string> requirements() const;
};

/* All there are, in the order of symptoms.cc. */
std::span<const Symptom> symptoms();

} // namespace catalogue

#endif
