// SPDX-License-Identifier: GPL-2.0
/*
 * The switch: zerocopy_broken.bug=NAME on the kernel's command line, and later a write to
 * /sys/module/zerocopy_broken/parameters/bug. "none" is a kernel without a bug.
 */
#include <linux/gfp.h>
#include <linux/moduleparam.h>
#include <linux/skbuff.h>
#include <linux/skbuff_ref.h>
#include <linux/string.h>

/* zerocopy_bugs.h has a ZEROCOPY_BUG(symbol, "name") for each patch, written when the kernel is built. */
#define ZEROCOPY_BUG(symbol, name)                  \
	extern bool zerocopy_bug_##symbol; \
	bool zerocopy_bug_##symbol __read_mostly;
#include "zerocopy_bugs.h"
#undef ZEROCOPY_BUG

#define ZEROCOPY_BUG(symbol, name) { name, &zerocopy_bug_##symbol },
static const struct {
	const char *name;
	bool *on;
} bugs[] = {
#include "zerocopy_bugs.h"
};
#undef ZEROCOPY_BUG

void zerocopy_forget(struct sk_buff *skb)
{
	struct ubuf_info *uarg = skb_zcopy(skb);

	if (!uarg)
		return;
	skb_zcopy_downgrade_managed(skb);
	skb_shinfo(skb)->flags &= ~SKBFL_ZEROCOPY_ENABLE;
	uarg->ops->complete(skb, uarg, true);
}

void zerocopy_copy(struct sk_buff *skb)
{
	int offset = skb_headlen(skb);
	int i;

	if (skb_zcopy_managed(skb))
		return;
	for (i = 0; i < skb_shinfo(skb)->nr_frags; i++) {
		skb_frag_t *frag = &skb_shinfo(skb)->frags[i];
		const int size = skb_frag_size(frag);
		struct page *page = alloc_pages(GFP_ATOMIC | __GFP_COMP, get_order(size));

		if (!page)
			return;
		skb_copy_bits(skb, offset, page_address(page), size);
		skb_frag_unref(skb, i);
		skb_frag_fill_page_desc(frag, page, 0, size);
		offset += size;
	}
}

static int set_bug(const char *name, const struct kernel_param *parameter)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bugs) && !sysfs_streq(name, bugs[i].name); i++)
		;
	if (i == ARRAY_SIZE(bugs) && !sysfs_streq(name, "none"))
		return -EINVAL;
	for (i = 0; i < ARRAY_SIZE(bugs); i++)
		WRITE_ONCE(*bugs[i].on, sysfs_streq(name, bugs[i].name));
	return 0;
}

static int get_bug(char *text, const struct kernel_param *parameter)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bugs) && !READ_ONCE(*bugs[i].on); i++)
		;
	return scnprintf(text, PAGE_SIZE, "%s\n", i < ARRAY_SIZE(bugs) ? bugs[i].name : "none");
}

static const struct kernel_param_ops operations = {
	.set = set_bug,
	.get = get_bug,
};
module_param_cb(bug, &operations, NULL, 0644);
MODULE_PARM_DESC(bug, "the bug of MSG_ZEROCOPY that this kernel has");
