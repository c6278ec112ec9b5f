/* SPDX-License-Identifier: GPL-2.0 */

/*
 * The headers of the C++ library that most files use and that are dear to parse. The Makefile
 * has g++ read them compiled, ahead of every file. Nothing may rely on that: each file includes
 * what it uses, and clang++ and ccache compile it without. No #pragma once: g++ warns of one in
 * what it compiles.
 */
#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <deque>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <vector>
