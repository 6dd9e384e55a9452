"""The final split of every mode, predicted from each member's start, beside the simulated one."""
import json

import numpy

from polypath_lib.measures import dominance

from . import style
from .catalogue import NEEDS
from .selection import theory_cells
from .swept import identifying, parts_of, wrap

PANELS = 24   # small multiples that stay legible
COLUMNS = 6


def members_of(group):
    """How many members have both a prediction and a simulated end."""
    known = [numpy.isfinite(group[name][()]).any(axis=(1, 2))
             for name in ("final_K", "final_K_simulated")]
    return int((known[0] & known[1]).sum())


def swept_of(group):
    found = {}
    for key, value in group.attrs.items():
        if "." in key:
            try:
                found[key] = json.loads(value)
            except ValueError:
                found[key] = value
    return found


def splits_of(group):
    """Signed dominance (member, mode), simulated and predicted; NaN where not learned."""
    return tuple(dominance(group[name][()], group["target"][()], signed=True)
                 for name in ("final_K_simulated", "final_K"))


def learned_in(group):
    """Whether some mode of some member was learned both in simulation and prediction."""
    return bool(numpy.logical_and(*map(numpy.isfinite, splits_of(group))).any())


def predicted_cells(file, only=None):
    """[{name, depths, swept, members}] of the cells with two pathways and a predicted member, by
    depth and width."""
    found = []
    for name, group in theory_cells(file, only).items():
        if "final_K" in group and group["final_K"].shape[1] == 2:
            found.append({"name": name, "depths": tuple(group["depth"][()].tolist()),
                          "swept": swept_of(group), "members": members_of(group),
                          "learned": learned_in(group)})
    found = [cell for cell in found if cell["members"]]
    return sorted(found, key=lambda c: (max(c["depths"]), c["depths"], width_of(c), c["name"]))


def width_of(cell):
    width = cell["swept"].get("network.width")
    return width if isinstance(width, (int, float)) else 0


