// SPDX-License-Identifier: GPL-2.0
#include "harness/explain.h"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <functional>
#include <set>
#include <sstream>
#include <string_view>
#include <utility>
#include <vector>

#include "catalogue/deviation.h"
#include "catalogue/regression.h"
#include "catalogue/running_kernel.h"
#include "catalogue/symptom.h"
#include "catalogue/words.h"
#include "harness/case.h"
#include "harness/options.h"
#include "os/program.h"

namespace harness
{

namespace
{

constexpr std::size_t columns = 100;
/* Of one kind; what has fewer of the words is not told where something has all. */
constexpr std::size_t most_shown = 6;
/* Lines of a file that say how things are here. */
constexpr int most_lines = 4;

using Words = std::vector<std::string>;

/* Something that can be found, and how to print it. */
struct Find {
	enum class Kind { symptom, requirement, deviation, regression };

	Kind kind;
	Words title; /* what it is about, which counts more than the rest */
	Words rest;
	std::function<void()> print;
	std::size_t score = 0;
	std::size_t matched = 0; /* words of the query */
};

/* A text below its heading, in lines of the width of a page. */
void print(const std::string &heading, const std::string &text)
{
	const std::string indent(heading.size(), ' ');
	std::istringstream words(text);
	std::string line = heading;

	for (std::string word; words >> word;) {
		if (line.size() > heading.size() && line.size() + 1 + word.size() > columns) {
			std::printf("%s\n", line.c_str());
			line = indent;
		}
		line += (line.size() > heading.size() ? " " : "") + word;
	}
	std::printf("%s\n", line.c_str());
}

/* Selects for the command line; each once. */
class Command {
public:
	explicit Command(const std::string &program) : line_(program) {}

	void add_requirement(const catalogue::Requirement &requirement)
	{
		for (const Case *definition : cases_of(requirement))
			guest_only_ |= definition->entry == Entry::guest_only;
		if (!cases_of(requirement).empty())
			add(std::string(" -r ") + requirement.id);
	}
	void add_case(const Case &definition)
	{
		guest_only_ |= definition.entry == Entry::guest_only;
		add(std::string(" -t ") + definition.name);
	}
	void print() const
	{
		if (selected_.empty())
			return;
		std::printf("    judge: %s\n", line_.c_str());
		if (guest_only_)
			harness::print("           ",
				       "Some of its cases may crash a kernel; --entry guest-only adds "
				       "them.");
	}

private:
	void add(const std::string &words)
	{
		if (selected_.insert(words).second)
			line_ += words;
	}

