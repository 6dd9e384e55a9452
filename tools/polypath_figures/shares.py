"""Histograms of pathway 0's share of a mode, by depth."""
import math

import numpy

from . import style
from .families import families, modes_of, note_in, tidy

DEPTHS = 6      # columns that stay legible
MOST_BINS = 20  # of a panel


def depths_of(cell):
    """The depth of each pathway, or None where the settings do not tell."""
    return tuple((cell["settings"] or {}).get("depths") or ()) or None


def depth_text(cell):
    depths = depths_of(cell)
    return ",\\, ".join(map(str, depths[:1] if len(set(depths)) == 1 else depths))


def rounded_up(value):
    """To two digits, so that the ends of an axis are short numbers."""
    step = 10.0 ** (math.floor(math.log10(value)) - 1)
    return step * math.ceil(value / step * (1 - 1e-9))


def bin_edges(values, centre):
    """Edges symmetric about equal shares that span the data.

    Where that would leave 0 to 1: edges from 0 to 1, with a bin at either end for the rest."""
    far = float(numpy.abs(values - centre).max(initial=0.0))
    bins = int(2 * numpy.clip(math.ceil(len(values) ** 0.5), 3, MOST_BINS // 2))
    if far > min(centre, 1 - centre) * (1 + 1e-9):
        return numpy.arange(-1, MOST_BINS + 2) / MOST_BINS
    half = min(rounded_up(max(far, 1e-6)), centre, 1 - centre)
    return centre + half * numpy.linspace(-1, 1, bins + 1)


def has_outer_bins(edges):
    return edges[0] < 0


def histogram_panel(axes, cell, values, edges):
    """Bars of the seeds that learned the mode (`values`: their shares); a note where some or all
    have not."""
    if len(values):
        inside = values.clip(edges[0], edges[-1])
        counts, _ = numpy.histogram(inside, edges)
        axes.bar(edges[:-1], counts / len(values), width=numpy.diff(edges), align="edge",
                 linewidth=0.4, edgecolor="white", color=style.pathway_colour(0))
        if len(values) < cell["finished"]:
            note_in(axes, f"learned by {len(values)}")
    else:
        note_in(axes, "no finished seed" if not cell["finished"] else "not learned", "middle")
    axes.axvline(1 / cell["pathways"], color="#444444", linewidth=0.8, linestyle=":")
    tidy(axes)


def known_shares(shares, modes):
    """Pathway 0's shares of each of `modes` (numbers), of the seeds that learned it.

    `shares`: {mode: (member, pathway)}."""
    values = [shares[mode][:, 0] for mode in modes]
    return [v[numpy.isfinite(v)] for v in values]


def column(axes, cell, known):
    """One cell: a panel a mode, on one scale. `known`: of known_shares. Returns edges."""
    edges = bin_edges(numpy.concatenate(known), 1 / cell["pathways"])
    for panel, values in zip(axes, known):
        histogram_panel(panel, cell, values, edges)
    ends = [0.0, 1.0] if has_outer_bins(edges) else [edges[0], edges[-1]]
    ticks = sorted({ends[0], 1 / cell["pathways"], ends[1]})
    axes[-1].set_xticks(ticks, [f"{tick:.4g}" for tick in ticks])
    if not has_outer_bins(edges):  # ticks at the very ends, near those of the next column
        labels = axes[-1].get_xticklabels()
        labels[0].set_ha("left")
        labels[-1].set_ha("right")
    axes[-1].set_xlim(edges[0], edges[-1])
    seeds = style.seeds_text(cell["finished"])
    axes[0].set_title(f"$D = {depth_text(cell)}$  ({seeds})", fontsize=9)
    return edges


def by_depths(group):
    """One cell a depth, the first."""
    first = {depths_of(c): c for c in reversed(group)}
    return [first[d] for d in sorted(first, key=lambda d: (max(d), d))]


def chosen_family(cells):
    """(text, cells, texts of the other families) of the family with most depths, then members, then
    width, or None; only families in which some cell has two finished members."""
    groups = {text: group for text, group in families(cells, depths_of).items()
              if max(c["finished"] for c in group) > 1}
    if not groups:
        return None
    text, group = max(groups.items(), key=lambda item: (
        len({depths_of(c) for c in item[1] if c["finished"]}), sum(c["finished"] for c in item[1]),
        item[1][0]["settings"]["width"] or 0))
    return text, by_depths(group), [other for other in groups if other != text]


def caption_of(text, others, say):
    """What is drawn of all families, as a caption; the remark says what is left out."""
    plain = text.replace("$", "")
    if others:
        left = "; ".join(other.replace("$", "") for other in others)
        say(f"shares: drawn for {plain}; left out: {left}")
    return (f"Share of pathway 0 over the seeds, {plain}"
            + (" (other settings of the run are left out)." if others else "."))


def label(figure, several_modes, edges):
    outer = any(has_outer_bins(e) for e in edges)
    scales = ", each column on its own scale" if len(edges) > 1 else ""
    ends = "\n(outermost bars at 0 and 1: all below 0, all above 1)" if outer else ""
    figure.supxlabel(f"share of pathway 0{scales}{ends}", fontsize=9)
    cut = " " if several_modes else "\n"
    figure.supylabel(f"fraction of the seeds{cut}that learned the mode", fontsize=9)


def drawable(cells, shares_of, say):
    """(cells, two modes, known shares of each cell): no column and no row without a share."""
    modes = modes_of(cells)[:2]
    modes = [mode for mode in modes if all(mode <= len(c["target"]) for c in cells)]
    found = [known_shares(shares_of(cell["cell"]), modes) for cell in cells]
    rows = [i for i in range(len(modes)) if any(len(known[i]) for known in found)]
    kept = [i for i, known in enumerate(found) if any(len(known[row]) for row in rows)]
    left = [str(cell["cell"]) for i, cell in enumerate(cells) if i not in kept]
    if left and kept:
        say(f"shares: none of modes {', '.join(map(str, modes))} learned in cell {', '.join(left)}")
    return ([cells[i] for i in kept], [modes[row] for row in rows],
            [[found[i][row] for row in rows] for i in kept])


def share_histograms(analysis, say, shares_of):
    """Rows: two modes; columns: cells by depth of the family with most depths and members.

    `shares_of(cell number)`: final shares {mode: (member, pathway)} of its finished members."""
    family = chosen_family(analysis["cells"])
    if family is None:
        return None
    text, cells, others = family
    if len(cells) > DEPTHS:
        say(f"shares: {len(cells)} depths, the first {DEPTHS} are drawn")
        cells = cells[:DEPTHS]
    cells, modes, known = drawable(cells, shares_of, say)
    if not cells:
        return None
    figure, axes = style.pyplot.subplots(
        len(modes), len(cells), squeeze=False, sharex="col", sharey=True,
        figsize=(1.9 * len(cells) + 0.9, 1.7 * len(modes) + 0.8), layout="constrained")
    edges = [column(axes[:, i], cell, values)
             for i, (cell, values) in enumerate(zip(cells, known))]
    for row, mode in enumerate(modes):
        axes[row, 0].set_ylabel(f"mode {mode}")
    label(figure, len(modes) > 1, edges)
    figure.suptitle(text, fontsize=10)
    figure.set_label(caption_of(text, others, say))
    return figure
