// SPDX-License-Identifier: GPL-2.0
#include "os/version.h"

namespace os
{

/* The assembler includes the file that the Makefile writes: this object is all that a new
 * commit compiles again. */
__asm__(".pushsection .rodata\n"
	".globl msg_zerocopy_version\n"
	"msg_zerocopy_version:\n"
	".incbin \"version\"\n"
	".byte 0\n"
	".popsection\n");
extern "C" const char msg_zerocopy_version[];

const char *const version = msg_zerocopy_version;

} // namespace os
