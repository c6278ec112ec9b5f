// SPDX-License-Identifier: GPL-2.0
#include "harness/diagnosis.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <map>
#include <set>
#include <string_view>
#include <tuple>

#include "harness/test.h"

namespace harness
{

namespace
{

constexpr std::string_view expected_label = "  expected: ";
constexpr std::string_view seen_label = "  seen:     ";

/* Cases that have nothing in common but what all rely on. */
constexpr std::size_t broad = 10;
/* A finding with so many times the results of another may be its cause; */
constexpr std::size_t wider = 3;
/* and with so many times, of one that is graver. */
constexpr std::size_t much_wider = 10;

/* Of so many results that fail one is not much. */
constexpr std::size_t few = 5;

/* Failed results with one signature, and charged alike. */
struct Group {
	std::string charged;
	std::string common;
	std::vector<std::size_t> results;
};

std::vector<std::string> requirements_of(const Planned &planned)
{
	std::vector<std::string> ids;

	for (const char *id : planned.definition->requirements)
		if (id)
			ids.emplace_back(id);
	return ids;
}

bool judged(const Outcome &outcome)
{
	return outcome.verdict != Verdict::skip && outcome.verdict != Verdict::broken;
}

/* How many results pass, by the requirements of their cases, and by what they relied on. */
class Passing {
public:
	void add(const Planned &planned, const Outcome &outcome)
	{
		for (const std::string &id : requirements_of(planned))
			of_[id]++;
		for (const std::string &id : outcome.relied_on)
			relying_on_[id]++;
	}
	std::size_t of(const std::string &id) const { return count(of_, id); }
	std::size_t relying_on(const std::string &id) const { return count(relying_on_, id); }

private:
	using Counts = std::map<std::string, std::size_t>;

	static std::size_t count(const Counts &counts, const std::string &id)
	{
		const auto found = counts.find(id);

		return found == counts.end() ? 0 : found->second;
	}

