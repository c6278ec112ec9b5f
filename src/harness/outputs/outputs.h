/* SPDX-License-Identifier: GPL-2.0 */
#ifndef MSG_ZEROCOPY_HARNESS_OUTPUTS_OUTPUTS_H
#define MSG_ZEROCOPY_HARNESS_OUTPUTS_OUTPUTS_H

#include <optional>
#include <string>
#include <vector>

#include "harness/facts.h"
#include "harness/options.h"
#include "harness/outcome.h"
#include "harness/outputs/account.h"
#include "harness/plan.h"
#include "os/new_file.h"

namespace harness
{

/* The file that an option names. Throws std::runtime_error, one line, where it cannot be written. */
os::NewFile new_file(const char *option, const std::string &name);

/* The files that the options want the results in, beside TAP. */
class Outputs {
public:
	/* Throws std::runtime_error, one line, where one of the files cannot be written. `program`:
	 * how this one was called. */
	Outputs(const Options &options, const std::string &program);

	/*
	 * Writes all files, and returns the exit status: `status`, or 1 after a line on standard
	 * error where one of them could not be written. `outcomes` are the plan's, in its order;
	 * one that is missing was not run, as the run was `cut_short`. `facts`: null where they
	 * are not known.
	 */
	int write(const std::vector<Planned> &plan, const std::vector<std::optional<Outcome>> &outcomes,
		  const Options &options, const Facts *facts, int status, const std::string &cut_short = "");

private:
	struct Output {
		const char *option;
		const std::string &name; /* as the user gave it */
		std::string (*format)(const outputs::Account &account);
		os::NewFile file;
	};

	const std::string &program_;
	outputs::Time started_ = std::chrono::system_clock::now();
	std::vector<Output> outputs_;
};

} // namespace harness

#endif
