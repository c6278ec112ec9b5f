#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# liburing 2.9 (Debian 13; 2.15 has the same text): io_uring_prep_send_bundle(3) says that len must
# be 0, "otherwise the request will be errored with -EINVAL", and that a single CQE is posted. Linux
# 6.18 takes any len, and as the limit of a pass, not of the request: a bundle with len 50 over two
# buffers of 100 bytes sends 50 bytes of the first, then all of the second, and posts a CQE for each.
# The rest of the first is lost to a program that trusts the page.
#
# Expected: -EINVAL, or a page that says what len does. The page is of a time when kernels did refuse
# (issue 1198 of axboe/liburing); io_uring/net.c, io_sendmsg_prep(), has no such check any more.

# shellcheck source=findings/lib.sh
. "$(dirname "$0")/lib.sh"

debian_programs trixie liburing2=2.9-1 liburing-dev=2.9-1 python3
about "liburing 2.9" "-EINVAL for a len other than 0 (io_uring_prep_send_bundle(3))"

cat >"$work/root/bundle.py" <<'END'
import ctypes, socket, struct, sys
IOSQE_BUFFER_SELECT, F_MORE, GROUP, SIZE = 1 << 5, 2, 1, 100
AT_FLAGS, AT_BUF_GROUP = 1, 40
uring = ctypes.CDLL("liburing-ffi.so.2")
uring.io_uring_get_sqe.restype = uring.io_uring_setup_buf_ring.restype = ctypes.c_void_p
ring = ctypes.create_string_buffer(1024)
if uring.io_uring_queue_init(8, ring, 0) < 0:
    sys.exit("no io_uring")
error = ctypes.c_int()
group = ctypes.c_void_p(uring.io_uring_setup_buf_ring(ring, 4, GROUP, 0, ctypes.byref(error)))
sender, receiver = socket.socketpair()
buffers = [ctypes.create_string_buffer(SIZE) for _ in range(4)]
for number, length in (0, 0), (2, 50):
    for offset in 0, 1:
        uring.io_uring_buf_ring_add(group, buffers[number + offset], SIZE, number + offset, 3, offset)
    uring.io_uring_buf_ring_advance(group, 2)
    sqe = uring.io_uring_get_sqe(ring)
    uring.io_uring_prep_send_bundle(ctypes.c_void_p(sqe), sender.fileno(), ctypes.c_size_t(length), 0)
    ctypes.c_uint8.from_address(sqe + AT_FLAGS).value |= IOSQE_BUFFER_SELECT
    ctypes.c_uint16.from_address(sqe + AT_BUF_GROUP).value = GROUP
    uring.io_uring_submit(ring)
    cqe = ctypes.c_void_p()
    uring.io_uring_wait_cqe(ring, ctypes.byref(cqe))
    result = struct.unpack_from("i", ctypes.string_at(cqe.value, 16), 8)[0]
    print(result)
    if result < 0:
        sys.exit()
    uring.io_uring_cq_advance(ring, 1)
END
inside python3 /bundle.py >"$work/out" 2>"$work/log" || cannot_be_tried "$(tail -n 1 "$work/log")"
[ "$(sed -n 1p "$work/out")" = 200 ] || cannot_be_tried "this kernel sends no bundles: $(sed -n 1p "$work/out")"
[ "$(sed -n 2p "$work/out")" != -22 ] || cannot_be_tried "this kernel is older, and refuses len as the page says"
stated "the page" "otherwise the request will be errored with -EINVAL as the result code" \
	"$(gzip -dc "$work/root/usr/share/man/man3/io_uring_prep_send_bundle.3.gz" 2>/dev/null | sed 's/^\.B //' | tr '\n' ' ' |
		grep -oE 'otherwise the request will be errored with -EINVAL as the result code')"
stated "result with len 0, of two buffers of 100 bytes" "200" "$(sed -n 1p "$work/out")"
stated "first result with len 50" "50" "$(sed -n 2p "$work/out")"
finish
