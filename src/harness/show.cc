// SPDX-License-Identifier: GPL-2.0
#include "harness/show.h"

#include <algorithm>
#include <cstdio>
#include <string>
#include <string_view>

#include "catalogue/deviation.h"
#include "catalogue/requirement.h"

namespace harness
{

namespace
{

bool names(const Case &definition, std::string_view id)
{
	return std::ranges::any_of(definition.requirements,
				   [&](const char *named) { return named && id == named; });
}

bool claims(const catalogue::Requirement &requirement, std::string_view name)
{
	return std::ranges::any_of(requirement.cases,
				   [&](const char *claimed) { return claimed && name == claimed; });
}

const Case *find_case(std::string_view name)
{
	for (const Case *definition : cases())
		if (name == definition->name)
			return definition;
	return nullptr;
}

/* Every complaint is one line; returns how many there were. */
int check_cases()
{
	int wrong = 0;
	auto complain = [&](const Case &definition, const char *about, const char *what) {
		std::fprintf(stderr, "msg_zerocopy: case %s %s %s\n", definition.name, about, what);
		wrong++;
	};

	for (const Case *definition : cases()) {
		for (const char *id : definition->requirements) {
			const catalogue::Requirement *requirement = id ? catalogue::find(id) : nullptr;

			if (id && !requirement)
				complain(*definition, "names the unknown requirement", id);
			else if (id && !claims(*requirement, definition->name))
				complain(*definition, "is not claimed by its requirement", id);
		}
		if (!definition->requirements[0])
			complain(*definition, "names no requirement", "");
		if (find_case(definition->name) != definition)
			complain(*definition, "has the name of another case", "");
		if (definition->deviation && !catalogue::find_deviation(definition->deviation))
			complain(*definition, "names the unknown deviation", definition->deviation);
	}
	return wrong;
}

int check_requirements()
{
	int wrong = 0;
	auto complain = [&](const char *id, const char *about, const char *what) {
		std::fprintf(stderr, "msg_zerocopy: requirement %s %s %s\n", id, about, what);
		wrong++;
	};

	for (const catalogue::Chapter *chapter : catalogue::chapters())
		for (const catalogue::Requirement &requirement : chapter->requirements) {
			for (const char *name : requirement.cases) {
				const Case *definition = name ? find_case(name) : nullptr;

				if (name && !definition)
					complain(requirement.id, "claims a case that is not there:", name);
				else if (name && !names(*definition, requirement.id))
					complain(requirement.id,
						 "claims a case that does not name it:", name);
			}
			if (requirement.covered() == !std::string_view(requirement.uncovered).empty())
				complain(requirement.id, "must either have a case or say what it needs", "");
		}
	for (const catalogue::Deviation &deviation : catalogue::deviations())
		if (!catalogue::find(deviation.requirement))
			complain(deviation.requirement, "is unknown but deviates:", deviation.id);
	return wrong;
}

const char *status_name(catalogue::Status status)
{
	switch (status) {
	case catalogue::Status::documented:
		return "documented";
	case catalogue::Status::code_only:
		return "code-only";
	case catalogue::Status::deviates:
		return "deviates";
	}
	return "";
}

void print_text()
{
	for (const catalogue::Chapter *chapter : catalogue::chapters()) {
		std::printf("%s\n", chapter->title);
		for (const catalogue::Requirement &requirement : chapter->requirements) {
			std::printf("  %-10s %s\n", requirement.id, requirement.promise);
			for (const char *name : requirement.cases)
				if (name)
					std::printf("             case %s\n", name);
			if (!requirement.covered())
				std::printf("             not covered: %s\n", requirement.uncovered);
		}
	}
	const catalogue::Coverage coverage = catalogue::coverage();
	std::printf("covered %zu/%zu\n", coverage.covered, coverage.total);
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

std::string release_text(catalogue::Release release)
{
	return std::to_string(release.major) + '.' + std::to_string(release.minor) + '.' +
	       std::to_string(release.patch);
}

void print_json()
{
	const catalogue::Coverage coverage = catalogue::coverage();
	const char *separator = "";

	std::printf("{\"covered\": %zu, \"total\": %zu, \"chapters\": [", coverage.covered, coverage.total);
	for (const catalogue::Chapter *chapter : catalogue::chapters()) {
		std::printf("%s\n{\"name\": \"%s\", \"title\": %s}", separator, chapter->name,
			    quoted(chapter->title).c_str());
		separator = ",";
	}
	std::printf("],\n\"requirements\": [");
	separator = "";
	for (const catalogue::Chapter *chapter : catalogue::chapters())
		for (const catalogue::Requirement &requirement : chapter->requirements) {
			std::printf(
				"%s\n{\"id\": \"%s\", \"chapter\": \"%s\", \"promise\": %s, \"source\": %s, "
				"\"status\": \"%s\", \"kernels\": %s, \"uncovered\": %s, \"cases\": [",
				separator, requirement.id, chapter->name, quoted(requirement.promise).c_str(),
				quoted(requirement.source).c_str(), status_name(requirement.status),
				quoted(requirement.kernels).c_str(), quoted(requirement.uncovered).c_str());
			separator = "";
			for (const char *name : requirement.cases)
				if (name) {
					std::printf("%s\"%s\"", separator, name);
					separator = ", ";
				}
			std::printf("]}");
			separator = ",";
		}
	std::printf("],\n\"deviations\": [");
	separator = "";
	for (const catalogue::Deviation &deviation : catalogue::deviations()) {
		std::printf("%s\n{\"id\": \"%s\", \"requirement\": \"%s\", \"how\": %s, \"evidence\": %s, "
			    "\"kernels\": [",
			    separator, deviation.id, deviation.requirement, quoted(deviation.how).c_str(),
			    quoted(deviation.evidence).c_str());
		separator = "";
		for (const catalogue::KernelRange &range : deviation.kernels) {
			const bool open = range.before == catalogue::Release{};

			std::printf("%s{\"from\": \"%s\", \"before\": %s}", separator,
				    release_text(range.from).c_str(),
				    open ? "null" : quoted(release_text(range.before)).c_str());
			separator = ", ";
		}
		std::printf("]}");
		separator = ",";
	}
	std::printf("],\n\"cases\": [");
	separator = "";
	for (const Case *definition : cases()) {
		std::printf(
			"%s\n{\"name\": \"%s\", \"entry\": \"%s\", \"deviation\": %s, \"requirements\": [",
			separator, definition->name, name(definition->entry),
			definition->deviation ? quoted(definition->deviation).c_str() : "null");
		separator = "";
		for (const char *id : definition->requirements)
			if (id) {
				std::printf("%s\"%s\"", separator, id);
				separator = ", ";
			}
		std::printf("]}");
		separator = ",";
	}
	std::printf("]}\n");
}

} // namespace

void show_list(const std::vector<Planned> &plan)
{
	for (const Planned &planned : plan)
		std::printf("%s\n", planned.name().c_str());
}

int show_catalogue(bool json)
{
	if (json)
		print_json();
	else
		print_text();
	return check_cases() + check_requirements() > 0;
}

} // namespace harness
