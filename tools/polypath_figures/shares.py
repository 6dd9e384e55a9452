"""Histograms of the first pathway's share of a mode, by depth."""
import numpy

from . import style
from .families import depth_of, families, note_in, tidy

DEPTHS = 6  # columns that stay legible


def histogram_of(cell, mode, pathway=0):
    """(counts with those below 0 and above 1 at the ends, number of bins within) or None."""
    for entry in cell["share_histograms"]:
        if entry["mode"] == mode and entry["pathway"] == pathway:
            counts = numpy.array([entry["below"], *entry["counts"], entry["above"]], float)
            return counts, len(entry["counts"])
    return None


def histogram_panel(axes, cell, mode):
    """Bars of the seeds that learned the mode; a note where some or all have not."""
    found = histogram_of(cell, mode)
    learned = int(found[0].sum()) if found else 0
    if learned:
        counts, bins = found
        edges = numpy.arange(-1, bins + 2) / bins
        axes.bar(edges[:-1], counts / learned, width=1 / bins, align="edge", linewidth=0.4,
                 edgecolor="white", color=style.pathway_colour(0))
        axes.set_xlim(edges[0], edges[-1])
        if learned < cell["finished"]:
            note_in(axes, f"learned by {learned}")
    else:
        note_in(axes, "no finished seed" if not cell["finished"] else "not learned", "middle")
    axes.axvline(1 / cell["pathways"], color="#444444", linewidth=0.8, linestyle=":")
    tidy(axes)


def chosen_family(cells):
    """(text, cells) of the family with most depths, then members, then width, or None.

    One cell a depth, the first; only families in which some cell has two finished members."""
    groups = {text: group for text, group in families(cells).items()
              if max(c["finished"] for c in group) > 1}
    if not groups:
        return None
    text, group = max(groups.items(), key=lambda item: (
        len({depth_of(c) for c in item[1] if c["finished"]}), sum(c["finished"] for c in item[1]),
        item[1][0]["settings"]["width"] or 0))
    first = {depth_of(c): c for c in reversed(group)}
    return text, [first[d] for d in sorted(first)]


def share_histograms(analysis, say):
    """Rows: two modes; columns: cells by depth of the family with most depths and members."""
    family = chosen_family(analysis["cells"])
    if family is None:
        return None
    text, cells = family
    if len(cells) > DEPTHS:
        say(f"shares: {len(cells)} depths, the first {DEPTHS} are drawn")
        cells = cells[:DEPTHS]
    modes = [1, 2] if all(len(c["target"]) > 1 for c in cells) else [1]
    figure, axes = style.pyplot.subplots(
        len(modes), len(cells), squeeze=False, sharex=True, sharey=True,
        figsize=(1.9 * len(cells) + 0.9, 1.7 * len(modes) + 0.8), layout="constrained")
    for row, mode in enumerate(modes):
        for column, cell in enumerate(cells):
            histogram_panel(axes[row, column], cell, mode)
            if row == 0:
                axes[row, column].set_title(f"$D = {depth_of(cell)}$  ({cell['finished']} seeds)",
                                            fontsize=9)
        axes[row, 0].set_ylabel(f"mode {mode}")
    axes[0, 0].set_xticks([0, 0.5, 1])  # shared
    figure.supxlabel("share of pathway $a$"
                     " (outermost bars: all below 0, all above 1)", fontsize=9)
    cut = "\n" if len(modes) == 1 else " "
    figure.supylabel(f"fraction of the seeds{cut}that learned the mode", fontsize=9)
    figure.suptitle(text, fontsize=10)
    return figure
