/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <sys/socket.h>

#include "os/check.h"
#include "os/fd.h"
#include "tcp_peer/offer.h"

namespace transport
{

struct LinkOptions {
	bool zerocopy = true;  /* set SO_ZEROCOPY on the sender */
	bool connected = true; /* connect the sender; a stream: else a send does, see accept_receiver() */
	/* SO_SNDBUF and SO_RCVBUF in bytes, as setsockopt takes them; 0: ample, or tiny where
	 * the path holds by it. VSOCK: SO_VM_SOCKETS_BUFFER_SIZE of either end, the lesser of
	 * which is the sender's credit. */
	int send_buffer = 0;
	int receive_buffer = 0;
	tcp_peer::Offer offer = {}; /* a scripted receiver's part of the handshake */
	int family = 0;		    /* of both sockets, one with the transport's addresses; 0: its own */
	int protocol = 0;	    /* of both sockets, used as the transport's own is; 0: that */

	/* Nothing of TCP's or UDP's can be taken for granted. */
	bool foreign() const { return family != 0 || protocol != 0; }
	/* A socket of one end. Throws std::system_error with `what`. */
	os::Fd open(int usual_family, int type, const char *what) const
	{
		return os::Fd(os::check(
			::socket(family ? family : usual_family, type | SOCK_CLOEXEC, protocol), what));
	}
};

} // namespace transport
