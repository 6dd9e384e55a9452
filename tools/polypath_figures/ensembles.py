"""Dominance against depth and width, and shares by depth: from the JSON of `polypath analyse`."""
import math

import numpy

from polypath_lib.statistics import quantity

from . import style

MODES = 8       # curves that stay legible
COLUMNS = 4     # histograms side by side


def modes_of(cells):
    count = min(MODES, max(len(c["target"]) for c in cells))
    return list(range(1, count + 1))


def mode_colour(mode, count):
    return style.pyplot.get_cmap(style.MODE_COLOURS)(0.88 * (mode - 1) / max(count - 1, 1))


def depth_of(cell):
    depths = (cell["settings"] or {}).get("depths") or []
    return depths[0] if depths and len(set(depths)) == 1 else None


def family_text(cell):
    """What tells a cell from those of other depths."""
    settings = cell["settings"]
    width = settings["width"]
    return (f"{settings['activation']}, $N = {width:g}$" if width else settings["activation"])


# Swept settings that cells of one family may differ in, or that their text tells anyway.
HELD = ("network.depth", "network.width", "network.activation", "train.epochs", "train.precision",
        "init.tolerance", "init.seed")


def other_settings(cell):
    return tuple(f"{key.split('.')[-1]} = {value}" for key, value in cell["swept"].items()
                 if key not in HELD and not key.startswith("record."))


def families(cells):
    """{text: cells by depth}, for cells of one depth with at least one finished member; what else
    was swept tells families apart."""
    found = {}
    for cell in cells:
        if depth_of(cell) is not None and cell["finished"] > 0 and cell["pathways"] > 1:
            found.setdefault((family_text(cell), other_settings(cell)), []).append(cell)
    texts = [text for text, _ in found]
    return {", ".join((text, *others)) if texts.count(text) > 1 else text:
            sorted(group, key=depth_of) for (text, others), group in found.items()}


def tidy(axes):
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def interval_of(entry):
    """(below, above) the mean, for error bars; 0 for a single member."""
    low, high = entry["mean_interval"]
    mean = entry["mean"]
    return (mean - (mean if low is None else low), (mean if high is None else high) - mean)


def draw_points(axes, points, **style_of_line):
    """points: (x, entry); entries that are None are left out."""
    points = [(x, entry) for x, entry in points if entry]
    if not points:
        return
    x = [p[0] for p in points]
    mean = [p[1]["mean"] for p in points]
    spread = numpy.array([interval_of(p[1]) for p in points]).T.clip(0)
    axes.errorbar(x, mean, yerr=spread, capsize=2, linewidth=1.2, marker="o", markersize=3.5,
                  **style_of_line)


