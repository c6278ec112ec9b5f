/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <cerrno>
#include <stdexcept>
#include <string>
#include <system_error>

/*
 * When something does not go as it should, it says one of three things, and the
 * exception tells which; harness/worker.cc:run_case makes the verdict of it.
 *
 * - The kernel broke a promise: verdict fail. harness::Failure, from an expectation;
 *   below the harness transport::Corruption (bytes, or their arrival), os::Unexpected
 *   (another system call's behaviour, or a scripted peer's packets) and errqueue::ReadError.
 * - The machine lacks what the case needs: verdict skip. harness::Skip, from
 *   Test::skip(); below the harness os::Missing.
 * - The case could not be set up, which says nothing about the kernel's promises:
 *   verdict broken. std::system_error from os::check(), os::Broken from
 *   os::require(), and any other exception.
 */
namespace os
{

/* What the case needs and the machine lacks: "a tc command". */
class Missing : public std::runtime_error {
public:
	using std::runtime_error::runtime_error;
};

/* The suite itself, or what it set up, is not as it must be. */
class Broken : public std::runtime_error {
public:
	using std::runtime_error::runtime_error;
};

/* The kernel did not do what a link or a scripted receiver waited for; the text says what was
 * expected and what was seen. */
class Unexpected : public std::runtime_error {
public:
	using std::runtime_error::runtime_error;
	Unexpected(const std::string &what, const std::string &expected, const std::string &seen)
		: Unexpected(what + "\n  expected: " + expected + "\n  seen:     " + seen)
	{
	}
};

/*
 * For system calls that only prepare a case. Throws std::system_error with errno and
 * `what` where the result is negative. For calls that set errno only: a condition
 * that is none, such as a time that has passed, is for require() or an expectation.
 */
template <typename Result> Result check(Result result, const std::string &what)
{
	if (result < 0)
		throw std::system_error(errno, std::generic_category(), what);
	return result;
}

/* Throws Broken with `what` where the condition does not hold. */
inline void require(bool condition, const std::string &what)
{
	if (!condition)
		throw Broken(what);
}

} // namespace os
