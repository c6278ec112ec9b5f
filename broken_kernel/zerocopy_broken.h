/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Bugs of MSG_ZEROCOPY that a kernel can be told to have, one at a time. Each is a patch of
 * the suite's broken_kernel/bugs/, and acts where zerocopy_broken() says that it is the one.
 */
#ifndef _LINUX_ZEROCOPY_BROKEN_H
#define _LINUX_ZEROCOPY_BROKEN_H

#include <linux/compiler.h>

struct sk_buff;

/* Declares what it asks, so that a new bug is compiled where it acts and nowhere else. */
#define zerocopy_broken(bug)                     \
	({                                       \
		extern bool zerocopy_bug_##bug;  \
		unlikely(READ_ONCE(zerocopy_bug_##bug)); \
	})

/* Gives up a packet's reference to its notification structure, and leaves it the user's pages. */
void zerocopy_forget(struct sk_buff *skb);

/* Puts copies in the place of a packet's pages, and leaves it the structure: nothing says so. */
void zerocopy_copy(struct sk_buff *skb);

#endif