def grid_of(count, width=3.1, height=2.7):
    columns = min(count, COLUMNS)
    rows = -(-count // columns)
    figure, axes = style.pyplot.subplots(rows, columns, squeeze=False, sharey=True,
                                         figsize=(width * columns + 1.1, height * rows + 0.5),
                                         layout="constrained")
    for unused in axes.flat[count:]:
        unused.set_visible(False)
    return figure, axes.flat[:count]


def dominance_against_depth(analysis):
    """One panel a width and activation; None when no cells differ in depth alone."""
    groups = {text: cells for text, cells in families(analysis["cells"]).items()
              if len({depth_of(c) for c in cells}) > 1}
    if not groups:
        return None
    figure, panels = grid_of(len(groups))
    for axes, (text, cells) in zip(panels, groups.items()):
        modes = modes_of(cells)
        for mode in modes:
            shift = 0.06 * (mode - (len(modes) + 1) / 2)  # so that bars do not hide each other
            draw_points(axes, [(depth_of(c) + shift, quantity(c, "dominance", mode))
                               for c in cells], color=mode_colour(mode, len(modes)),
                        label=f"mode {mode}")
        axes.set_xticks(sorted({depth_of(c) for c in cells}))
        axes.set_xlabel("depth $D$ (weight matrices)")
        axes.set_title(text)
        tidy(axes)
    panels[0].set_ylim(bottom=0)  # shared, and only now: it would freeze the upper end
    panels[0].set_ylabel("dominance, mean and 95 % interval")
    style.legend_beside(panels[min(len(panels), COLUMNS) - 1])
    return figure


def shown_fits(analysis):
    """{held: fits by mode} against width; where sigma sqrt(N) and sigma are held, both."""
    found = {}
    for fit in analysis["fits"]:
        if fit["against"] == "width" and fit["mode"] <= MODES:
            found.setdefault(fit["held"], []).append(fit)
    return found


def slope_text(fit):
    low, high = fit["interval"]
    if fit["slope"] is None:
        return ""
    text = f"{fit['slope']:.2f}" if low is None else f"{fit['slope']:.2f} [{low:.2f}, {high:.2f}]"
    return text.replace("-", "\N{MINUS SIGN}")


def draw_width(axes, fits, cells, count):
    for fit in fits:
        shift = 1.025 ** (fit["mode"] - (count + 1) / 2)  # so that bars do not hide each other
        points = [(x * shift, quantity(cells[cell], "dominance", fit["mode"]))
                  for x, cell in zip(fit["x"], fit["cells"])]
        colour = mode_colour(fit["mode"], count)
        draw_points(axes, points, color=colour, linestyle="none",
                    label=f"mode {fit['mode']}: {slope_text(fit)}")
        if fit["slope"] is not None:
            x = numpy.array(fit["x"])
            axes.plot(x, numpy.exp(fit["intercept"]) * x**fit["slope"], color=colour,
                      linewidth=0.9)
    axes.set_xscale("log")
    axes.set_yscale("log")


def add_theory_line(axes, held, fits):
    """A line of slope -1/2 above the data, as far as they reach below 1; theory speaks of sigma
    sqrt(N) held."""
    if "sqrt(N)" not in held:
        return
    known = [(x, m) for fit in fits for x, m in zip(fit["x"], fit["mean"]) if m]
    if not known:
        return
    x = numpy.array([min(p[0] for p in known), max(p[0] for p in known)])
    scale = 1.35 * max(mean * place**0.5 for place, mean in known)
    x[0] = max(x[0], scale**2)
    axes.plot(x, scale * x**-0.5, color="#444444", linestyle="--", linewidth=1.2,
              label="slope of theory: $N^{-1/2}$")


def width_label(width):
    """30, 3000, and powers of ten where the digits would run into each other."""
    exponent = round(math.log10(width))
    return f"$10^{{{exponent}}}$" if width >= 10000 and width == 10 ** exponent else f"{width:g}"


def dominance_against_width(analysis):
    """One panel a depth; None without cells that differ in width alone."""
    groups = shown_fits(analysis)
    if not groups:
        return None
    cells = {cell["cell"]: cell for cell in analysis["cells"]}
    figure, panels = grid_of(len(groups), width=3.3, height=4.3)
    for axes, (held, fits) in zip(panels, groups.items()):
        draw_width(axes, fits, cells, max(fit["mode"] for fit in fits))
        add_theory_line(axes, held, fits)
        widths = sorted({x for fit in fits for x in fit["x"]})
        axes.set_xticks(widths, [width_label(w) for w in widths])
        axes.minorticks_off()
        axes.set_xlabel("width $N$")
        axes.set_title(held.replace("sigma sqrt(N)", r"$\sigma\sqrt{N}$")
                       .replace("sigma =", r"$\sigma$ ="), fontsize=9)
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.16), frameon=False, fontsize=7,
                    title="exponent [95 % interval]", title_fontsize=7)
        tidy(axes)
    panels[0].set_ylabel("dominance, mean and 95 % interval")
    return figure


def histogram_panel(axes, cell, mode, pathway):
    for entry in cell["share_histograms"]:
        if entry["mode"] == mode and entry["pathway"] == pathway:
            counts = numpy.array([entry["below"], *entry["counts"], entry["above"]], float)
            bins = len(entry["counts"])
            edges = numpy.arange(-1, bins + 2) / bins
            part = counts / max(counts.sum(), 1)
            axes.bar(edges[:-1], part, width=1 / bins, align="edge", linewidth=0.4,
                     edgecolor="white", color=style.pathway_colour(pathway))
            axes.set_xlim(edges[0], edges[-1])


def share_histograms(analysis):
    """Rows: two modes; columns: cells by depth of the family with most depths and members."""
    groups = families(analysis["cells"])
    if not groups:
        return None
    text, cells = max(groups.items(), key=lambda item: (
        len({depth_of(c) for c in item[1]}), sum(c["finished"] for c in item[1]),
        item[1][0]["settings"]["width"] or 0))
    by_depth = {depth_of(c): c for c in reversed(cells)}
    cells = [by_depth[d] for d in sorted(by_depth)][:6]
    if max(c["finished"] for c in cells) < 2:
        return None
    modes = [1, 2] if all(len(c["target"]) > 1 for c in cells) else [1]
    figure, axes = style.pyplot.subplots(
        len(modes), len(cells), squeeze=False, sharex=True, sharey=True,
        figsize=(1.9 * len(cells) + 0.9, 1.7 * len(modes) + 0.8), layout="constrained")
    for row, mode in enumerate(modes):
        for column, cell in enumerate(cells):
            panel = axes[row, column]
            histogram_panel(panel, cell, mode, 0)
            panel.axvline(1 / cell["pathways"], color="#444444", linewidth=0.8, linestyle=":")
            tidy(panel)
            if row == 0:
                panel.set_title(f"$D = {depth_of(cell)}$  ({cell['finished']} seeds)", fontsize=9)
            if row == len(modes) - 1:
                panel.set_xticks([0, 0.5, 1])
        axes[row, 0].set_ylabel(f"mode {mode}")
    figure.supxlabel("share of pathway $a$"
                     " (outermost bars: all below 0, all above 1)", fontsize=9)
    figure.supylabel("fraction of the seeds", fontsize=9)
    figure.suptitle(text, fontsize=10)
    return figure
