// SPDX-License-Identifier: GPL-2.0
#include "transport/families.h"

#include <linux/rds.h>
#include <linux/tls.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <cerrno>

#include "netns/sysctl.h"
#include "os/check.h"
#include "os/option.h"

namespace transport
{

/* The same keys and sequence numbers in both directions and for everyone: it is
 * about the way of the data, not about secrets. */
static void attach_tls(int socket, int direction)
{
	constexpr char name[] = "tls";
	tls12_crypto_info_aes_gcm_128 keys = {};

	/* One direction may have brought it. */
	if (::setsockopt(socket, IPPROTO_TCP, TCP_ULP, name, sizeof(name)) < 0 && errno != EEXIST)
		os::check(-1, "setsockopt(TCP_ULP, tls)");
	keys.info.version = TLS_1_2_VERSION;
	keys.info.cipher_type = TLS_CIPHER_AES_GCM_128;
	os::check(::setsockopt(socket, SOL_TLS, direction, &keys, sizeof(keys)),
		  "setsockopt(TLS_TX or TLS_RX)");
}

os::Fd open_socket(int family, int type, int protocol)
{
	return os::Fd(os::check(::socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol), "socket()"));
}

os::Fd open_ping_socket(const netns::Namespace &space, int family)
{
	space.enter();
	netns::try_sysctl("ipv4/ping_group_range", "0 0");
	return open_socket(family, SOCK_DGRAM, family == AF_INET ? int{IPPROTO_ICMP} : int{IPPROTO_ICMPV6});
}

os::Fd open_rds_socket()
{
	os::Fd socket = open_socket(AF_RDS, SOCK_SEQPACKET, 0);

	os::set_option(socket.get(), SOL_RDS, SO_RDS_TRANSPORT, RDS_TRANS_TCP,
		       "setsockopt(SO_RDS_TRANSPORT)");
	return socket;
}

void encrypt_sending(int socket)
{
	attach_tls(socket, TLS_TX);
}

void decrypt_receiving(int socket)
{
	attach_tls(socket, TLS_RX);
}

} // namespace transport
