// SPDX-License-Identifier: GPL-2.0
#include "harness/terminal.h"

#include <unistd.h>

#include <cstdlib>

#include "harness/options.h"
#include "os/program.h"

namespace harness
{

namespace
{

/* A terminal that takes the escape codes of ECMA-48. */
bool is_terminal(int fd)
{
	const char *type = std::getenv("TERM");

	return ::isatty(fd) && type && *type && std::string_view(type) != "dumb";
}

const char *color_of(Verdict verdict)
{
	switch (verdict) {
	case Verdict::pass:
		return "\033[32m"; /* green */
	case Verdict::skip:
		return "\033[33m"; /* yellow */
	case Verdict::xfail:
	case Verdict::xpass:
		return "\033[36m"; /* cyan */
	case Verdict::fail:
	case Verdict::broken:
		return "\033[1;31m"; /* bold red */
	}
	return "";
}

std::string in_words(std::chrono::seconds time)
{
	const auto minutes = std::chrono::round<std::chrono::minutes>(time);

	return time.count() < 90 ? std::to_string(time.count()) + " s"
				 : std::to_string(minutes.count()) + " min";
}

} // namespace

bool wants_color(std::string_view when)
{
	const char *no_color = std::getenv("NO_COLOR");

	if (when == "always" || when == "never")
		return when == "always";
	if (when != "auto")
		throw os::UsageError("--color takes auto, always or never, not '" + std::string(when) + "'");
	return is_terminal(STDOUT_FILENO) && !(no_color && *no_color);
}

std::string in_color(const char *word, Verdict verdict)
{
	return std::string(color_of(verdict)) + word + "\033[0m";
}

int watched_terminal()
{
	for (const int fd : {STDERR_FILENO, STDOUT_FILENO})
		if (is_terminal(fd))
			return fd;
	return -1;
}

void Progress::show(std::size_t done, std::size_t failed, unsigned round)
{
	/* Before that, a guess at the rest says nothing. */
	constexpr std::chrono::seconds time_to_guess(2);
	const auto elapsed = std::chrono::steady_clock::now() - started_;

	if (!line_.due())
		return;
	std::string line = (round ? "round " + std::to_string(round) + ": " : "") + std::to_string(done) +
			   '/' + std::to_string(planned_) + " done, " + std::to_string(failed) + " failed";
	if (!round && done && elapsed > time_to_guess)
		line += ", about " +
			in_words(
				std::chrono::ceil<std::chrono::seconds>(elapsed * (planned_ - done) / done)) +
			" left";
	line_.show(line);
}

bool StatusLine::due() const
{
	return terminal_ >= 0 && (!shown_ || std::chrono::steady_clock::now() >= next_);
}

void StatusLine::show(const std::string &text)
{
	next_ = std::chrono::steady_clock::now() + between_;
	shown_ = true;
	write('\r' + text + "\033[K");
}

void StatusLine::clear()
{
	if (shown_)
		write("\r\033[K");
	shown_ = false;
}

void StatusLine::write(const std::string &text) const
{
	/* A terminal that has gone shows nothing, and that is all. */
	[[maybe_unused]] const ssize_t lost = ::write(terminal_, text.data(), text.size());
}

} // namespace harness
