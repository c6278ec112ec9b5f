/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <string>

/*
 * Numbers of the socket interface by their names, for traces and failures. A number
 * without a name stays a number. Pure.
 */
namespace os
{

std::string hexadecimal(unsigned number);  /* "0x2a" */
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
/* include/linux/errno.h: an error of NFS's that the kernel gave to others, too; the C library has no name for
 * it. */
constexpr int enotsupp = 524;
std::string error_name(int error); /* "EAGAIN"; "success" for 0 */
/* "ENOBUFS, No buffer space available" */
std::string error_text(int error);
/* Fields of struct sock_extended_err. What ee_type and ee_info number depends on ee_origin. */
std::string error_origin(unsigned origin); /* "SO_EE_ORIGIN_ZEROCOPY" */
std::string error_code(unsigned code);	   /* "SO_EE_CODE_ZEROCOPY_COPIED", "0" */
std::string error_type(unsigned origin, unsigned type);
std::string error_info(unsigned origin, unsigned info);
std::string signal_name(int signal);

} // namespace os
