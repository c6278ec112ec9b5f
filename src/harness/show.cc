// SPDX-License-Identifier: GPL-2.0
#include "harness/show.h"

#include <algorithm>
#include <cstdio>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "catalogue/symptom.h"
#include "harness/outputs/catalogue.h"

namespace harness
{

namespace
{

const Case *find_case(std::string_view name)
{
	for (const Case *definition : cases())
		if (name == definition->name)
			return definition;
	return nullptr;
}

/* Names what is wrong, one line each. */
class Complaints {
public:
	void add(const std::string &what)
	{
		std::fprintf(stderr, "msg_zerocopy: %s\n", what.c_str());
		count_++;
	}
	int count() const { return count_; }

private:
	int count_ = 0;
};

void check_cases(Complaints &complaints)
{
	for (const Case *definition : cases()) {
		const std::string name = std::string("case ") + definition->name;

		for (const char *id : definition->requirements)
			if (id && !catalogue::find(id))
				complaints.add(name + " names the unknown requirement " + id);
		if (!definition->requirements[0])
			complaints.add(name + " names no requirement");
		if (find_case(definition->name) != definition)
			complaints.add(name + " has the name of another case");
		if (definition->deviation && !catalogue::find_deviation(definition->deviation))
			complaints.add(name + " names the unknown deviation " + definition->deviation);
	}
}

void check_requirements(Complaints &complaints)
{
	for (const catalogue::Requirement *requirement : catalogue::requirements()) {
		const std::string name = std::string("requirement ") + requirement->id;

		if (catalogue::find(requirement->id) != requirement)
			complaints.add(name + " is there twice");
		if (std::ranges::none_of(catalogue::chapters(), [&](const catalogue::Chapter &chapter) {
			    return chapter.holds(*requirement);
		    }))
			complaints.add(name + " is of no chapter");
		if (cases_of(*requirement).empty() == !*requirement->not_judged)
			complaints.add(name + " must either have a case or say what that would take");
		const bool quotes = *requirement->document || *requirement->rests_on;
		if (quotes != (requirement->standing == catalogue::Standing::promised))
			complaints.add(name + (quotes ? " quotes the document, but is not promised"
						      : " is promised, but quotes nothing"));
		for (const std::string &id : requirement->foundations()) {
			const catalogue::Requirement *other = catalogue::find(id);

			if (!other || !*other->document)
				complaints.add(
					(name + " rests on ").append(id).append(", which quotes nothing"));
		}
	}
}

void check_deviations(Complaints &complaints)
{
	for (const catalogue::Deviation *deviation : catalogue::deviations()) {
		const std::string name = std::string("deviation ") + deviation->id;

		if (catalogue::find_deviation(deviation->id) != deviation)
			complaints.add(name + " is there twice");
		if (!catalogue::find(deviation->requirement))
			complaints.add(name + " is of the unknown requirement " + deviation->requirement);
		try {
			catalogue::parse_ranges(deviation->kernels);
		} catch (const std::invalid_argument &trouble) {
			complaints.add(name + ": " + trouble.what());
		}
	}
	for (const catalogue::Regression *regression : catalogue::regressions()) {
		const std::string name = std::string("regression \"") + regression->commit + '"';

		for (const char *shown_by : regression->cases)
			if (shown_by && !find_case(shown_by))
				complaints.add(name + " names the unknown case " + shown_by);
		if (!regression->cases[0] == !*regression->not_judged)
			complaints.add(name + " must either have a case or say why none shows it");
	}
}

void check_symptoms(Complaints &complaints)
{
	for (const catalogue::Symptom &symptom : catalogue::symptoms())
		for (const std::string &id : symptom.requirements())
			if (!catalogue::find(id))
				complaints.add(std::string("symptom \"") + symptom.seen +
					       "\" names the unknown requirement " + id);
}

/* How many requirements there are, and how many have a case. */
struct Coverage {
	std::size_t covered = 0;
	std::size_t total = 0;
};

Coverage coverage(std::span<const catalogue::Requirement *const> all)
{
	return {static_cast<std::size_t>(std::ranges::count_if(
			all, [](const auto *requirement) { return !cases_of(*requirement).empty(); })),
		all.size()};
}

void print_text(std::span<const catalogue::Requirement *const> selected)
{
	const catalogue::Chapter *titled = nullptr;

	for (const catalogue::Chapter &chapter : catalogue::chapters()) {
		for (const catalogue::Requirement *requirement : selected) {
			if (!chapter.holds(*requirement))
				continue;
			if (titled != &chapter)
				std::printf("%s\n", chapter.title);
			titled = &chapter;
			std::printf("  %-10s %-8s %s\n", requirement->id, name(requirement->standing),
				    requirement->sentence);
			for (const Case *definition : cases_of(*requirement))
				std::printf("             case %s\n", definition->name);
			if (*requirement->not_judged)
				std::printf("             not covered: %s\n", requirement->not_judged);
			for (const catalogue::Deviation *deviation : catalogue::deviations())
				if (std::string_view(deviation->requirement) == requirement->id)
					std::printf("             deviation %s (%s): %s\n", deviation->id,
						    deviation->kernels, deviation->how);
		}
	}
	const auto [covered, total] = coverage(selected);
	std::printf("covered %zu/%zu\n", covered, total);
}

} // namespace

void show_list(const std::vector<Planned> &plan)
{
	for (const Planned &planned : plan)
		std::printf("%s\n", planned.name().c_str());
}

int show_catalogue(const Selection &selection, bool json)
{
	const auto selected = select_requirements(selection);
	Complaints complaints;

	check_cases(complaints);
	check_requirements(complaints);
	check_deviations(complaints);
	check_symptoms(complaints);
	if (json) {
		const auto [covered, total] = coverage(catalogue::requirements());

		std::fputs(outputs::catalogue(covered, total).c_str(), stdout);
	} else
		print_text(selected);
	return complaints.count() > 0;
}

} // namespace harness
