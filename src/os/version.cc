// SPDX-License-Identifier: GPL-2.0
#include "os/version.h"

#include "os/embedded.h"

namespace os
{

/* The Makefile writes the file: this object is all that a new commit compiles again. */
EMBEDDED_TEXT(msg_zerocopy_version, "version");

const char *const version = msg_zerocopy_version;

} // namespace os
