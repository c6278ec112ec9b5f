/* SPDX-License-Identifier: GPL-2.0 */
#ifndef MSG_ZEROCOPY_NETNS_NETWORK_H
#define MSG_ZEROCOPY_NETNS_NETWORK_H

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "netns/namespace.h"
#include "netns/path.h"
#include "os/fd.h"

namespace netns
{

/* A device that drops what it is given, at once, without a copy. */
struct Sink {
	const char *type;
	const char *batch;
};
/* Those that can be a Wire::sink, the quickest to make first. */
std::span<const Sink> sinks();
/* What Wire::sink is made of from here on; the first until then. */
void use_sink(const Sink &sink);

/* The addresses of a path's two ends, as text; of VSOCK the CIDs. */
struct Addresses {
	const char *sender;
	const char *receiver;
};

/* Addresses of this machine and of an agent's, as text, "" where there are none of
 * the family, and the device that leads from one to the other. */
struct RemoteEnd {
	std::string device;
	std::string ipv4_here;
	std::string ipv4_there;
	std::string ipv6_here;
	std::string ipv6_there;
	std::uint32_t cid_there = 0; /* of VSOCK; 0: none */
};
/* Where Wire::remote leads from here on. */
void use_remote_end(const RemoteEnd &end);

/* A path that stands: its namespaces and devices, gone with this object. */
class Network {
public:
	/* Builds it and leaves the caller in the sender's namespace: the one that it is
	 * in, which is not ours, where the path leads to an agent. `ipv6`: give
	 * the devices IPv6 addresses too. Throws where the kernel lacks a part. */
	Network(const Path &path, bool ipv6);

	const Path &path() const { return path_; }
	const Namespace &sender() const { return *sender_; }
	const Namespace &receiver() const { return receiver_ ? *receiver_ : *sender_; }
	Addresses addresses(int family) const;
	/* The agent's CID, where the path leads to one. */
	std::uint32_t remote_cid() const;
	/* The device that the sender's packets leave by; null where there is none. */
	const char *device() const;
	/* The user end of a tun or macvtap device: the frames that left through it;
	 * -1 on other paths. */
	int tun() const { return tun_.get(); }
	/* Hold::neighbour: let the neighbour be known, so that packets go on. */
	void resolve_neighbour() const;

private:
	std::string batch(const char *ipv4, const char *ipv6) const;
	void build_veth(const char *pair);
	void build_routed();
	void build_bridged();
	void wait_ends() const;
	void build_sink();
	void build_tun();
	void build_macvtap();

	const Path &path_;
	bool ipv6_;
	std::optional<Namespace> sender_;
	std::optional<Namespace> receiver_;
	std::optional<Namespace> router_;
	os::Fd tun_;
	os::Fd packet_tap_;
	os::Fd xdp_;
};

} // namespace netns

#endif
