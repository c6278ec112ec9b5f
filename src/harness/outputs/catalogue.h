/* SPDX-License-Identifier: GPL-2.0 */
#ifndef MSG_ZEROCOPY_HARNESS_OUTPUTS_CATALOGUE_H
#define MSG_ZEROCOPY_HARNESS_OUTPUTS_CATALOGUE_H

#include <cstddef>
#include <string>

namespace harness::outputs
{

/* --catalogue=json: of `total` requirements, `covered` have a case. */
std::string catalogue(std::size_t covered, std::size_t total);

} // namespace harness::outputs

#endif
