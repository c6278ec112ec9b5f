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
#include "harness/provisions.h"
#include "os/kernel_parts.h"

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

std::string quoted(std::string_view text)
{
	std::string out = "\"";

	for (const char letter : text) {
		if (letter == '"' || letter == '\\')
			out += '\\';
		out += letter;
	}
	return out + '"';
}

/* A list between brackets, an element a line, each printed by `print`. */
template <typename Things, typename Print>
void print_list(const char *name, const Things &things, const Print &print)
{
	const char *separator = "";

	std::printf("\"%s\": [", name);
	for (const auto &thing : things) {
		std::printf("%s\n{", separator);
		print(thing);
		std::printf("}");
		separator = ",";
	}
	std::printf("]");
}

void print_field(const char *name, std::string_view value, const char *separator = ", ")
{
	std::printf("\"%s\": %s%s", name, quoted(value).c_str(), separator);
}

/* "a", "b" of what may be null. */
template <typename Names> std::string all_quoted(const Names &names)
{
	std::string text;

	for (const char *each : names)
		if (each)
			text += (text.empty() ? "" : ", ") + quoted(each);
	return '[' + text + ']';
}

void print_bound(const char *name, const catalogue::Bound &bound)
{
	print_field(name, describe(bound.release), "");
	if (bound.debian)
		std::printf(", \"%s_debian\": %s", name, quoted(describe(*bound.debian)).c_str());
}

const char *chapter_of(const catalogue::Requirement &requirement)
{
	for (const catalogue::Chapter &chapter : catalogue::chapters())
		if (chapter.holds(requirement))
			return chapter.name;
	return "";
}

/* What a guest must load, and what its configuration must have. */
void print_kernel_parts()
{
	print_list("kernel_parts", kernel_parts(), [](const os::KernelParts &parts) {
		const std::vector<std::string> options = os::config_options(parts.words);
		std::vector<const char *> names;

		for (const std::string &option : options)
			names.push_back(option.c_str());
		print_field("words", parts.words);
		std::printf("\"modules\": %s, \"options\": %s", all_quoted(parts.modules).c_str(),
			    all_quoted(names).c_str());
	});
}

void print_json()
{
	const auto [covered, total] = coverage(catalogue::requirements());

	std::printf("{\"covered\": %zu, \"total\": %zu, ", covered, total);
	print_list("chapters", catalogue::chapters(), [](const catalogue::Chapter &chapter) {
		print_field("name", chapter.name);
		print_field("title", chapter.title, "");
	});
	std::printf(",\n");
	print_list("requirements", catalogue::requirements(), [](const catalogue::Requirement *requirement) {
		std::vector<const char *> names;

		for (const Case *definition : cases_of(*requirement))
			names.push_back(definition->name);
		print_field("id", requirement->id);
		print_field("chapter", chapter_of(*requirement));
		print_field("standing", name(requirement->standing));
		print_field("otherwise", otherwise(requirement->standing));
		print_field("promise", requirement->sentence);
		print_field("document", requirement->document);
		print_field("source", requirement->source());
		print_field("kernels", requirement->kernels);
		print_field("uncovered", requirement->not_judged);
		std::printf("\"cases\": %s", all_quoted(names).c_str());
	});
	std::printf(",\n");
	print_list("deviations", catalogue::deviations(), [](const catalogue::Deviation *deviation) {
		print_field("id", deviation->id);
		print_field("requirement", deviation->requirement);
		print_field("how", deviation->how);
		print_field("evidence", deviation->evidence);
		print_field("range", deviation->kernels);
		print_list("kernels", catalogue::parse_ranges(deviation->kernels),
			   [](const catalogue::KernelRange &range) {
				   print_bound("from", range.from);
				   std::printf(", ");
				   if (range.before)
					   print_bound("before", *range.before);
				   else
					   std::printf("\"before\": null");
			   });
	});
	std::printf(",\n");
	print_list("regressions", catalogue::regressions(), [](const catalogue::Regression *regression) {
		print_field("commit", regression->commit);
		print_field("fixed_in", regression->fixed_in);
		print_field("not_judged", regression->not_judged);
		std::printf("\"cases\": %s", all_quoted(regression->cases).c_str());
	});
	std::printf(",\n");
	print_list("cases", cases(), [](const Case *definition) {
		print_field("name", definition->name);
		print_field("entry", name(definition->entry));
		print_field("place", describe(definition->where));
		std::printf("\"deviation\": %s, \"requirements\": %s",
			    definition->deviation ? quoted(definition->deviation).c_str() : "null",
			    all_quoted(definition->requirements).c_str());
	});
	std::printf(",\n");
	print_kernel_parts();
	std::printf("}\n");
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
	if (json)
		print_json();
	else
		print_text(selected);
	return complaints.count() > 0;
}

} // namespace harness