def ends_first(items):
    """First, last, second, last but one, ...: a few of them span the range."""
    return [items[i // 2] if i % 2 == 0 else items[-1 - i // 2] for i in range(len(items))]


def choose(cells, limit):
    """At most `limit` cells, in their order: the depths take turns, each giving its cells with most
    members first and, of those, the narrowest and the widest."""
    if len(cells) <= limit:
        return cells
    queues = {}
    for cell in cells:
        queues.setdefault(cell["depths"], []).append(cell)
    queues = [sorted(ends_first(queue), key=lambda c: -c["members"]) for queue in queues.values()]
    turns = [cell for turn in range(max(map(len, queues))) for queue in queues
             for cell in queue[turn:turn + 1]]
    chosen = {cell["name"] for cell in turns[:limit]}
    return [cell for cell in cells if cell["name"] in chosen]


def numbers_of(cells):
    """"cell 3", "cells 3, 7"."""
    numbers = sorted(int(cell["name"].rsplit("-", 1)[-1]) for cell in cells)
    return f"{'cells' if len(numbers) > 1 else 'cell'} {', '.join(map(str, numbers))}"


def tell_left_out(cells, chosen, say):
    names = {cell["name"] for cell in chosen}
    left = [cell for cell in cells if cell["name"] not in names]
    if left:
        say(f"predicted split: {len(chosen)} of {len(cells)} cells are drawn, of every depth; left "
            f"out: {numbers_of(left)}")


def reason_for_none(file, only, path):
    """Why there is no cell to draw; `path`: of the theory file that was given, or None."""
    groups = theory_cells(file, only).values()
    predicted = [group for group in groups if "final_K" in group]
    if not predicted and path is not None:
        return (f"{path} holds no predictions of members: it was made from a config, or before a "
                "member had finished; make it of the run with `polypath theory DIR -o FILE`, or "
                "leave --theory out")
    counts = sorted({len(group["depth"]) for group in groups if "depth" in group})
    if counts and 2 not in counts:
        return f"needs two pathways; this run has {' or '.join(map(str, counts))}"
    return NEEDS["split"]


def correlation_text(x, y):
    known = numpy.isfinite(x) & numpy.isfinite(y)
    if known.sum() < 3 or x[known].std() == 0 or y[known].std() == 0:
        return ""
    return f"$r$ = {numpy.corrcoef(x[known], y[known])[0, 1]:.2f}"


def limit_of(values):
    finite = values[numpy.isfinite(values)]
    return 1.08 * max(float(numpy.abs(finite).max(initial=0.0)), 1e-6)


def gains_text(file, cells):
    """Which gains the predictions were made with; "" where every equation is without."""
    kinds = {str(file["cells"][cell["name"]].attrs.get("gains_used", "configured")).split(":")[0]
             for cell in cells} - {"unneeded"}
    return f" and {' or '.join(sorted(kinds))} gains" if kinds else ""


def draw_panel(axes, group, cell, keys, modes):
    """Every member of a cell, and each of `modes` that it has; both axes on their own scales."""
    simulated, predicted = splits_of(group)
    colours = {mode: colour for mode, colour in zip(modes, style.mode_colours(len(modes)))
               if mode <= simulated.shape[1]}
    places = [mode - 1 for mode in colours]
    simulated, predicted = simulated[:, places], predicted[:, places]
    known = numpy.isfinite(simulated) & numpy.isfinite(predicted)
    for place, colour in enumerate(colours.values()):
        axes.plot(predicted[:, place], simulated[:, place], "o", markersize=2.2, alpha=0.8,
                  color=colour, markeredgewidth=0)
    # Each axis on its own scale: predictions from configured gains know half the story only.
    axes.set_xlim(-limit_of(predicted), limit_of(predicted))
    axes.set_ylim(-limit_of(simulated), limit_of(simulated))
    axes.axline((0, 0), slope=1, color="#444444", linewidth=0.8, linestyle="--")
    axes.axhline(0, color="#cccccc", linewidth=0.6, zorder=0)
    axes.axvline(0, color="#cccccc", linewidth=0.6, zorder=0)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(style.MaxNLocator(3, symmetric=True))
    axes.tick_params(labelsize=6.5, length=2, pad=2)
    depths = cell["depths"]
    swept = {key: cell["swept"][key] for key in keys if key in cell["swept"]}
    parts = [f"$D = {depths[0] if len(set(depths)) == 1 else ', '.join(map(str, depths))}$",
             *parts_of(swept, without=("network.depth", "network.pathway"))]
    seeds = style.seeds_text(cell["members"])
    found = correlation_text(predicted[known], simulated[known])
    axes.set_title(wrap(parts, 30) + "\n" + wrap([seeds, found], 30), fontsize=7.5)


def columns_of(cells):
    """As many as each depth has cells, where that makes one row a depth."""
    counts = [sum(c["depths"] == d for c in cells) for d in {c["depths"] for c in cells}]
    if len(set(counts)) == 1 and len(counts) > 1 and 1 < counts[0] <= COLUMNS:
        return counts[0]
    return min(len(cells), 4 if len(cells) <= 12 else COLUMNS)


def drawable(file, say, only, path):
    """The cells with something to draw; a word said on those without."""
    cells = predicted_cells(file, only)
    if not cells:
        say(f"split: {reason_for_none(file, only, path)}")
    flat = [cell for cell in cells if not cell["learned"]]
    if flat:
        say(f"predicted split: {numbers_of(flat)} left out: no mode that both simulation and "
            "prediction have learned")
    return [cell for cell in cells if cell["learned"]]


def predicted_split(file, say, only=None, path=None, modes=None):
    """A panel a cell: signed dominance, simulated against predicted; None, with a word said, where
    there is nothing to draw.

    `only`: numbers of the cells (None: all). `path`: of the theory file that was given, or None.
    `modes`: numbers of the modes (None: all)."""
    cells = drawable(file, say, only, path)
    if not cells:
        return None
    chosen = choose(cells, PANELS)
    tell_left_out(cells, chosen, say)
    keys = identifying([cell["swept"] for cell in chosen])
    columns = columns_of(chosen)
    rows = -(-len(chosen) // columns)
    figure, axes = style.pyplot.subplots(rows, columns, squeeze=False,
                                         figsize=(2.05 * columns + 1.1, 2.2 * rows + 0.6),
                                         layout="constrained")
    for unused in axes.flat[len(chosen):]:
        unused.set_visible(False)
    most = max(file["cells"][cell["name"]]["final_K"].shape[2] for cell in chosen)
    modes = [mode for mode in modes or range(1, most + 1) if mode <= most]
    for panel, cell in zip(axes.flat, chosen):
        draw_panel(panel, file["cells"][cell["name"]], cell, keys, modes)
    style.mode_key(axes[0, min(columns, len(chosen)) - 1], modes, marker="o", linestyle="none",
                   markersize=3)
    figure.supxlabel("predicted $(K_0 - K_1)/(K_0 + K_1)$" + (",\n" if columns < 3 else ": ")
                     + f"product flow from the measured $K(0)${gains_text(file, chosen)};"
                     + ("\n" if columns < 3 else " ") + "$r$: of all modes together",
                     fontsize=9)
    figure.supylabel("simulated", fontsize=9)
    return figure