	Counts of_;
	Counts relying_on_;
};

/* How well the results that judge a requirement agree with a group of failed ones, from 0 to 1:
 * the cosine of the two sets (Ochiai's coefficient, as in spectrum-based fault localisation). */
double agreement(std::size_t in_group, std::size_t passing, std::size_t group)
{
	return static_cast<double>(in_group) / std::sqrt(static_cast<double>(group * (in_group + passing)));
}

/* The requirement that a group breaks. */
const catalogue::Requirement *blamed(const Group &group, const std::vector<Planned> &plan,
				     const Passing &passing)
{
	struct Candidate {
		std::size_t results = 0;
		std::size_t as_subject = 0;
	};
	std::map<std::string, Candidate> candidates;
	const catalogue::Requirement *best = nullptr;
	std::tuple<double, int, std::size_t> best_rank;
	const auto consider = [&](const std::string &id, const Candidate &candidate, std::size_t pass) {
		const catalogue::Requirement *requirement = catalogue::find(id);
		const std::tuple rank(agreement(candidate.results, pass, group.results.size()),
				      -static_cast<int>(requirement->standing), candidate.as_subject);

		if (!best || rank > best_rank) {
			best = requirement;
			best_rank = rank;
		}
	};

	if (!group.charged.empty())
		return catalogue::find(group.charged);
	for (const std::size_t index : group.results) {
		for (const std::string &id : requirements_of(plan[index]))
			candidates[id].results++;
		candidates[plan[index].definition->subject().id].as_subject++;
	}
	if (!group.common.empty())
		consider(group.common.substr(0, group.common.find(':')),
			 {group.results.size(), group.results.size()}, passing.relying_on(group.common));
	/* What few of them are about, or what mostly passes, is not why the others fail where all rely
	 * on something. */
	const auto explains = [&](std::size_t results, std::size_t pass) {
		return 2 * results >= group.results.size() ||
		       (few * results >= group.results.size() && results > pass);
	};
	for (const auto &[id, candidate] : candidates)
		if (group.common.empty() || explains(candidate.results, passing.of(id)))
			consider(id, candidate, passing.of(id));
	return best;
}

/* Where results are, by one part of their names. */
template <typename Name>
Reach reach(const std::vector<Planned> &plan, const std::vector<std::optional<Outcome>> &outcomes,
	    const std::vector<std::size_t> &results, Name name)
{
	std::set<std::string> fails;
	std::set<const Case *> cases;
	Reach reach;

	for (const std::size_t index : results) {
		fails.insert(name(plan[index]));
		cases.insert(plan[index].definition);
	}
	for (std::size_t i = 0; i < plan.size(); i++) {
		if (!outcomes[i] || !judged(*outcomes[i]) || !cases.contains(plan[i].definition))
			continue;
		auto &names = fails.contains(name(plan[i])) ? reach.fails : reach.passes;
		if (std::ranges::find(names, name(plan[i])) == names.end())
			names.push_back(name(plan[i]));
	}
	return reach;
}

/* The simplest path and transport, of a case about the requirement before others. */
std::vector<std::size_t> smallest_first(std::vector<std::size_t> results, const std::vector<Planned> &plan,
					const catalogue::Requirement &broken)
{
	const auto key = [&](std::size_t index) {
		const Planned &planned = plan[index];

		/* paths() and transports() begin with the simplest. */
		return std::tuple(!planned.definition->judges(broken.id), planned.path, planned.transport,
				  index);
	};

	std::ranges::sort(results, {}, key);
	return results;
}

/* '#' for each number, and one range for a list of them. */
std::string neutral(std::string_view text)
{
	constexpr std::string_view range = "[#,#]";
	const std::string two = std::string(range) + ' ' + std::string(range);
	std::string out;

	for (std::size_t i = 0; i < text.size();) {
		const bool hexadecimal = text.substr(i).starts_with("0x");
		const std::size_t end =
			text.find_first_not_of(hexadecimal ? "0123456789abcdefx" : "0123456789", i);

		if (end == i) {
			out += text[i++];
			if (out.ends_with(two))
				out.resize(out.size() - two.size() + range.size());
		} else {
			out += '#';
			i = std::min(end, text.size());
		}
	}
	return out;
}

bool within(const std::vector<std::string> &part, const std::vector<std::string> &whole)
{
	return std::ranges::all_of(
		part, [&](const std::string &one) { return std::ranges::find(whole, one) != whole.end(); });
}

/* Nothing was seen to fail: its cases did not end, or the kernel reported faults. */
bool saw_nothing(const Finding &finding)
{
	return finding.sight.expected.empty() && finding.sight.seen.empty();
}

bool may_follow(const Finding &finding, const Finding &cause)
{
	const bool graver = finding.broken->standing < cause.broken->standing && !saw_nothing(finding);
	const std::size_t needed = graver ? much_wider : wider;

	return cause.cases > broad && cause.results.size() >= needed * finding.results.size() &&
	       within(finding.transports.fails, cause.transports.fails) &&
	       within(finding.paths.fails, cause.paths.fails);
}

} // namespace

Sight sight_of(const std::vector<std::string> &diagnostics)
{
	for (std::size_t i = 1; i < diagnostics.size(); i++) {
		const std::string &line = diagnostics[i];

		if (line.starts_with(expected_label))
			return {diagnostics[i - 1], line.substr(expected_label.size()),
				i + 1 < diagnostics.size() && diagnostics[i + 1].starts_with(seen_label)
					? diagnostics[i + 1].substr(seen_label.size())
					: ""};
		/* A deviation that is not expected, or is with --strict. */
		if (line.starts_with(seen_label))
			return {diagnostics[i - 1], "", line.substr(seen_label.size())};
	}
	for (const std::string &line : diagnostics)
		if (line.starts_with("the "))
			return {line, "", ""};
	return {};
}

static constexpr const char *so_error = "SO_ERROR";

/* Of what is looked at everywhere a name says for which data, or which wait, that was. */
static std::string_view kind(std::string_view what)
{
	for (const std::string_view common : {"poll() for ", "revents of poll()", "ee_code", so_error})
		if (what.starts_with(common))
			return common;
	return what;
}

std::string signature(const Sight &sight)
{
	/* Which error is expected depends on how the case ended the connection. */
	const std::string expected = kind(sight.what) == so_error ? "" : neutral(sight.expected);

	return neutral(kind(sight.what)) + '\n' + expected + '\n' + neutral(sight.seen);
}

std::vector<Finding> diagnose(const std::vector<Planned> &plan,
			      const std::vector<std::optional<Outcome>> &outcomes,
			      const std::function<bool(const Outcome &)> &failed)
{
	std::map<std::array<std::string, 3>, Group> groups; /* by charges and signature */
	std::map<const catalogue::Requirement *, std::vector<Group>> broken;
	std::map<const catalogue::Requirement *, std::size_t> weights;
	std::vector<Finding> findings;
	std::vector<Finding> causes;
	Passing passing;

	for (std::size_t i = 0; i < plan.size(); i++) {
		if (!outcomes[i] || !judged(*outcomes[i]))
			continue;
		const Outcome &outcome = *outcomes[i];
		if (!failed(outcome)) {
			passing.add(plan[i], outcome);
			continue;
		}
		Group &group = groups[{outcome.requirement, outcome.common,
				       signature(sight_of(outcome.diagnostics))}];
		group.charged = outcome.requirement;
		group.common = outcome.common;
		group.results.push_back(i);
	}
	for (auto &[key, group] : groups)
		broken[blamed(group, plan, passing)].push_back(std::move(group));

	for (auto &[requirement, parts] : broken) {
		Finding finding;
		std::set<const Case *> cases;

		const auto &most = *std::ranges::max_element(
			parts, {}, [](const Group &group) { return group.results.size(); });
		const auto typical = smallest_first(most.results, plan, *requirement).front();
		finding.sight = sight_of(outcomes[typical]->diagnostics);
		finding.broken = requirement;
		finding.kinds = parts.size();
		for (const Group &group : parts) {
			finding.results.insert(finding.results.end(), group.results.begin(),
					       group.results.end());
			/* The ledger sums up what every notification of a case said. One that was
			 * looked at itself says more about what is wrong. */
			const bool ledger = group.charged == once_each || group.charged == ids_in_turn;

			weights[requirement] += group.results.size() * (ledger ? 1 : wider);
		}
		finding.results = smallest_first(std::move(finding.results), plan, *requirement);
		/* The command shows what is printed beside it. */
		std::stable_partition(finding.results.begin(), finding.results.end(),
				      [&](std::size_t index) { return index == typical; });
		for (const std::size_t index : finding.results)
			cases.insert(plan[index].definition);
		finding.cases = cases.size();
		finding.transports = reach(plan, outcomes, finding.results,
					   [](const Planned &planned) { return planned.transport->name; });
		finding.paths = reach(plan, outcomes, finding.results,
				      [](const Planned &planned) { return planned.path->name; });
		findings.push_back(std::move(finding));
	}
	const auto gravest_first = [&](std::vector<Finding> &some) {
		std::ranges::sort(some, {}, [&](const Finding &finding) {
			return std::tuple(saw_nothing(finding), finding.broken->standing,
					  -static_cast<long>(weights.at(finding.broken)),
					  finding.results.front());
		});
	};
	std::ranges::stable_sort(findings, std::ranges::greater(),
				 [](const Finding &finding) { return finding.results.size(); });
	for (Finding &finding : findings) {
		const auto cause = std::ranges::find_if(
			causes, [&](const Finding &larger) { return may_follow(finding, larger); });

		if (cause == causes.end())
			causes.push_back(std::move(finding));
		else
			cause->followers.push_back(std::move(finding));
	}
	for (Finding &cause : causes)
		gravest_first(cause.followers);
	gravest_first(causes);
	return causes;
}

} // namespace harness
