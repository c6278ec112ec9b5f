/* SPDX-License-Identifier: GPL-2.0 */
#ifndef MSG_ZEROCOPY_TRACE_NAMES_H
#define MSG_ZEROCOPY_TRACE_NAMES_H

#include <string>

/* Numbers of the socket interface by their names; a number without one stays a
 * number. Pure. */
namespace trace
{

std::string message_flags(unsigned flags); /* "MSG_DONTWAIT|MSG_ZEROCOPY", "0" */
std::string poll_events(unsigned events);
std::string epoll_events(unsigned events);
std::string clone_flags(unsigned flags); /* as unshare(2) and setns(2) take them */
std::string epoll_operation(int operation);
std::string shutdown_how(int how);
std::string family(int family);
std::string socket_type(int type);   /* with its flags */
std::string socket_flags(int flags); /* as accept4(2) takes them */
/* "SOL_SOCKET, SO_ZEROCOPY": also the level and type of control messages. */
std::string option_name(int level, int option);
std::string error_name(int error); /* "EAGAIN" */
std::string signal_name(int signal);

} // namespace trace

#endif
