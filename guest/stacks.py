# SPDX-License-Identifier: GPL-2.0
"""usage: python3 -m guest.stacks [FILE]...

Writes docs/stacks.md: what stacks do to data that is sent with MSG_ZEROCOPY. FILEs are the stacks.json that
run_tests.sh --kernel KERNEL --stacks leaves among its results. What they say of each stack that they measured is
kept in docs/stacks.json, in the place of what it had of that stack on that kernel, so that a run of some stacks
(--path) brings these up to date. `make docs` is the same without files.
"""

import json
import pathlib
import sys

from guest import catalogue, errand, kernels, program
from guest import results as folders
from guest.catalogue import release_key
from guest.markdown import plain, table
from guest.trouble import Trouble

DOCS = pathlib.Path(__file__).resolve().parent.parent / "docs"
PAGE = DOCS / "stacks.md"
MEASURED = DOCS / "stacks.json"
CELLS = ("tcp segment", "tcp large", "udp segment", "udp large")

# Why a stack copies where the table says so, in the words of its page.
ENCRYPTION = "encryption"
FORWARDING = "before 6.17 forwarding copies ([forwarding-copies](deviations.md#forwarding-copies))"
SECOND_NODE = "the second node takes the outer packet as its own (`net/ipv4/ip_input.c:ip_local_deliver_finish`)"
WHY = {
    "macsec": f"{ENCRYPTION} (`drivers/net/macsec.c:macsec_encrypt`)",
    "esp-transport": f"{ENCRYPTION} (`net/ipv4/esp4.c:esp_output_head`); UDP_SEGMENT is refused on routes "
    "with a policy (`net/ipv4/udp.c:udp_send_skb`)",
    "esp-offload": f"{ENCRYPTION}; packets of several segments are cut without scatter-gather "
    "(`net/ipv4/esp4_offload.c:esp4_gso_segment`)",
    "esp-tunnel": "as `esp-transport`",
    "xfrm": f"{ENCRYPTION}; packets of several segments are cut without scatter-gather "
    "(`net/xfrm/xfrm_output.c:xfrm_output_gso`)",
    "vti": "as `xfrm`",
    "wireguard": f"{ENCRYPTION}; packets of several segments are cut without scatter-gather "
    "(`drivers/net/wireguard/device.c:wg_xmit`)",
    "nfqueue-cut": "checksums are computed first (`net/netfilter/nfnetlink_queue.c:nf_queue_checksum_help`), and "
    "packets of several segments cut without scatter-gather (`nfqnl_enqueue_packet`)",
    "ppp": "the device has no checksum offload (`net/core/dev.c:skb_checksum_help`)",
    "l2tp": "the device has no scatter-gather (`net/l2tp/l2tp_eth.c:l2tp_eth_dev_setup`)",
    "hsr": "the device has no scatter-gather",
    "prp": "the device has no scatter-gather",
    "container-vxlan": SECOND_NODE,
    "container-ipip": SECOND_NODE,
    "container-wireguard": "as `wireguard`",
    "container-routed": FORWARDING,
    "router": FORWARDING,
    "masquerade": FORWARDING,
    "flowtable": FORWARDING,
    "vxlan-bridge": "a bridge without `hw_enc_features` does not checksum packets in tunnels "
    "(`net/core/dev.c:skb_checksum_help`)",
}

TEXT = """\
# Stacks

Where people send with the flag there is often something between the socket and the device: a tunnel, encryption, a
bond, a vlan. Two commands tell what becomes of it there:

    ./run_tests.sh --stacks                            # measures what the stacks of this kernel do: the table below
    ./run_tests.sh --kernel 7.3.4-amd64 --stacks       # in a guest: the normal flavour has all parts
    ./run_tests.sh --entry stacks                      # judges the promises on each; --path 'vxlan*' chooses some

Each stack is a path of the same name, on a veth pair to a second namespace, with an inner MTU of 1400.

## Does zerocopy pay on my stack?

It does where the data is shared up to the last device: that device then reads the program's pages. "Last device" is
where the data would enter the receiver's namespace. The data is held there, a store is made to the source, and what the
receiver reads tells whether anything has copied it before. Each cell is measured three times, in networks of its own.

| word | meaning |
|---|---|
| shared | nothing is copied up to the last device. The notification comes when that has sent the data, over TCP when it is acknowledged; a store made before that is seen by the peer, a later one by nobody |
| copied | something copies it, and the notification says so (`SO_EE_CODE_ZEROCOPY_COPIED`). Over UDP it comes before the last device has sent the data. No store is seen |
| **copied, not said** | something copies it, and the notification does not say so: the deviations [tcp-segmentation-copy-not-reported](deviations.md#tcp-segmentation-copy-not-reported) and [datagram-segmentation-copy-not-reported](deviations.md#datagram-segmentation-copy-not-reported) |
| an errno | the call is refused |
| – | not measured, or not there: the kernel lacks a part, or the stack does not carry such data |

"Segment" is data of {segment} bytes, "large" is {large} bytes in one call, over UDP with UDP_SEGMENT. To a socket of the
same machine everything is copied once more, at its delivery, and the notification says so.

"""

