/* SPDX-License-Identifier: GPL-2.0 */
#ifndef MSG_ZEROCOPY_TRANSPORT_GENERATOR_H
#define MSG_ZEROCOPY_TRANSPORT_GENERATOR_H

#include <random>

namespace transport
{

/* Its words, as they lie in memory, fill one payload of a case after the other, each
 * from the next whole word on. */
using Generator = std::mt19937_64;

} // namespace transport

#endif
