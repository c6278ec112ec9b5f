// SPDX-License-Identifier: GPL-2.0
#include "harness/diagnosis.h"

#include <gtest/gtest.h>

#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "harness/test.h"
#include "harness/verdict.h"

namespace
{

using harness::Case;
using harness::Finding;
using harness::Outcome;
using harness::Planned;
using harness::Sight;
using harness::Verdict;

/* Results that are made up one by one, of cases about requirements of the catalogue. */
class Results {
public:
	const Case &about(const char *requirement)
	{
		return cases_.emplace_back(
			Case{.name = "made_up", .run = nullptr, .requirements = {requirement}});
	}
	void passes(const Case &definition, std::size_t variant = 0,
		    const std::vector<std::string> &relied_on = {})
	{
		Outcome outcome;

		outcome.verdict = Verdict::pass;
		outcome.relied_on = relied_on;
		add(definition, variant, outcome);
	}
	void fails(const Case &definition, const Sight &sight, std::size_t variant = 0,
		   const std::string &charged = "", const std::string &common = "")
	{
		Outcome outcome;

		outcome.verdict = Verdict::fail;
		outcome.diagnostics = {"judges something", sight.what, "  expected: " + sight.expected,
				       "  seen:     " + sight.seen, "  at:       conformance/made_up.cc:1"};
		outcome.requirement = charged;
		outcome.common = common;
		add(definition, variant, outcome);
	}
	std::vector<Finding> diagnosed() const
	{
		return harness::diagnose(plan_, outcomes_, [](const Outcome &outcome) {
			return outcome.verdict == Verdict::fail;
		});
	}
	/* The verdict's headings, and what is not indented below them further than a finding. */
	std::vector<std::string> headed() const
	{
		std::vector<std::string> lines =
			harness::verdict_on("kernel", diagnosed(), plan_, "msg_zerocopy", {});

		std::erase_if(lines, [](const std::string &line) { return line.starts_with("    "); });
		return lines;
	}

private:
	/* On the first transport; the variant is the path. */
	void add(const Case &definition, std::size_t variant, Outcome outcome)
	{
		plan_.push_back({&definition, transport::transports().data(), &netns::paths()[variant]});
		outcomes_.emplace_back(std::move(outcome));
	}

