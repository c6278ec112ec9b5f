/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace os
{

using Bytes = std::span<const std::uint8_t>;
using Data = std::vector<std::uint8_t>;

} // namespace os
