/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <linux/net_tstamp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "errqueue/receive.h"
#include "harness/case.h"
#include "harness/completions.h"
#include "harness/locked_pages.h"
#include "harness/receiving.h"
#include "harness/sending.h"
#include "harness/sockets.h"
#include "harness/test.h"
#include "harness/waiting.h"
#include "limits/limits.h"
#include "os/address.h"
#include "os/check.h"
#include "os/deadline.h"
#include "os/fd.h"
#include "os/mapping.h"
#include "os/names.h"
#include "os/option.h"
#include "os/result.h"
#include "os/socket.h"
#include "os/thread_in_call.h"
#include "transport/calls.h"
#include "transport/outgoing.h"

/* What every chapter is written with: the shared verbs, and short names for what they take. Only the
 * chapters include it. */
using namespace harness;
using errqueue::Message;
using errqueue::Notification;
using limits::page_size;
using limits::ScopedMemlock;
using limits::ScopedOptmemMax;
using limits::ScopedUser;
using os::Address;
using os::Bytes;
using os::Data;
using os::Mapping;
using os::Returned;
using os::set_option;
using os::ThreadInCall;
using transport::Link;
using transport::option_memory;
using transport::Outgoing;
using transport::Payload;
using transport::send_raw;
using transport::Sent;