BUILT_BY_FEW = """\
Debian builds no `bareudp`. With the module of its source, 7.3.4 shares all four kinds of data on that stack. The
suite's `config` asks for it, for kernels that are built here."""

BEHIND = """\
## What the entry judges

All cases run over IPv4, and over IPv6 those about copies, but for the packet socket and UDP_SEGMENT:

| case | what it judges |
|---|---|
| `data_is_shared_up_to_the_last_device` | data that is dropped where it enters the receiver's namespace is completed without `SO_EE_CODE_ZEROCOPY_COPIED` |
| `datagrams_of_one_call_are_shared_up_to_the_last_device` | the same for the datagrams that UDP_SEGMENT makes |
| `data_that_is_copied_below_completes_as_copied` | its counterpart for stacks that copy: the completion says so |
| `segments_without_scatter_gather_complete_as_copied` | the same for TCP data of several segments where segmentation in software copies |
| `datagrams_of_one_call_that_are_copied_below_complete_as_copied`, `datagrams_of_one_call_that_are_cut_complete_as_copied` | the same for the datagrams that UDP_SEGMENT makes |
| `data_to_a_local_socket_is_copied` | at a local socket everything is copied, and the completion says so |
| `notification_does_not_wait_for_the_reader` | completion is bounded; a later store does not reach the receiver |
| `buffers_reused_after_completion_arrive_intact` | no completion before the data is safe, from one byte to 48 KiB a call |
| `packet_socket_on_the_last_device_gets_a_copy` | tcpdump below a bond, a vlan or a tunnel gets a copy, and the completion says so |
| `source_is_never_written_to` | encryption and rewriting leave the source alone |

Every case also compares each byte, and requires each id once and nothing left charged.

## ESP by a device

A device with NETIF_F_HW_ESP encrypts by itself what `ip xfrm state add … offload dev DEVICE` names. By the source of
7.3.4 its driver then gets packets of several segments uncopied (`net/ipv4/esp4_offload.c:esp_xmit`), and datagrams of
less than a page, whose trailer has a page of its own (`esp4.c:esp_output_head`). A single segment of TCP is a clone, and
copied for its trailer (`skb_cow_data`), which the notification says. No device without hardware does that from end to
end, so there is no stack for it here:

- `drivers/net/netdevsim/ipsec.c` takes the states, encrypts nothing, and sends the packet on with an empty trailer. Its
  peer does not mark the packet as decrypted (`netdev.c:nsim_forward_skb`), so that the receiver fails to authenticate
  it. Debian builds no netdevsim.
- `drivers/net/bonding/bond_main.c` hands the states to its slave, which needs the hardware.
- A device without `xfrmdev_ops` such as veth, tun, macvtap or virtio leaves the states to the software: that is the
  stack `esp-offload`.

The rest are mlx5, ixgbe, ixgbevf, cxgb4, nfp and octeontx2. With one of them, `--remote` tells what is copied: its
comment says it of TCP and UDP ([remote.md](remote.md#what-is-judged)).
"""


def word_of(seen, transport):
    """One kind of answer of a cell, in the words of the page."""
    if "refused" in seen:
        return seen["refused"]
    copied = seen["copied"]
    word = {"no": "shared", "yes": "copied"}.get(copied, "partly copied")
    if copied == "yes" and seen["said_copied"] == "no":
        word = "**copied, not said**"
    elif copied == "no" and seen["said_copied"] == "yes":
        word = "shared, said to be copied"
    usual = "early" if copied == "yes" and transport == "udp" else "delivery"
    if seen["completed"] != usual:
        word += f", completed: {seen['completed']}"
    return word + (", **a later store is seen**" if seen["later_store"] != "nobody" else "")


def summarise(file):
    """{"release", "bytes", "stacks": {name: {cell: words}}} of a stacks.json. Raises Trouble."""
    try:
        report = json.loads(pathlib.Path(file).read_text(encoding="utf-8"))
        stacks = {
            stack["name"]: {
                f"{cell['transport']} {cell['size']}": " or ".join(
                    word_of(seen, cell["transport"])
                    + (f" ({seen['runs']} of {report['runs']} runs)" if seen["runs"] < report["runs"] else "")
                    for seen in cell["seen"]
                )
                for cell in stack["cells"]
            }
            for stack in report["stacks"]
            if stack["cells"]
        }
        bytes_of = {cell["size"]: cell["bytes"] for stack in report["stacks"] for cell in stack["cells"]}
        return {"release": report["kernel"]["release"], "bytes": bytes_of, "stacks": stacks}
    except (OSError, ValueError, KeyError, TypeError) as trouble:
        raise Trouble(f"{file}: not the stacks.json of run_tests.sh --stacks: {trouble!r}") from None


