// SPDX-License-Identifier: GPL-2.0
#include "transport/transcript.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <utility>

namespace
{

using os::Data;
using transport::Corruption;
using transport::Transcript;
using transport::Unshared;

TEST(StreamTranscript, IsCompleteWhenAllHasArrivedInAnyPieces)
{
	Transcript transcript(Transcript::Of::stream);

	transcript.append(Data{1, 2, 3}, false);
	transcript.append(Data{4, 5}, true);
	transcript.arrived(Data{1});
	transcript.arrived(Data{2, 3, 4});
	EXPECT_FALSE(transcript.complete());
	EXPECT_EQ(transcript.describe(), "1 of 5 bytes have not arrived");
	transcript.arrived(Data{5});
	EXPECT_TRUE(transcript.complete());
}

TEST(StreamTranscript, SeesAWrongByteAndOneTooMany)
{
	Transcript transcript(Transcript::Of::stream);

	transcript.append(Data{1, 2}, false);
	EXPECT_THROW(transcript.arrived(Data{1, 3}), Corruption);
	Transcript shorter(Transcript::Of::stream);
	shorter.append(Data{1}, false);
	EXPECT_THROW(shorter.arrived(Data{1, 2}), Corruption);
}

TEST(StreamTranscript, TheLastBytesCanBeReplaced)
{
	Transcript transcript(Transcript::Of::stream);

	transcript.append(Data{1, 2, 3}, false);
	transcript.replace_last(Data{8, 9});
	transcript.arrived(Data{1, 8, 9});
	EXPECT_TRUE(transcript.complete());
}

TEST(StreamTranscript, TellsAByteOfBeforeTheStoreFromAWrongOne)
{
	for (const auto &[third, stale] : {std::pair{std::uint8_t{3}, true}, {std::uint8_t{7}, false}}) {
		Transcript transcript(Transcript::Of::stream);

		transcript.append(Data{1, 2, 3}, false);
		transcript.store_over_last(Data{8, 9});
		transcript.arrived(Data{1, 8});
		if (stale)
			EXPECT_THROW(transcript.arrived(Data{third}), Unshared);
		else
			EXPECT_THROW(transcript.arrived(Data{third}), Corruption);
	}
}

TEST(DatagramTranscript, TellsTheDatagramOfBeforeTheStoreFromAWrongOne)
{
	Transcript transcript(Transcript::Of::datagrams);

	transcript.append(Data{1, 2}, true);
	transcript.store_over_last(Data{8, 9});
	transcript.append(Data{3}, false);
	EXPECT_THROW(transcript.arrived(Data{1, 2, 3}), Unshared);
	EXPECT_THROW(transcript.arrived(Data{1, 8, 3}), Corruption);
	transcript.arrived(Data{8, 9, 3});
	EXPECT_TRUE(transcript.complete());
}

TEST(DatagramTranscript, KeepsBoundariesButNotOrder)
{
	Transcript transcript(Transcript::Of::datagrams);

	transcript.append(Data{1, 2}, false);
	transcript.append(Data{3}, false);
	transcript.append(Data{}, false);
	transcript.arrived(Data{3});
	transcript.arrived(Data{});
	EXPECT_FALSE(transcript.complete());
	EXPECT_THROW(transcript.arrived(Data{1}), Corruption);
	transcript.arrived(Data{1, 2});
	EXPECT_TRUE(transcript.complete());
	EXPECT_THROW(transcript.arrived(Data{1, 2}), Corruption);
}

TEST(DatagramTranscript, PutsCorkedPartsTogether)
{
	Transcript transcript(Transcript::Of::datagrams);

	transcript.append(Data{1}, true);
	transcript.append(Data{2}, true);
	transcript.append(Data{3}, false);
	transcript.arrived(Data{1, 2, 3});
	EXPECT_TRUE(transcript.complete());
	transcript.append(Data{4}, true);
	transcript.drop_unfinished();
	EXPECT_TRUE(transcript.complete());
}

TEST(DatagramTranscript, CutsIntoSegments)
{
	Transcript transcript(Transcript::Of::datagrams);

	transcript.set_segment_size(2);
	transcript.append(Data{1, 2, 3, 4, 5}, false);
	transcript.arrived(Data{1, 2});
	transcript.arrived(Data{3, 4});
	transcript.arrived(Data{5});
	EXPECT_TRUE(transcript.complete());
}

TEST(MessageTranscript, KeepsBoundariesAndOrder)
{
	Transcript transcript(Transcript::Of::messages);

	transcript.append(Data{1, 2}, false);
	transcript.append(Data{3}, false);
	EXPECT_THROW(transcript.arrived(Data{3}), Corruption);
	EXPECT_THROW(transcript.arrived(Data{1}), Corruption);
	transcript.arrived(Data{1, 2});
	EXPECT_FALSE(transcript.complete());
	transcript.arrived(Data{3});
	EXPECT_TRUE(transcript.complete());
}

} // namespace
