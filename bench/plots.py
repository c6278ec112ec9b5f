# SPDX-License-Identifier: GPL-2.0
"""What zerocopy_bench measured on one flow, as a picture: SVG by matplotlib, readable without colours."""

import io

import matplotlib
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter, NullLocator

# Text stays text, and the same data give the same file.
matplotlib.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "zerocopy_bench", "font.size": 9})

# Okabe and Ito's hues, which differ in lightness too; each line has its own marker and dashes besides.
COPY = {"color": "#8a5a00", "marker": "o", "linestyle": "--", "markerfacecolor": "white"}
FLAG = {"color": "#00496f", "marker": "s", "linestyle": "-"}
LABELS = {"copy": "without the flag", "flag": "with MSG_ZEROCOPY"}


def size_text(size):
    """16384: "16 KiB"."""
    for unit, name in ((1 << 20, "MiB"), (1 << 10, "KiB")):
        if size >= unit:
            return f"{size / unit:.{2 if size < 100 * unit else 4}g} {name}"
    return f"{size:.0f} B"


def picture(flow):
    """The SVG of a flow, as bytes."""
    figure = Figure(figsize=(15, 3.4), layout="constrained")
    axes = figure.subplots(1, 4, gridspec_kw={"width_ratios": [3, 3, 4, 2]})
    both_ways(axes[0], flow, "gb_per_second", "throughput, GB/s")
    both_ways(axes[1], flow, "cpu_seconds_per_gb", "CPU of the sending thread, s per GB")
    ratio(axes[2], flow)
    copied(axes[3], flow)
    axes[0].legend(loc="best", frameon=False)
    for each in axes:
        size_axis(each, [row["size"] for row in flow["sizes"]])
    file = io.BytesIO()
    figure.savefig(file, format="svg", metadata={"Date": None})
    return file.getvalue()


def size_axis(axes, sizes):
    """Powers of two, every other one named where there are many."""
    axes.set_xscale("log", base=2)
    axes.xaxis.set_major_locator(LogLocator(base=4))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda size, _: size_text(size)))
    for label in axes.get_xticklabels():
        label.set(rotation=40, horizontalalignment="right", rotation_mode="anchor")
    axes.set_xlim(min(sizes) / 1.3, max(sizes) * 1.3)
    axes.grid(True, color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def band(axes, sizes, estimates, style, label=None):
    """The medians as a line, their intervals as bars."""
    medians = [one["median"] for one in estimates]
    below = [one["median"] - one["low"] for one in estimates]
    above = [one["high"] - one["median"] for one in estimates]
    axes.errorbar(sizes, medians, yerr=[below, above], capsize=2.5, elinewidth=0.9, markersize=5, label=label, **style)


def both_ways(axes, flow, what, title):
    """With the flag and without, on two logarithmic scales."""
    for half, style in (("copy", COPY), ("flag", FLAG)):
        rows = flow["sizes"]
        band(axes, [row["size"] for row in rows], [row[half][what] for row in rows], style, LABELS[half])
    plain_logarithms(axes)
    axes.set_title(title, loc="left", fontsize=9)


def plain_logarithms(axes):
    """0.05 rather than a power of ten."""
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())


def ratio(axes, flow):
    """CPU with the flag divided by that without: filled where it is sure on which side of 1 it is."""
    rows, judged = flow["sizes"], flow["judged"]
    sizes = [row["size"] for row in rows]
    words = {"ratio": "sending thread", "both_ratio": "both ends together"}
    other = "ratio" if judged == "both_ratio" else "both_ratio"
    band(axes, sizes, [row[judged] for row in rows], {**FLAG, "marker": ""}, words[judged])
    for row in rows:
        face = FLAG["color"] if sure(row[judged]) else "white"
        axes.plot(row["size"], row[judged]["median"], marker="s", color=FLAG["color"], markerfacecolor=face)
    medians = [row[other]["median"] for row in rows]
    axes.plot(sizes, medians, color="#666666", linestyle=":", marker="x", label=words[other])
    axes.axhline(1, color="black", linewidth=1)
    crossover = flow["crossover"]
    if crossover and not flow["copied"]:
        earliest = crossover["earliest"] or rows[0]["size"]
        latest = crossover["latest"] or rows[-1]["size"]
        axes.axvspan(earliest, latest, facecolor="none", edgecolor="#999999", hatch="///", linewidth=0)
        axes.axvline(crossover["size"], color="black", linewidth=0.8, linestyle="-.")
        axes.annotate(
            f"from {size_text(crossover['size'])}",
            (crossover["size"], 1),
            xytext=(5, 6),
            textcoords="offset points",
            backgroundcolor="white",
        )
    plain_logarithms(axes)
    axes.legend(loc="best", frameon=False)
    axes.set_title("CPU with the flag, times that without (filled: sure)", loc="left", fontsize=9)


def sure(one):
    """Whether it is on one side of 1."""
    return one["firm"] and not one["low"] <= 1 <= one["high"]


def copied(axes, flow):
    """The share of flagged calls that was copied after all."""
    rows = flow["sizes"]
    shares = [100 * row["copied_share"] for row in rows]
    axes.plot([row["size"] for row in rows], shares, **FLAG)
    axes.set_ylim(-5, 105)
    axes.set_title("copied after all, %", loc="left", fontsize=9)