def merged(measured, files):
    """What is known of kernels, newest first, once these files are read too. Raises Trouble."""
    known = {kernel["release"]: kernel for kernel in measured}
    for new in map(summarise, files):
        if not new["stacks"]:
            raise Trouble(f"no stack was measured on {new['release']}: nothing to keep")
        before = known.get(new["release"], {"stacks": {}})
        known[new["release"]] = new | {"stacks": before["stacks"] | new["stacks"]}
    return sorted(known.values(), key=lambda kernel: release_key(kernel["release"]), reverse=True)


def cell_of(name, cell, measured):
    """What the kernels that were measured say there, those first that most agree on."""
    words = {}
    for kernel in measured:
        word = kernel["stacks"].get(name, {}).get(cell, "–")
        words.setdefault(word, []).append(short(kernel["release"]))
    usual, *others = sorted(words, key=lambda word: (word == "–", -len(words[word])))
    return usual + "".join(f"; {', '.join(words[word])}: {word}" for word in others)


def short(release):
    """7.3.4 of 7.3.4+deb13-amd64; 6.1.0-57 of 6.1.0-57-amd64."""
    return plain(release.split("+")[0].removesuffix("-amd64"))


def names_of_stacks():
    """Those that the program can measure, in its order."""
    return [line.split()[0] for line in catalogue.ask("--stacks", "--list").splitlines()]


def lines(measured, names):
    """The page. measured: the kernels of docs/stacks.json, of which there is at least one. names: the rows."""
    yield from TEXT.format(**measured[0]["bytes"]).split("\n")[:-1]
    rows = []
    for name in names:
        cells = [cell_of(name, cell, measured) for cell in CELLS]
        copied = any("copied" in cell for cell in cells)
        rows.append([f"`{name}`", *cells, WHY.get(name, "?") if copied else ""])
    yield from table(
        ("stack", "TCP, segment", "TCP, large", "UDP, segment", "UDP, large", "why, where it copies"),
        rows,
    )
    yield "Measured in guests, by `run_tests.sh --kernel KERNEL --stacks`:"
    yield ""
    for kernel in measured:
        yield f"- {plain(kernel['release'])}: {sum(name in kernel['stacks'] for name in names)} of {len(names)} stacks"
    yield ""
    yield BUILT_BY_FEW
    yield ""
    yield "The table is made by `make docs` from `stacks.json`, which `python3 -m guest.stacks FILE` brings up to date."
    yield ""
    yield from BEHIND.rstrip("\n").split("\n")


def kept():
    """The kernels of docs/stacks.json. Raises Trouble."""
    try:
        return json.loads(MEASURED.read_text(encoding="utf-8"))["kernels"]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, KeyError, TypeError) as trouble:
        raise Trouble(f"{MEASURED}: {trouble!r}: take it from git, or remove it and measure again") from None


def page(measured):
    """The page as these kernels make it. Raises Trouble where there are none."""
    if not measured:
        raise Trouble(f"{MEASURED} is not there: give the stacks.json of run_tests.sh --kernel KERNEL --stacks")
    return "\n".join(lines(measured, names_of_stacks())) + "\n"


def measure(name, options, folder, wanted):
    """Measure the stacks of a kernel in a guest, and keep and print its table. Returns the exit status."""
    kernel = kernels.find(name)
    kept = folders.of_kernel(folder, kernel.label)
    said, written = bytearray(), bytearray()

    def output(data):
        said.extend(data)
        errand.to(sys.stdout)(data)

    sinks = {"output": output, "json": written.extend}
    options = [*options, "--json=/dev/virtio-ports/json"]
    status, _ = errand.run(kernel, program.NATIVE.name, options, sinks, kept / "console.log")
    (kept / "stacks.txt").write_bytes(said)
    (kept / "stacks.json").write_bytes(written)
    wanted.take(written)
    wanted.write()
    return status


def main(arguments):
    try:
        measured = merged(kept(), arguments)
        text = page(measured)
    except Trouble as trouble:
        print(f"stacks: {trouble}", file=sys.stderr)
        return trouble.status
    if arguments:
        MEASURED.write_text(json.dumps({"kernels": measured}, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    PAGE.write_text(text, encoding="utf-8")
    print(PAGE)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
