/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <sys/syscall.h>

/* Each architecture lacks some system calls: then their numbers are those of no call. */
#ifndef SYS_accept
#define SYS_accept 0x7fffff01
#endif
/* Headers may be older than this one. */
#ifndef SYS_memfd_secret
#define SYS_memfd_secret 447
#endif
#ifndef SYS_send
#define SYS_send 0x7fffff02
#endif
#ifndef SYS_recv
#define SYS_recv 0x7fffff03
#endif
#ifndef SYS_poll
#define SYS_poll 0x7fffff04
#endif
#ifndef SYS_ppoll_time64
#define SYS_ppoll_time64 0x7fffff05
#endif
#ifndef SYS_epoll_wait
#define SYS_epoll_wait 0x7fffff06
#endif
#ifndef SYS_recvmmsg_time64
#define SYS_recvmmsg_time64 0x7fffff07
#endif
#ifndef SYS_socketcall
#define SYS_socketcall 0x7fffff08
#endif