	std::deque<Case> cases_;
	std::vector<Planned> plan_;
	std::vector<std::optional<Outcome>> outcomes_;
};

const Sight late = {"poll() for the notification [3,3]", "POLLERR", "none within 1000 ms"};

TEST(Diagnosis, ReadsWhatAnExpectationSaw)
{
	const Sight sight =
		harness::sight_of({"judges ZC-CT-01, promised: ...", "range of the notification",
				   "  expected: [0,0]", "  seen:     [1,1]", "  at:       a.cc:1"});

	EXPECT_EQ(sight.what, "range of the notification");
	EXPECT_EQ(sight.expected, "[0,0]");
	EXPECT_EQ(sight.seen, "[1,1]");
	EXPECT_EQ(harness::sight_of({"judges ZC-CT-01", "the case did not end within 4000 ms"}).what,
		  "the case did not end within 4000 ms");
	EXPECT_EQ(harness::sight_of({}).what, "");
}

TEST(Diagnosis, SignatureIgnoresNumbersAndHowManyRangesThereAre)
{
	const auto of = [](const char *seen) { return harness::signature({"ids", "each once", seen}); };

	EXPECT_EQ(of("3 sent, 1 completed; missing [1,2]"), of("99 sent, 7 completed; missing [3,3] [5,98]"));
	EXPECT_EQ(of("byte 7 is 0xff"), of("byte 65536 is 0x1"));
	EXPECT_NE(of("3 sent; missing [1,2]"), of("3 sent; duplicate [1,2]"));
	EXPECT_NE(of("-1 (EIO, Input/output error)"), of("-1 (ENOBUFS, No buffer space available)"));
}

TEST(Diagnosis, OneFaultOfManyCasesIsOneFindingAboutWhatAllRelyOn)
{
	Results results;

	for (const char *id : {"ZC-CT-02", "ZC-IN-06", "ZC-BT-01", "ZC-LF-01"})
		results.fails(results.about(id), late, 0, "", harness::once_each);
	const auto findings = results.diagnosed();

	ASSERT_EQ(findings.size(), 1U);
	EXPECT_STREQ(findings[0].broken->id, harness::once_each);
	EXPECT_EQ(findings[0].results.size(), 4U);
	EXPECT_EQ(findings[0].cases, 4U);
}

TEST(Diagnosis, AFaultOfOneCaseAmongManyThatPassIsItsOwn)
{
	Results results;
	const Case &narrow = results.about("ZC-CT-02");

	for (const char *id : {"ZC-IN-06", "ZC-BT-01", "ZC-LF-01"})
		results.passes(results.about(id), 0, {harness::once_each});
	results.fails(narrow, late, 0, "", harness::once_each);
	results.fails(narrow, late, 1, "", harness::once_each);
	const auto findings = results.diagnosed();

	ASSERT_EQ(findings.size(), 1U);
	EXPECT_STREQ(findings[0].broken->id, "ZC-CT-02");
}

TEST(Diagnosis, WhatAllRelyOnIsJudgedByTheResultsThatLookedAtIt)
{
	for (const bool looked_at : {false, true}) {
		Results results;
		const Case &fails = results.about("ZC-IN-06");

		for (int i = 0; i < 2; i++)
			results.fails(fails, late, 0, "", harness::once_each);
		results.fails(results.about("ZC-BT-01"), late, 0, "", harness::once_each);
		for (int i = 0; i < 9; i++)
			results.passes(results.about("ZC-LF-01"), 0,
				       {looked_at ? harness::once_each : harness::ids_in_turn});
		EXPECT_STREQ(results.diagnosed()[0].broken->id, looked_at ? "ZC-IN-06" : harness::once_each);
	}
}

TEST(Diagnosis, WhatIsLookedAtOfWhatAllRelyOnIsJudgedAlone)
{
	for (const bool looked_at : {false, true}) {
		Results results;
		const Case &fails = results.about("ZC-LF-01");

		for (int i = 0; i < 2; i++)
			results.fails(fails, {"SO_ERROR", "ECONNRESET", "ENOMSG"}, 0, "",
				      harness::notification_is_no_error);
		results.fails(results.about("ZC-LF-10"), {"SO_ERROR of a call", "ETIMEDOUT", "ENOMSG"}, 0, "",
			      harness::notification_is_no_error);
		for (int i = 0; i < 9; i++)
			results.passes(results.about("ZC-BT-01"), 0,
				       {looked_at ? harness::notification_is_no_error
						  : harness::calls_beside_notifications});
		const auto findings = results.diagnosed();

		ASSERT_EQ(findings.size(), 1U);
		EXPECT_STREQ(findings[0].broken->id, looked_at ? "ZC-LF-01" : "ZC-RX-09");
	}
}

TEST(Diagnosis, WhatFewResultsOfAGroupAreAboutDoesNotExplainIt)
{
	for (const std::size_t others : {1, 2}) {
		Results results;
		const std::vector<const char *> other = {"ZC-BT-01", "ZC-LF-01"};

		results.fails(results.about("ZC-IN-06"), late, 0, "", harness::once_each);
		for (std::size_t i = 0; i < others; i++)
			results.fails(results.about(other[i]), late, 0, "", harness::once_each);
		for (const char *id : {"ZC-BT-01", "ZC-LF-01", "ZC-CT-02", "ZC-CT-02", "ZC-CT-02"})
			results.passes(results.about(id), 0, {harness::once_each});
		EXPECT_STREQ(results.diagnosed()[0].broken->id,
			     others == 1 ? "ZC-IN-06" : harness::once_each);
	}
}

TEST(Diagnosis, WhatAWaitIsForMakesNoOtherFault)
{
	const Sight other = {"poll() for a buffer's notification", "POLLERR", "none within 500 ms"};

	EXPECT_EQ(harness::signature(late), harness::signature(other));
	EXPECT_EQ(harness::signature({"ee_code", "0", "1"}),
		  harness::signature({"ee_code of data that was dropped", "0", "1"}));
}

TEST(Diagnosis, ARequirementWhoseOtherResultsPassIsNotBlamed)
{
	Results results;
	const Case &passes = results.about("ZC-CT-02");
	const Case &fails = results.about("ZC-IN-06");

	results.fails(passes, late);
	results.fails(fails, late);
	for (int i = 0; i < 5; i++)
		results.passes(passes);
	ASSERT_EQ(results.diagnosed().size(), 1U);
	EXPECT_STREQ(results.diagnosed()[0].broken->id, "ZC-IN-06");
}

TEST(Diagnosis, AnEndCheckIsChargedToWhatItJudges)
{
	Results results;

	results.fails(results.about("ZC-CT-02"), late, 0, harness::bytes_intact);
	results.fails(results.about("ZC-CT-02"), {"sent", "1", "2"}, 0, harness::bytes_intact);
	const auto findings = results.diagnosed();

	ASSERT_EQ(findings.size(), 1U);
	EXPECT_STREQ(findings[0].broken->id, harness::bytes_intact);
	EXPECT_EQ(findings[0].kinds, 2U);
}

TEST(Diagnosis, TellsWhereItsCasesFailAndWhereTheyPass)
{
	Results results;
	const Case &definition = results.about("ZC-CT-02");
	const auto paths = netns::paths();

	results.fails(definition, late, 1);
	results.passes(definition, 2);
	results.passes(results.about("ZC-IN-06"), 3);
	const auto findings = results.diagnosed();

	ASSERT_EQ(findings.size(), 1U);
	EXPECT_EQ(findings[0].paths.fails, std::vector<std::string>{paths[1].name});
	EXPECT_EQ(findings[0].paths.passes, std::vector<std::string>{paths[2].name});
	EXPECT_TRUE(findings[0].transports.passes.empty());
}

TEST(Diagnosis, TheSmallestIsOfACaseAboutTheRequirementOnTheSimplestPath)
{
	Results results;
	const Case &other = results.about("ZC-IN-06");
	const Case &about = results.about("ZC-CT-18");

	results.fails(other, late, 0, "ZC-CT-18");
	results.fails(about, late, 2, "ZC-CT-18");
	results.fails(about, late, 1, "ZC-CT-18");
	const auto findings = results.diagnosed();

	ASSERT_EQ(findings.size(), 1U);
	EXPECT_EQ(findings[0].results, (std::vector<std::size_t>{2, 1, 0}));
}

TEST(Diagnosis, PromisesComeFirstThenWhatFailsMost)
{
	Results results;

	for (int i = 0; i < 3; i++)
		results.fails(results.about("ZC-SO-01"), {"a", "1", "2"});
	results.fails(results.about("ZC-CT-02"), {"b", "1", "2"});
	for (int i = 0; i < 2; i++)
		results.fails(results.about("ZC-IN-06"), {"c", "1", "2"});
	const auto findings = results.diagnosed();

	ASSERT_EQ(findings.size(), 3U);
	EXPECT_STREQ(findings[0].broken->id, "ZC-IN-06");
	EXPECT_STREQ(findings[1].broken->id, "ZC-CT-02");
	EXPECT_STREQ(findings[2].broken->id, "ZC-SO-01");
}

TEST(Diagnosis, ABroadFindingTakesInTheFewThatFailWhereItDoes)
{
	Results results;

	for (int i = 0; i < 12; i++)
		results.fails(results.about("ZC-IN-06"), late, 0, harness::once_each);
	results.fails(results.about("ZC-BT-01"), {"b", "1", "2"}, 0);
	results.fails(results.about("ZC-CT-02"), {"c", "1", "2"}, 1);
	const auto findings = results.diagnosed();

	ASSERT_EQ(findings.size(), 2U);
	ASSERT_EQ(findings[0].followers.size(), 1U);
	EXPECT_STREQ(findings[0].followers[0].broken->id, "ZC-BT-01");
	EXPECT_STREQ(findings[1].broken->id, "ZC-CT-02"); /* on a path that the other passes on */
}

TEST(Diagnosis, ABroadObservationTakesInPromisesThatFailMuchLess)
{
	for (const int few : {1, 2}) {
		Results results;

		for (int i = 0; i < 12; i++)
			results.fails(results.about("ZC-SO-01"), {"a", "1", "2"}, 0,
				      harness::option_memory_back);
		for (int i = 0; i < few; i++)
			results.fails(results.about("ZC-BT-01"), {"b", "1", "2"});
		const auto findings = results.diagnosed();

		ASSERT_EQ(findings.size(), few == 1 ? 1U : 2U);
		EXPECT_STREQ(findings[0].broken->id, few == 1 ? harness::option_memory_back : "ZC-BT-01");
	}
}

TEST(Diagnosis, APromiseThatFailsOnlyBesideAnObservationKeepsItsHeading)
{
	for (const bool another : {false, true}) {
		Results results;

		for (int i = 0; i < 12; i++)
			results.fails(results.about("ZC-SO-01"), {"a", "1", "2"}, 0,
				      harness::option_memory_back);
		results.fails(results.about("ZC-BT-01"), {"b", "1", "2"});
		if (another)
			results.fails(results.about("ZC-CT-02"), {"c", "1", "2"}, 1);
		const std::vector<std::string> lines = results.headed();

		ASSERT_EQ(lines.size(), another ? 5U : 4U);
		EXPECT_TRUE(lines[0].starts_with("Verdict: kernel breaks promises"));
		EXPECT_EQ(lines[1].starts_with("  ZC-CT-02 broken: 1 result "), another);
		EXPECT_EQ(lines[another ? 2 : 1],
			  "  only where ZC-LIM-03 fails, see below: ZC-BT-01 broken (1 result)");
		EXPECT_TRUE(lines[another ? 3 : 2].starts_with("Verdict: kernel differs"));
	}
}

TEST(Diagnosis, TheLedgerYieldsToWhatSawTheNotification)
{
	const Sight ledger = {"ids reported", "each id sent, once", "9 sent; never sent [6,0]"};
	const Sight range = {"range of the notification", "[0,6]", "[6,0]"};

	for (const char *const charged : {harness::once_each, harness::ids_in_turn})
		for (const int seen : {1, 2}) {
			Results results;

			for (int i = 0; i < 4; i++)
				results.fails(results.about("ZC-IN-06"), ledger, 0, charged);
			for (int i = 0; i < seen; i++)
				results.fails(results.about("ZC-BT-01"), range, 0);
			const auto findings = results.diagnosed();

			ASSERT_EQ(findings.size(), 2U);
			EXPECT_STREQ(findings[0].broken->id, seen == 1 ? charged : "ZC-BT-01");
		}
}

TEST(Diagnosis, WhatDidNotEndComesLast)
{
	Results results;

	for (int i = 0; i < 3; i++)
		results.fails(results.about("ZC-IN-06"), {"the case did not end within 9 ms", "", ""});
	results.fails(results.about("ZC-SO-01"), {"a", "1", "2"});
	const auto findings = results.diagnosed();

	ASSERT_EQ(findings.size(), 2U);
	EXPECT_STREQ(findings[0].broken->id, "ZC-SO-01");
}

} // namespace