	std::string line_;
	std::set<std::string> selected_;
	bool guest_only_ = false;
};

void print_deviation(const catalogue::Deviation &deviation, const char *indent)
{
	print(std::string(indent) + "deviation ",
	      std::string(deviation.id) + ", " + deviation.kernels +
		      (deviation.expected_on(catalogue::running_kernel()) ? " (this kernel): "
									  : " (not this kernel): ") +
		      deviation.how);
}

/* The rows of one requirement: its sentence, and where kernels are known to deviate. */
void print_requirement(const catalogue::Requirement &requirement)
{
	print(std::string("    ") + requirement.id + ' ',
	      std::string(name(requirement.standing)) + ": " + requirement.sentence);
	if (*requirement.not_judged)
		print("      not covered: ", requirement.not_judged);
	for (const catalogue::Deviation *deviation : catalogue::deviations())
		if (std::string_view(deviation->requirement) == requirement.id)
			print_deviation(*deviation, "      ");
}

void print_look(const catalogue::Look &look)
{
	std::ifstream file(look.file);
	int left = most_lines;

	print("    look at: ", look.command);
	for (std::string line; left > 0 && *look.file && std::getline(file, line);)
		if (line.starts_with(look.line)) {
			print("      here: ", line);
			left--;
		}
}

/* What a case is called, and what it is about, counts as text of its requirement. */
std::string names_of_cases(const catalogue::Requirement &requirement)
{
	std::string names;

	for (const Case *definition : cases_of(requirement))
		names += std::string(definition->name) + ' ';
	return names;
}

std::vector<Find> everything(const std::string &program)
{
	std::vector<Find> entries;
	const auto enter = [&](Find::Kind kind, const std::string &title, const std::string &rest,
			       std::function<void()> print) {
		entries.push_back(
			{kind, catalogue::words_of(title), catalogue::words_of(rest), std::move(print)});
	};

	for (const catalogue::Symptom &symptom : catalogue::symptoms())
		enter(Find::Kind::symptom, std::string(symptom.seen) + ' ' + symptom.words,
		      std::string(symptom.why) + ' ' + symptom.rows, [&symptom, &program] {
			      Command command(program);

			      print("", symptom.seen);
			      print("    why: ", symptom.why);
			      for (const catalogue::Look &look : symptom.looks)
				      if (look.command)
					      print_look(look);
			      for (const std::string &id : symptom.requirements()) {
				      const catalogue::Requirement &requirement = *catalogue::find(id);
				      print_requirement(requirement);
				      command.add_requirement(requirement);
			      }
			      command.print();
		      });
	for (const catalogue::Requirement *requirement : catalogue::requirements())
		enter(Find::Kind::requirement, std::string(requirement->id) + ' ' + requirement->sentence,
		      names_of_cases(*requirement) + requirement->source() + ' ' + requirement->kernels +
			      ' ' + requirement->not_judged,
		      [requirement, &program] {
			      Command command(program);

			      print_requirement(*requirement);
			      command.add_requirement(*requirement);
			      command.print();
		      });
	for (const catalogue::Deviation *deviation : catalogue::deviations())
		enter(Find::Kind::deviation, std::string(deviation->id) + ' ' + deviation->how,
		      std::string(deviation->evidence) + ' ' + deviation->requirement, [deviation, &program] {
			      Command command(program);

			      print_deviation(*deviation, "    ");
			      for (const Case *definition : cases())
				      if (definition->deviation &&
					  deviation->id == std::string_view(definition->deviation))
					      command.add_case(*definition);
			      command.print();
		      });
	for (const catalogue::Regression *regression : catalogue::regressions())
		enter(Find::Kind::regression, regression->commit,
		      std::string(regression->fixed_in) + ' ' + regression->not_judged,
		      [regression, &program] {
			      Command command(program);

			      print("    fixed by ",
				    std::string(regression->commit) + ", in " + regression->fixed_in);
			      if (*regression->not_judged)
				      print("      not covered: ", regression->not_judged);
			      for (const Case *definition : cases())
				      if (std::ranges::any_of(regression->cases, [&](const char *each) {
						  return each && std::string_view(each) == definition->name;
					  }))
					      command.add_case(*definition);
			      command.print();
		      });
	return entries;
}

/* A rare word says more than one that half of the catalogue has. */
void score(std::vector<Find> &entries, const Words &query)
{
	for (const std::string &word : query) {
		std::vector<std::pair<Find *, bool>> with;

		for (Find &entry : entries) {
			const bool in_title = catalogue::has_word(entry.title, word);

			if (in_title || catalogue::has_word(entry.rest, word))
				with.emplace_back(&entry, in_title);
		}
		for (const auto &[entry, in_title] : with) {
			entry->matched++;
			entry->score += (in_title ? 3 : 1) * (1 + 4 * entries.size() / with.size());
		}
	}
}

} // namespace

void explain(const std::string &words, const std::string &program)
{
	const Words query = catalogue::query_of(words);
	std::vector<Find> entries = everything(program);

	score(entries, query);
	const std::size_t most = std::ranges::max(entries, {}, &Find::matched).matched;
	std::erase_if(entries,
		      [&](const Find &entry) { return entry.matched < std::max<std::size_t>(most, 1); });
	if (entries.empty())
		throw os::UsageError("the catalogue knows nothing of '" + words +
				     "'; --catalogue lists all of it");
	if (most < query.size())
		std::printf("Nothing has all of these words; what follows has %zu of %zu.\n\n", most,
			    query.size());
	std::ranges::stable_sort(entries, [](const Find &one, const Find &other) {
		return one.kind != other.kind ? one.kind < other.kind : one.score > other.score;
	});
	for (const auto &[kind, heading] : {std::pair{Find::Kind::symptom, ""},
					    {Find::Kind::requirement, "Requirements:\n"},
					    {Find::Kind::deviation, "Known deviations:\n"},
					    {Find::Kind::regression, "Bugs that kernels had:\n"}}) {
		std::size_t count = 0;

		for (const Find &entry : entries) {
			if (entry.kind != kind)
				continue;
			if (count++ == 0)
				std::fputs(heading, stdout);
			if (count <= most_shown)
				entry.print();
		}
		if (count > most_shown)
			std::printf("    and %zu more\n", count - most_shown);
		if (count)
			std::printf("\n");
	}
}

} // namespace harness
