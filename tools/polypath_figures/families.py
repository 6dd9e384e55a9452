"""Families of the cells of `polypath analyse`, by depth, and what they lack."""
import numpy

from polypath_lib.statistics import quantity, unlearned

from . import style
from .swept import parts_of

MODES = 8       # curves that stay legible
COLUMNS = 4     # panels side by side

# Swept settings that cells of one family may differ in, or that their text tells anyway.
HELD = ("network.depth", "network.pathway", "network.width", "network.activation", "train.epochs",
        "train.precision", "init.tolerance", "init.seed")


def modes_of(cells):
    """Numbers of the modes to draw: the chosen ones, or all, as far as they stay legible."""
    most = max(len(c["target"]) for c in cells)
    return [mode for mode in cells[0].get("shown_modes") or range(1, most + 1)
            if mode <= most][:MODES]


def depth_of(cell):
    depths = (cell["settings"] or {}).get("depths") or []
    return depths[0] if depths and len(set(depths)) == 1 else None


def family_text(cell):
    """What tells a cell from those of other depths."""
    settings = cell["settings"]
    width = settings["width"]
    return (f"{settings['activation']}, $N = {width:g}$" if width else settings["activation"])


def other_settings(cell, *also):
    """Swept settings in words, without those of HELD, of records, and `also`."""
    held = [key for key in cell["swept"] if key in (*HELD, *also) or key.startswith("record.")]
    return tuple(parts_of(cell["swept"], without=held))


def families(cells, place=depth_of):
    """{text: cells by depth}, of cells of one depth each; what else was swept tells families apart.

    `place`: what stands for the depth of a cell, None for cells to pass over. Cells
    without a finished member are there too, but no family of nothing else."""
    found = {}
    for cell in cells:
        if place(cell) is not None and cell["pathways"] > 1:
            found.setdefault((family_text(cell), other_settings(cell)), []).append(cell)
    found = {key: group for key, group in found.items() if any(c["finished"] for c in group)}
    texts = [text for text, _ in found]
    return {", ".join((text, *others)) if texts.count(text) > 1 else text:
            sorted(group, key=place) for (text, others), group in found.items()}


def nothing_learned(analysis):
    """Whether members have finished, and none of them has learned any mode."""
    finished = [c for c in analysis["cells"] if c["finished"] and c["pathways"] > 1]
    return bool(finished) and not any(quantity(c, "dominance", mode) for c in finished
                                      for mode in range(1, len(c["target"]) + 1))


def learning_remark(cells, most=6):
    """A remark on the seeds behind the means that did not learn; "" where all did."""
    told = []
    for cell in cells:
        missing = unlearned(cell)
        if missing and cell["pathways"] > 1:
            mode, members = max(missing, key=lambda entry: entry[1])
            told.append(f"{members} of {cell['finished']} in cell {cell['cell']} (mode {mode})")
    more = f" and {len(told) - most} cells more" if len(told) > most else ""
    return ("the means include seeds that learned less than 99 % of a mode (polypath analyse "
            f"--learned leaves them out): {', '.join(told[:most])}{more}") if told else ""


def numbers_text(numbers):
    """1, 2, 5 to 8."""
    runs = []
    for number in sorted(numbers):
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(f"{run[0]} to {run[-1]}" if len(run) > 2 else ", ".join(map(str, run))
                     for run in runs)


def lack_of(cell, modes):
    """Why a cell has no point for some of the modes; "" where it has all."""
    if not cell["finished"]:
        return "no finished seed"
    unknown = [mode for mode in modes if not quantity(cell, "dominance", mode)]
    if not unknown:
        return ""
    if len(unknown) == len(modes):
        return "nothing learned"
    return f"mode{'s' if len(unknown) > 1 else ''} {numbers_text(unknown)} not learned"


def lack_text(symbol, lacks):
    """Lines such as "nothing learned in D = 4, 7", of (place, reason) pairs; reasons may be ""."""
    places = {}
    for place, reason in lacks:
        if reason and place not in places.setdefault(reason, []):
            places[reason].append(place)
    return "\n".join(f"{reason} in ${symbol}$ = {', '.join(f'{p:g}' for p in sorted(found))}"
                     for reason, found in places.items())


def members_text(counts):
    """"100 seeds", "46 to 100 seeds": how many are behind the means."""
    low, high = min(counts), max(counts)
    if high == 1:
        return "1 seed"
    return f"means of {low} to {style.seeds_text(high)}" if low < high else f"means of {high} seeds"


def note_in(axes, text, place="top"):
    """A note inside a panel, where the curves are not: its upper or lower left corner, or, without
    curves, its middle."""
    if not text:
        return
    x, y, ha, va = {"top": (0.03, 0.97, "left", "top"), "bottom": (0.03, 0.03, "left", "bottom"),
                    "middle": (0.5, 0.5, "center", "center")}[place]
    axes.text(x, y, text, transform=axes.transAxes, ha=ha, va=va, fontsize=7.5, color="#444444",
              zorder=5, bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 1.5})


def tidy(axes):
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def grid_of(count, width=3.1, height=2.7):
    """(figure, `count` axes that share y), in rows of COLUMNS."""
    columns = min(count, COLUMNS)
    rows = -(-count // columns)
    figure, axes = style.pyplot.subplots(rows, columns, squeeze=False, sharey=True,
                                         figsize=(width * columns + 1.1, height * rows + 0.5),
                                         layout="constrained")
    for unused in axes.flat[count:]:
        unused.set_visible(False)
    return figure, axes.flat[:count]


def interval_of(entry):
    """(below, above) the mean, for error bars; 0 for a single member."""
    low, high = entry["mean_interval"]
    mean = entry["mean"]
    return (mean - (mean if low is None else low), (mean if high is None else high) - mean)


def draw_points(axes, points, **style_of_line):
    """points: (x, entry); entries that are None are left out. Returns the members behind each."""
    points = [(x, entry) for x, entry in points if entry]
    if points:
        spread = numpy.array([interval_of(entry) for _, entry in points]).T.clip(0)
        axes.errorbar([x for x, _ in points], [entry["mean"] for _, entry in points], yerr=spread,
                      capsize=2, linewidth=1.2, marker="o", markersize=3.5, **style_of_line)
    return [entry["members"] for _, entry in points]
