/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "harness/attempt.h"
#include "harness/case.h"
#include "netns/path.h"
#include "os/fd.h"
#include "transport/transport.h"

namespace harness
{

/* How many times slower than a current machine this one is, 1 at least: measured, or more where
 * KSFT_MACHINE_SLOW or MSG_ZEROCOPY_SLOWNESS says so. Measured by the first call; from then on
 * all timeouts are scaled by it. Throws std::invalid_argument where a variable makes no sense. */
double scale_timeouts();

/*
 * The capabilities of this machine, found by trying them. Each `lacks` returns, in words
 * a user can act on, the missing part; "" where nothing is missing.
 */
class Facts {
public:
	/* Tries the parts that every case needs. The others are tried when first asked for.
	 * Each attempt is made once, in its own process and namespaces. */
	Facts();

	/* No case at all can run without it. */
	const std::string &lacks_everything() const { return everything_; }
	std::string lacks(const Case &definition, const transport::Transport &transport,
			  const netns::Path &path);

	/* From here on, networks are not taken down that were built to try a path: they go to take_built().
	 */
	void keep_networks() { keep_networks_ = true; }
	/* Begin to try whether the path can be built, and do not wait for it as lacks() does. False where
	 * that is being tried or known already, or is left to lacks(): there are several ways, or no process
	 * for it. */
	bool begin_to_try(const netns::Path &path);
	/* lacks() would wait. */
	bool tries(const netns::Path &path) const;
	/* Descriptors that are readable when something that is being tried has ended. */
	std::vector<int> trials() const;
	/* Networks that were built to try a path, by their descriptors. */
	using Built = std::pair<const netns::Path *, std::vector<os::Fd>>;
	std::vector<Built> take_built() { return std::exchange(built_, {}); }

	bool ipv6() const { return ipv6_; }
	/* Root of the machine: cases can take users of their own. */
	bool initial_root() const { return initial_root_; }
	/* As scale_timeouts() found it. */
	double slowness() const { return slowness_; }
	/* See machine_circumstances(). */
	const std::vector<std::string> &machine() const { return machine_; }

private:
	struct Trial {
		Trial(const netns::Path *tried, const std::function<void(int)> &act)
			: path(tried), attempt(act)
		{
		}
		const netns::Path *path;
		Attempt attempt;
	};
	Trial &begin(const netns::Path &path);
	std::string try_wire(const netns::Path &path);
	void look_for_tap();
	const std::string &lacks_wire(const netns::Path &path);
	std::string try_tweak(netns::Tweak tweak);
	const std::string &lacks_tweak(const netns::Path &path);
	const std::string &lacks_need(Need need);
	const std::string &lacks_vsock(const transport::Transport &transport, const netns::Path &path);

	std::string everything_;
	std::string memlock_;
	std::string optmem_for_all_;
	/* By what was tried: what it lacks. */
	std::map<const netns::Wire *, std::string> wires_;
	std::map<const netns::Wire *, Trial> trials_;
	std::vector<Built> built_;
	bool keep_networks_ = false;
	std::map<netns::Tweak, std::string> tweaks_;
	std::map<Need, std::string> needs_;
	std::map<std::pair<const transport::Transport *, const netns::Wire *>, std::string> vsock_;
	bool ipv6_ = false;
	bool initial_root_ = false;
	double slowness_ = 1;
	std::vector<std::string> machine_;
	std::string copied_for_; /* whose packet socket has the kernel copy all that is sent; "": nobody's */
};

} // namespace harness
