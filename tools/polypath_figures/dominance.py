"""Mean dominance against depth and against width, with intervals and the seeds behind them."""
import math

import numpy

from polypath_lib.statistics import quantity

from . import style
from .families import (COLUMNS, MODES, depth_of, draw_points, families, grid_of, lack_of, lack_text,
                       members_text, modes_of, note_in, other_settings, tidy)
from .swept import wrap


def titled(axes, text, counts):
    axes.set_title(f"{text}\n{members_text(counts)}" if counts else text, fontsize=9)


def depth_panel(axes, text, cells):
    """One family: a curve a mode, and a note on the depths without a value."""
    modes, counts = modes_of(cells), []
    for place, (mode, colour) in enumerate(zip(modes, style.mode_colours(len(modes)))):
        shift = 0.06 * (place - (len(modes) - 1) / 2)  # so that bars do not hide each other
        counts += draw_points(axes, [(depth_of(c) + shift, quantity(c, "dominance", mode))
                                     for c in cells], color=colour)
    depths = sorted({depth_of(c) for c in cells})
    axes.set_xticks(depths)
    axes.set_xlim(depths[0] - 0.4, depths[-1] + 0.4)
    axes.set_xlabel("depth $D$ (weight matrices)")
    titled(axes, text, counts)
    lacks = [(depth_of(c), lack_of(c, modes)) for c in cells]
    note_in(axes, lack_text("D", lacks), "top" if counts else "middle")
    tidy(axes)


def against_depth(analysis, _):
    """One panel a width and activation; None when no cells differ in depth alone."""
    groups = {text: cells for text, cells in families(analysis["cells"]).items()
              if len({depth_of(c) for c in cells}) > 1}
    if not groups:
        return None
    figure, panels = grid_of(len(groups))
    for axes, (text, cells) in zip(panels, groups.items()):
        depth_panel(axes, text, cells)
    panels[0].set_ylim(bottom=0)  # shared, and only now: it would freeze the upper end
    for axes in panels[::COLUMNS]:
        axes.set_ylabel("dominance, mean and 95 % interval")
    modes = modes_of([c for cells in groups.values() for c in cells])
    style.mode_key(panels[min(len(panels), COLUMNS) - 1], modes, marker="o", markersize=3.5)
    return figure


def shown_fits(analysis):
    """{held: fits by mode} against width; where sigma sqrt(N) and sigma are held, both."""
    found = {}
    for fit in analysis["fits"]:
        if fit["against"] == "width":
            found.setdefault(fit["held"], []).append(fit)
    return {held: fits[:MODES] for held, fits in found.items()}


def slope_text(fit):
    """"-0.50 [-0.51, -0.49]", or why there is none."""
    if fit["slope"] is None:
        return fit.get("why_no_slope", "not learned at two widths")
    low, high = fit["interval"]
    text = f"{fit['slope']:.2f}" if low is None else f"{fit['slope']:.2f} [{low:.2f}, {high:.2f}]"
    return text.replace("-", "\N{MINUS SIGN}")


def draw_fits(axes, fits, cells):
    """Points and fitted lines, each mode a little aside; returns the members behind the points."""
    counts = []
    for place, (fit, colour) in enumerate(zip(fits, style.mode_colours(len(fits)))):
        shift = 1.025 ** (place - (len(fits) - 1) / 2)  # so that bars do not hide each other
        points = [(x * shift, quantity(cells[cell], "dominance", fit["mode"]))
                  for x, cell in zip(fit["x"], fit["cells"])]
        found = draw_points(axes, points, color=colour, linestyle="none",
                            label=f"mode {fit['mode']}: {slope_text(fit)}")
        counts += found
        if fit["slope"] is not None and found:
            x = numpy.array(fit["x"])
            axes.plot(x, numpy.exp(fit["intercept"]) * x**fit["slope"], color=colour,
                      linewidth=0.9)
    return counts


