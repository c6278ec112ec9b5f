#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The Rust crate mio 1.0.2 (Debian 13; 1.2.0 has the same code), on which tokio is built, reports a
# notification in a socket's error queue as is_write_closed(). The connection can be written to as
# before. A program that ends its sending there does so after the first zero-copy send.
#
# Expected: mio's documentation of is_write_closed(): "it is guaranteed that false-positives will not
# occur". (Its table of flags has "EPOLLOUT and EPOLLERR", by which an error queue is told.)
# Known: pull request 1350 of tokio-rs/mio made it so, for pipes whose other end is closed.

# shellcheck source=findings/lib.sh
. "$(dirname "$0")/lib.sh"

debian_programs trixie librust-mio-dev=1.0.2-3 rustc gcc libc6-dev
about "mio 1.0.2" "is_write_closed() is false for a connection that can be written to: \"guaranteed\" in its documentation"

cat >"$work/root/notification.rs" <<'END'
use mio::{net::TcpStream, Events, Interest, Poll, Token};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::fd::AsRawFd;
use std::time::Duration;

fn main() -> std::io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let sender = std::net::TcpStream::connect(listener.local_addr()?)?;
    let (mut receiver, _) = listener.accept()?;
    sender.set_nonblocking(true)?;
    let descriptor = sender.as_raw_fd();
    let mut sender = TcpStream::from_std(sender);
    let (mut poll, mut events) = (Poll::new()?, Events::with_capacity(1));
    poll.registry().register(&mut sender, Token(0), Interest::WRITABLE)?;
    let one: libc::c_int = 1;
    let mut data = [0u8; 4096];
    for step in ["idle", "notification"] {
        poll.poll(&mut events, Some(Duration::from_secs(5)))?;
        for event in &events {
            println!("{step}: writable {}, write closed {}", event.is_writable(), event.is_write_closed());
        }
        if step == "idle" {
            unsafe {
                libc::setsockopt(descriptor, libc::SOL_SOCKET, libc::SO_ZEROCOPY, (&raw const one).cast(), 4);
                libc::send(descriptor, data.as_ptr().cast(), data.len(), libc::MSG_ZEROCOPY);
            }
            receiver.read_exact(&mut data)?;
        }
    }
    println!("written: {}", sender.write(b"more")?);
    receiver.read_exact(&mut data[..4])?;
    println!("received: {}", String::from_utf8_lossy(&data[..4]));
    Ok(())
}
END
# These crates are few enough to do without cargo.
cat >"$work/root/build.sh" <<'END'
cd /usr/share/cargo/registry && mkdir /build || exit
crate() {
	name=$1
	shift
	rustc --edition 2021 --crate-name "$name" --crate-type rlib --cap-lints allow --out-dir /build -L /build "$@" "$name"-*/src/lib.rs
}
libc="--extern libc=/build/liblibc.rlib"
crate libc --cfg 'feature="std"' --cfg libc_const_extern_fn && crate log &&
	crate mio --cfg 'feature="net"' --cfg 'feature="os-poll"' --cfg 'feature="log"' $libc --extern log=/build/liblog.rlib &&
	rustc --edition 2021 -C linker=gcc -L /build $libc --extern mio=/build/libmio.rlib -o /notification /notification.rs
END
inside sh /build.sh >"$work/log" 2>&1 || cannot_be_tried "$(grep -m 1 error "$work/log")"
inside timeout 60 /notification >"$work/out" 2>"$work/log" || cannot_be_tried "$(tail -n 1 "$work/log")"
result() {
	sed -n "s/^$1: //p" "$work/out"
}
source=$(echo "$work"/root/usr/share/cargo/registry/mio-*/src/event/event.rs)
stated "the documentation of is_write_closed()" "false-positives will not occur" \
	"$(sed -n '/is_read_closed/,/fn is_write_closed/p' "$source" | grep -o 'false-positives will not occur' | tail -n 1)"
stated "a new connection" "writable true, write closed false" "$(result idle)"
stated "with a notification" "writable true, write closed true" "$(result notification)"
stated "bytes that it takes, and what arrives" "4 more" "$(result written) $(result received)"
finish
