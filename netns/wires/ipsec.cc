// SPDX-License-Identifier: GPL-2.0
/* IPsec: ESP by states and policies, and by an interface. net/ipv4/esp4.c:esp_output_head and
 * net/ipv6/esp6.c:esp6_output_head encrypt a copy (skb_cow_data). TCP sends single segments on
 * routes with a policy (net/core/sock.c:sk_setup_caps), unless the module esp4_offload is loaded: then
 * net/ipv4/esp4_offload.c:esp4_gso_segment cuts them without gathering, whatever the device can. So does
 * net/xfrm/xfrm_output.c:xfrm_output_gso behind an interface, which does not show its policy to the route.
 * UDP_SEGMENT is refused on routes with one (net/ipv4/udp.c:udp_send_skb). */
#include "netns/stack.h"

namespace netns
{

namespace
{

constexpr os::KernelParts esp = {
	"IPsec (CONFIG_INET_ESP, CONFIG_INET6_ESP, CONFIG_CRYPTO_GCM, CONFIG_CRYPTO_SEQIV, CONFIG_VETH)",
	{"veth", "esp4", "esp6", "xfrm_user", "gcm", "ctr", "ghash_generic", "aes_generic", "seqiv",
	 "aesni_intel", "hmac", "sha512_generic", "jitterentropy_rng", "drbg"}};

#define STATES(own, peer, mode, more) STATES_OF(own, peer, mode more, "", "")
/* The module esp4_offload is loaded for them. Devices of no hardware take none: it encrypts itself. */
#define OFFLOADED_STATES(own, peer)                                                                          \
	STATES_OF(own, peer, "transport", " offload dev zc0 dir out", " offload dev zc0 dir in")
#define STATES_OF(own, peer, mode, out, in)                                                                  \
	"xfrm state add src " own " dst " peer " proto esp spi 0x100 mode " mode KEY out "\n"                \
	"xfrm state add src " peer " dst " own " proto esp spi 0x100 mode " mode KEY in "\n"
#define KEY " aead rfc4106(gcm(aes)) 0x000102030405060708090a0b0c0d0e0f10111213 128"
/* As without esp4_offload, which a machine may have loaded. */
#define SINGLE_SEGMENTS "link set dev zc0 gso_max_segs 1\n"
#define POLICIES(own, peer, template)                                                                        \
	"xfrm policy add src " own " dst " peer " dir out tmpl src " own                                     \
	" dst " peer template "xfrm policy add src " peer " dst " own " dir in tmpl src " peer               \
			      " dst " own template

constexpr Stack rows[] = {
	{.name = "esp-transport",
	 .summary = "ESP in transport mode",
	 .parts = esp,
	 .device = nullptr,
	 .after = STATES("$OWN_V4", "$PEER_V4", "transport", "")
		 STATES("$OWN_V6", "$PEER_V6", "transport", "") POLICIES("$OWN_V4", "$PEER_V4",
									 " proto esp mode transport\n")
			 POLICIES("$OWN_V6", "$PEER_V6", " proto esp mode transport\n") SINGLE_SEGMENTS,
	 .traits = copies_below,
	 .udp = refuses_udp_segment,
	 .own_state = true},
	{.name = "esp-offload",
	 .summary = "ESP in transport mode, whose segments are cut behind the policy (esp4_offload)",
	 .parts =
		 {"IPsec with offload (CONFIG_INET_ESP_OFFLOAD, CONFIG_INET6_ESP_OFFLOAD, CONFIG_CRYPTO_GCM, "
		  "CONFIG_CRYPTO_SEQIV, CONFIG_VETH)",
		  {"esp4_offload", "esp6_offload"}},
	 .device = nullptr,
	 .after = OFFLOADED_STATES("$OWN_V4", "$PEER_V4") OFFLOADED_STATES("$OWN_V6", "$PEER_V6")
		 POLICIES("$OWN_V4", "$PEER_V4", " proto esp mode transport\n")
			 POLICIES("$OWN_V6", "$PEER_V6", " proto esp mode transport\n"),
	 .traits = copies_below,
	 .tcp = segments_copied,
	 .udp = refuses_udp_segment,
	 .own_state = true},
	{.name = "esp-tunnel",
	 .summary = "ESP in tunnel mode",
	 .parts = esp,
	 .device = nullptr,
	 .after = STATES("$OWN_V4", "$PEER_V4", "tunnel", "") STATES("$OWN_V6", "$PEER_V6", "tunnel", "")
		 POLICIES("$OWN_V4", "$PEER_V4", " proto esp mode tunnel\n")
			 POLICIES("$OWN_V6", "$PEER_V6", " proto esp mode tunnel\n") SINGLE_SEGMENTS,
	 .traits = copies_below,
	 .udp = refuses_udp_segment,
	 .own_state = true},
	{.name = "vti",
	 .summary = "a tunnel interface of IPsec (vti)",
	 .parts = {"tunnel interfaces of IPsec (CONFIG_NET_IPVTI, CONFIG_INET_ESP, CONFIG_CRYPTO_GCM, "
		   "CONFIG_CRYPTO_SEQIV, CONFIG_VETH)",
		   {"ip_vti"}},
	 .device = "link add name zc0 type vti local $OWN_LOWER_V4 remote $PEER_LOWER_V4 key 42\n" STATES(
		 "$OWN_LOWER_V4", "$PEER_LOWER_V4", "tunnel",
		 " flag af-unspec") "xfrm policy add src 0.0.0.0/0 dst 0.0.0.0/0 dir out mark 42 tmpl src "
				    "$OWN_LOWER_V4 dst $PEER_LOWER_V4 proto esp mode tunnel\n"
				    "xfrm policy add src 0.0.0.0/0 dst 0.0.0.0/0 dir in mark 42 tmpl src "
				    "$PEER_LOWER_V4 dst $OWN_LOWER_V4 proto esp mode tunnel\n",
	 .traits = copies_below,
	 .tcp = segments_copied,
	 .address_family = AF_INET,
	 .own_state = true},
	{.name = "xfrm",
	 .summary = "an xfrm interface with ESP in tunnel mode",
	 .parts = {"xfrm interfaces (CONFIG_XFRM_INTERFACE, CONFIG_INET_ESP, CONFIG_CRYPTO_GCM, "
		   "CONFIG_CRYPTO_SEQIV, CONFIG_VETH)",
		   {"xfrm_interface"}},
	 .device = "link add name zc0 type xfrm dev zc1 if_id 42\n" STATES(
		 "$OWN_LOWER_V4", "$PEER_LOWER_V4", "tunnel",
		 " if_id 42 flag af-unspec") "xfrm policy add src 0.0.0.0/0 dst 0.0.0.0/0 dir out if_id 42 "
					     "tmpl src $OWN_LOWER_V4 dst $PEER_LOWER_V4 proto esp mode "
					     "tunnel\n"
					     "xfrm policy add src 0.0.0.0/0 dst 0.0.0.0/0 dir in if_id 42 "
					     "tmpl src $PEER_LOWER_V4 dst $OWN_LOWER_V4 proto esp mode "
					     "tunnel\n"
					     "xfrm policy add src ::/0 dst ::/0 dir out if_id 42 tmpl src "
					     "$OWN_LOWER_V4 dst $PEER_LOWER_V4 proto esp mode tunnel\n"
					     "xfrm policy add src ::/0 dst ::/0 dir in if_id 42 tmpl src "
					     "$PEER_LOWER_V4 dst $OWN_LOWER_V4 proto esp mode tunnel\n",
	 .traits = copies_below,
	 .tcp = segments_copied,
	 .udp = datagrams_cut_by_copying,
	 .own_state = true},
};

const StackRegistration registration(rows);

} // namespace

} // namespace netns
