#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Python 3.13 (Debian 13; 3.14 does the same): the selectors report a notification in a socket's error
# queue as EVENT_READ, though there is nothing that recv() could read. As asyncio does not tell of
# errors otherwise, a reader that calls recv() is called again and again, and takes all of a
# processor until somebody reads the error queue.
#
# Expected: the documentation of selectors: EVENT_READ is "Available for read". The one of asyncio:
# add_reader() begins "monitoring the fd file descriptor for read availability". epoll(7) tells errors
# apart by a bit of their own. A search of public issue trackers found no report of it.

# shellcheck source=findings/lib.sh
. "$(dirname "$0")/lib.sh"

debian_programs trixie python3=3.13.5-1
about "Python 3.13" "EVENT_READ of selectors, and a call of an asyncio reader, where recv() does not fail with EAGAIN"

cat >"$work/root/notification.py" <<'END'
import asyncio, select, selectors, socket
SO_ZEROCOPY, MSG_ZEROCOPY = 60, 0x4000000
CALLS = 1000
with socket.create_server(("127.0.0.1", 0)) as listener:
    sender = socket.create_connection(listener.getsockname())
    receiver, _ = listener.accept()
sender.setsockopt(socket.SOL_SOCKET, SO_ZEROCOPY, 1)
sender.setblocking(False)
def events():
    with selectors.EpollSelector() as selector, select.epoll() as epoll:
        selector.register(sender, selectors.EVENT_READ)
        epoll.register(sender, select.EPOLLIN)
        seen = ["EVENT_READ" for _, event in selector.select(0) if event & selectors.EVENT_READ]
        return seen + [bit for _, mask in epoll.poll(0) for bit in ("EPOLLIN", "EPOLLERR") if mask & getattr(select, bit)]
async def count():
    calls, done, loop = 0, asyncio.Event(), asyncio.get_running_loop()
    def reader():
        nonlocal calls
        try:
            sender.recv(1)
        except BlockingIOError:
            calls += 1
        if calls == CALLS:
            done.set()
    loop.add_reader(sender, reader)
    try:
        await asyncio.wait_for(done.wait(), 5)
    except TimeoutError:
        pass
    loop.remove_reader(sender)
    return "more" if calls >= CALLS else calls
print("idle:", *events())
sender.send(bytes(4096), MSG_ZEROCOPY)
receiver.recv(4096, socket.MSG_WAITALL)
poll = select.poll()
poll.register(sender, 0)
poll.poll(5000)
print("notification:", *events())
print("calls:", asyncio.run(count()))
sender.recvmsg(1, 256, socket.MSG_ERRQUEUE)
print("read:", *events())
END
inside timeout 60 python3 /notification.py >"$work/out" 2>"$work/log" || cannot_be_tried "$(tail -n 1 "$work/log")"
result() {
	sed -n "s/^$1: *//p" "$work/out"
}
stated "selectors and epoll of an idle socket" "" "$(result idle)"
stated "selectors and epoll with a notification" "EVENT_READ EPOLLERR" "$(result notification)"
stated "calls of an asyncio reader for nothing, while a thousand fit" "more" "$(result calls)"
stated "selectors and epoll when it is read" "" "$(result read)"
finish