def theory_line(held, fits):
    """(x, y, label) of a line of slope -1/2 above the data, as far as it stays below 1; None where
    that is not over two widths of the data.

    Theory speaks of sigma sqrt(N) held, and of linear pathways."""
    known = [(x, m) for fit in fits for x, m in zip(fit["x"], fit["mean"]) if m]
    if "sqrt(N)" not in held or not known:
        return None
    x = numpy.array([min(p[0] for p in known), max(p[0] for p in known)])
    scale = 1.35 * max(mean * place**0.5 for place, mean in known)
    x[0] = max(x[0], scale**2)
    if len({place for place, _ in known if x[0] <= place <= x[1]}) < 2:
        return None  # beside the data, a stub that compares with nothing
    kind = "theory" if held.startswith("linear") else "linear theory"
    return x, scale * x**-0.5, f"slope of {kind}: $N^{{-1/2}}$"


def width_label(width):
    """30, 3000, and powers of ten where the digits would run into each other."""
    exponent = round(math.log10(width))
    return f"$10^{{{exponent}}}$" if width >= 10000 and width == 10 ** exponent else f"{width:g}"


def width_lacks(fits, cells):
    """[(width, reason)] of the cells without a value for some mode of these fits."""
    modes = [fit["mode"] for fit in fits]
    there = {cell: x for fit in fits for x, cell in zip(fit["x"], fit["cells"])}
    told = [(entry["x"], entry["why"]) for fit in fits for entry in fit.get("absent", [])
            if entry["cell"] not in cells]
    there |= {entry["cell"]: entry["x"] for fit in fits for entry in fit.get("absent", [])
              if entry["cell"] in cells}
    return told + [(x, lack_of(cells[cell], modes)) for cell, x in there.items()]


def width_panel(axes, held, fits, cells):
    """The cells that share `held`: points, fits, the slope of theory, widths without a value."""
    axes.set_xscale("log")
    axes.set_yscale("log")
    counts = draw_fits(axes, fits, cells)
    line = theory_line(held, fits)
    if line:
        axes.plot(line[0], line[1], color="#444444", linestyle="--", linewidth=1.2, label=line[2])
    lacks = width_lacks(fits, cells)
    widths = sorted({x for fit in fits for x in fit["x"]} | {x for x, _ in lacks})
    axes.set_xticks(widths, [width_label(w) for w in widths])
    axes.minorticks_off()
    axes.set_xlim(widths[0] / 1.3, widths[-1] * 1.3)
    axes.set_xlabel("width $N$")
    title = wrap(held.split(", "), 44)
    titled(axes, title.replace("sigma sqrt(N)", r"$\sigma\sqrt{N}$")
           .replace("sigma =", r"$\sigma$ ="), counts)
    note_in(axes, lack_text("N", lacks), "bottom")
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.16), frameon=False, fontsize=7,
                title="exponent [95 % interval]", title_fontsize=7)
    tidy(axes)


def tell_without_panel(analysis, groups, say):
    """Depths that were run at several widths and have no fit, for want of defined means."""
    drawn = {cell for fits in groups.values() for fit in fits for cell in fit["cells"]}
    found = {}
    for cell in analysis["cells"]:
        if depth_of(cell) is not None and cell["pathways"] > 1 and cell["settings"]["width"]:
            key = (f"{cell['settings']['activation']}, D = {depth_of(cell)}",
                   *other_settings(cell, "init.sigma"))
            found.setdefault(", ".join(key), []).append(cell)
    for text, cells in found.items():
        widths = {cell["settings"]["width"] for cell in cells}
        if len(widths) > 1 and not any(cell["cell"] in drawn for cell in cells):
            say(f"dominance against width has no panel for {text}: fewer than two of its "
                f"{len(widths)} widths have a defined mean")


def against_width(analysis, say):
    """One panel a depth and activation; None without cells that differ in width alone."""
    groups = {held: fits for held, fits in shown_fits(analysis).items()
              if any(mean is not None for fit in fits for mean in fit["mean"])}
    tell_without_panel(analysis, groups, say)
    if not groups:
        return None
    cells = {cell["cell"]: cell for cell in analysis["cells"]}
    figure, panels = grid_of(len(groups), width=3.3, height=4.3)
    for axes, (held, fits) in zip(panels, groups.items()):
        width_panel(axes, held, fits, cells)
    for axes in panels[::COLUMNS]:
        axes.set_ylabel("dominance, mean and 95 % interval")
        style.log_ticks(axes.yaxis)
    return figure
