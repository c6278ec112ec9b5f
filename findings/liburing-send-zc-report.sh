#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# liburing 2.15 (Debian forky): io_uring_prep_send_zc(3) says that with
# IORING_SEND_ZC_REPORT_USAGE the notification's res is "the number of bytes that were copied".
# It never is: a copied send reports the flag IORING_NOTIF_USAGE_ZC_COPIED, which is bit 31. As
# an int that is negative, so the usual test "res < 0" takes a success for an error.
# io_uring_enter(2) says that the res of a notification "will be set to zero".
#
# Expected: by linux/io_uring.h 0 or the flag, with the other bits reserved; so the pages should say.
# A search of public issue trackers found no report of it.

# shellcheck source=findings/lib.sh
. "$(dirname "$0")/lib.sh"

debian_programs forky liburing2=2.15-1 liburing-dev=2.15-1 python3
about "liburing 2.15" "res of the notification is a number of bytes (io_uring_prep_send_zc(3)), or zero" \
	"(io_uring_enter(2)); by linux/io_uring.h it is a flag"

cat >"$work/root/send.py" <<'END'
import ctypes, socket, struct, sys
uring = ctypes.CDLL("liburing-ffi.so.2")
uring.io_uring_get_sqe.restype = ctypes.c_void_p
ring = ctypes.create_string_buffer(1024)
if uring.io_uring_queue_init(8, ring, 0) < 0:
    sys.exit("no io_uring")
F_MORE, REPORT_USAGE, LENGTH = 2, 8, 16384
with socket.create_server(("127.0.0.1", 0)) as listener:
    sender = socket.create_connection(listener.getsockname())
    receiver, _ = listener.accept()
data = ctypes.create_string_buffer(LENGTH)
for flags in 0, REPORT_USAGE:
    sqe = ctypes.c_void_p(uring.io_uring_get_sqe(ring))
    uring.io_uring_prep_send_zc(sqe, sender.fileno(), data, ctypes.c_size_t(LENGTH), 0, flags)
    uring.io_uring_submit(ring)
    more = True
    while more:
        cqe = ctypes.c_void_p()
        uring.io_uring_wait_cqe(ring, ctypes.byref(cqe))
        _, result, cqe_flags = struct.unpack("<QiI", ctypes.string_at(cqe.value, 16))
        uring.io_uring_cq_advance(ring, 1)
        more = cqe_flags & F_MORE
        if more:
            receiver.recv(LENGTH, socket.MSG_WAITALL)
        print(result, end=" " if more else "\n")
END
inside python3 /send.py >"$work/out" 2>"$work/log" || cannot_be_tried "$(tail -n 1 "$work/log")"
stated "results without the flag" "16384 0" "$(sed -n 1p "$work/out")"
stated "results with it" "16384 -2147483648" "$(sed -n 2p "$work/out")"
stated "the page" "field will report the number of bytes that were copied rather than sent with" \
	"$(gzip -dc "$work/root/usr/share/man/man3/io_uring_prep_send_zc.3.gz" | grep 'number of bytes that were')"
finish
