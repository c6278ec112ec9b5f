// SPDX-License-Identifier: GPL-2.0
#include "bench/report.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace bench
{

namespace
{

template <typename... Values> std::string print(const char *format, Values... values)
{
	std::string text(160, '\0');

	text.resize(std::snprintf(text.data(), text.size(), format, values...));
	return text;
}

/* "a, b and c" */
std::string listed(const std::vector<std::string> &items)
{
	std::string text;

	for (std::size_t i = 0; i < items.size(); i++)
		text += (i == 0 ? "" : i + 1 == items.size() ? " and " : ", ") + items[i];
	return text;
}

/* "1.1 to 1.6 times the CPU", over all sizes of these. */
std::string times(const std::vector<const Finding *> &findings)
{
	std::vector<double> ratios;

	for (const Finding *finding : findings)
		for (const Row &row : finding->rows)
			ratios.push_back(finding->judged(row).median);
	const std::string from = print("%.2g", std::ranges::min(ratios));
	const std::string to = print("%.2g", std::ranges::max(ratios));

	return (from == to ? from : from + " to " + to) + " times the CPU";
}

/* "16 KiB" */
std::string size_text(double bytes)
{
	const double unit = bytes >= 1 << 20 ? 1 << 20 : bytes >= 1 << 10 ? 1 << 10 : 1;
	const double value = bytes / unit;
	const char *const name = unit > 1 << 10 ? "MiB" : unit > 1 ? "KiB" : "bytes";
	const bool whole = std::abs(value - std::round(value)) < 0.005 || value >= 100;

	return print(whole ? "%.0f %s" : "%.2g %s", value, name);
}

/* What the flag does on a flow: "pays from 12 KiB on tcp4 over peer-macvtap". */
std::string clause(const Finding &finding)
{
	const std::string on = " on " + finding.name;
	const auto all = [&](bool (Estimate::*side)(double) const) {
		return std::ranges::all_of(finding.rows,
					   [&](const Row &row) { return (finding.judged(row).*side)(1); });
	};

	if (!std::ranges::all_of(finding.rows, [&](const Row &row) { return finding.judged(row).firm; }))
		return "takes more time for a sure answer" + on + ", and is at " + times({&finding}) +
		       " of a copy so far";
	if (all(&Estimate::surely_below))
		return "pays at every size" + on + ", at " + times({&finding}) + " of a copy";
	if (all(&Estimate::surely_above))
		return "pays at no size" + on + ", at " + times({&finding}) + " of a copy";
	if (!finding.crossover || !finding.judged(finding.rows.back()).surely_below(1))
		return "makes no sure difference" + on + ", at " + times({&finding}) + " of a copy";
	const Crossover &from = *finding.crossover;
	/* There is a size that is sure: the largest. */
	const std::string between = from.earliest ? " (between " + size_text(*from.earliest) + " and " +
							    size_text(*from.latest) + ")"
						  : " (surely from " + size_text(*from.latest) + ")";

	return "pays from " + size_text(from.size) + between + on;
}

std::string line(const Finding &finding, const Row &row)
{
	const Estimate &judged = finding.judged(row);

	return print("%10s  %7.2f %7.2f   %7.3f %7.3f   %6.2f %6.2f  %4.2f..%4.2f%s  %5.1f %%  %7.1f%s\n",
		     size_text(static_cast<double>(row.size)).c_str(), row.copy.gb_per_second.median,
		     row.flag.gb_per_second.median, row.copy.cpu_per_gb.median, row.flag.cpu_per_gb.median,
		     row.ratio.median, row.both_ratio.median, judged.low, judged.high,
		     judged.firm ? " " : "?", 100 * row.copied_share(), row.calls_per_message,
		     row.noisy() ? "  noisy" : "");
}

std::string table(const Finding &finding)
{
	std::string text = finding.name + ": " + finding.summary;

	if (finding.segment)
		text += ", datagrams in segments of " + std::to_string(finding.segment) + " bytes";
	text += finding.copied() ? "; every flagged send is copied after all\n" : "\n";
	text += "                  GB/s        CPU s per GB, sender   ratio of CPU     99 % of              "
		"calls per\n";
	text += finding.local ? "      size     copy    flag      copy    flag   sender   both  these, both  "
				"copied  message\n"
			      : "      size     copy    flag      copy    flag   sender   both  the sender   "
				"copied  message\n";
	for (const Row &row : finding.rows)
		text += line(finding, row);
	return text;
}

/* What the machine was like. */
std::string circumstances(const Account &account)
{
	const Options &options = account.options;
	std::string text = account.cut_short.empty() ? "" : account.cut_short + "; ";
	const Row *most = nullptr;

	for (const Finding &finding : account.findings)
		for (const Row &row : finding.rows)
			if (!most || row.most_locked_pages > most->most_locked_pages)
				most = &row;
	text += print(
		"%u rounds of slices of %ld ms, sender on CPU %d, receiver on CPU %d, load average %.1f\n",
		account.rounds, static_cast<long>(account.slice.count()), options.sender_cpu,
		options.receiver_cpu, account.load);
	if (account.waited > 0.05)
		text += print("noisy: the sender waited for its processor for %.0f %% of the time\n",
			      100 * account.waited);
	if (most)
		text += print(
			"at most %lu calls were without a completion, with %lu pages to lock and %u bytes of "
			"option memory\n",
			static_cast<unsigned long>(most->most_outstanding),
			static_cast<unsigned long>(most->most_locked_pages), most->most_option_memory);
	return text;
}

} // namespace

std::string answer(const std::vector<Finding> &findings)
{
	std::vector<std::string> clauses;
	std::vector<std::string> copied;
	std::vector<const Finding *> copying;

	for (const Finding &finding : findings)
		if (finding.copied()) {
			copied.push_back(finding.name);
			copying.push_back(&finding);
		} else {
			clauses.push_back(clause(finding));
		}
	if (!copied.empty())
		clauses.push_back("costs " + times(copying) + " of a copy on " + listed(copied) +
				  ", where the data is copied after all");
	if (clauses.empty())
		return "Nothing was measured.";
	std::string text = "MSG_ZEROCOPY ";
	for (std::size_t i = 0; i < clauses.size(); i++)
		text += (i ? "; it " : "") + clauses[i];
	return text + ".";
}

std::string text(const Account &account)
{
	std::string text = account.answer + '\n';

	for (const Finding &finding : account.findings)
		text += '\n' + table(finding);
	return text + '\n' + circumstances(account);
}

} // namespace bench
