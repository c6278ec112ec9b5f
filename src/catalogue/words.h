/* SPDX-License-Identifier: GPL-2.0 */
#ifndef MSG_ZEROCOPY_CATALOGUE_WORDS_H
#define MSG_ZEROCOPY_CATALOGUE_WORDS_H

#include <string>
#include <string_view>
#include <vector>

/* Finding text by a user's words. Pure. */
namespace catalogue
{

/* The words of a text in lower case, those with underscores or dashes whole and in parts. An errno is
 * followed by its number and by what strerror(3) says of it: "ENOTSUPP" is "524", too. */
std::vector<std::string> words_of(std::string_view text);

/* What to look for: without words that mean nothing here and without endings, so that
 * "spins" finds "spinning". */
std::vector<std::string> query_of(std::string_view text);

/* Does one of the words begin with what is looked for? Numbers and words of two letters must
 * be the same. */
bool has_word(const std::vector<std::string> &words, std::string_view wanted);

} // namespace catalogue

#endif
