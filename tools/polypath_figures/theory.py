"""Figure 3 and the split predicted beside the simulated one: from a file of `polypath theory`."""
import json

import numpy

from polypath_lib.messages import BAD_DATA, NO_INPUT, ToolError, need

from . import style

COLUMNS = 6
TRAJECTORY = "#0072B2"


def open_theory(path):
    """The h5py.File of `polypath theory ... -o PATH`."""
    h5py = need("h5py")
    try:
        file = h5py.File(path, "r")
    except FileNotFoundError as error:
        raise ToolError(f"{path}: no such file; make it with `polypath theory`",
                        NO_INPUT) from error
    except OSError as error:
        raise ToolError(f"{path}: does not open as HDF5: {str(error).splitlines()[0]}",
                        BAD_DATA) from error
    if "portrait" not in file and "cells" not in file:
        file.close()
        raise ToolError(f"{path}: not a file of `polypath theory`", BAD_DATA)
    return file


def draw_field(axes, grid, field):
    """Directions only: the speeds span many decades."""
    size = numpy.hypot(field[..., 0], field[..., 1])
    size = numpy.where(size > 0, size, 1.0)
    axes.quiver(grid, grid, field[..., 0] / size, field[..., 1] / size, color="#b8b8b8",
                angles="xy", scale=26, width=0.004, headwidth=3.5, pivot="mid")


def draw_portrait(axes, panels, index):
    S = float(panels["S"][index])
    grid = panels["grid"][index]
    draw_field(axes, grid, panels["field"][index])
    for path in panels["K"][index]:
        axes.plot(path[:, 0], path[:, 1], color=TRAJECTORY, linewidth=0.5, alpha=0.55)
        known = path[numpy.isfinite(path).all(axis=1)]
        axes.plot(*known[-1], marker="o", markersize=2, color="#D55E00", zorder=3)
    axes.plot([0, S], [S, 0], color="black", linewidth=1, zorder=2)
    axes.set_xlim(grid[0], grid[-1])
    axes.set_ylim(grid[0], grid[-1])
    axes.set_aspect("equal")


def phase_portraits(file, say):
    """Rows: widths of the starting noise. Columns: depths. None without portraits."""
    if "portrait" not in file:
        return None
    panels = {name: item[()] for name, item in file["portrait"].items()}
    spreads = sorted(set(panels["spread"].tolist()), reverse=True)
    rows = [[i for i, s in enumerate(panels["spread"]) if s == spread] for spread in spreads]
    columns = len(rows[0])
    if columns > COLUMNS:
        say(f"figure 3: {columns} pairs of depth and gain, the first {COLUMNS} are drawn")
        rows, columns = [row[:COLUMNS] for row in rows], COLUMNS
    figure, axes = style.pyplot.subplots(
        len(rows), columns, squeeze=False, figsize=(2.35 * columns + 0.8, 2.35 * len(rows) + 0.7),
        layout="constrained")
    several_gains = len({round(float(g), 3) for g in panels["gain"]}) > 1
    for row, indices in enumerate(rows):
        for column, index in enumerate(indices):
            panel = axes[row, column]
            draw_portrait(panel, panels, index)
            if row == 0:
                gain = f", $g = {panels['gain'][index]:.3g}$" if several_gains else ""
                panel.set_title(f"$D = {panels['depth'][index]}${gain}")
            if row == len(rows) - 1:
                panel.set_xlabel(style.pathway_name(0))
        axes[row, 0].set_ylabel(f"$p(0)$ spread {spreads[row]:g}\n" + style.pathway_name(1))
    S = ", ".join(sorted({f"{s:.3g}" for s in panels["S"]}))
    gain = "" if several_gains else f", $g = {panels['gain'][0]:.3g}$"
    figure.suptitle(f"Two pathways share one mode, equation (20): $S = {S}${gain}; dots: where "
                    "they end", fontsize=10)
    return figure


def predicted_cells(file):
    """Names of the cells that hold predictions for at least one member."""
    return [name for name, group in file.get("cells", {}).items()
            if "final_K" in group and group["final_K"].shape[0] > 0
            and group["final_K"].shape[1] == 2]


def cell_title(group):
    swept = {k: v for k, v in group.attrs.items()
             if "." in k and not k.startswith(("train.", "record."))}
    depths = group["depth"][()].tolist()
    parts = [f"$D = {depths[0]}$" if len(set(depths)) == 1 else f"$D = {depths}$"]
    for key, value in sorted(swept.items()):
        if key not in ("network.depth", "network.pathway", "init.sigma"):
            try:
                value = json.loads(value)
            except ValueError:
                pass
            parts.append(f"{key.split('.')[-1]} {value}")
    return ", ".join(parts)


LEARNED = 0.05  # of the strongest mode: a weaker one has no split yet


def signed(split):
    """(K_1 - K_2)/(K_1 + K_2) from (member, pathway, mode); NaN where a mode has not been learned."""
    total = split.sum(axis=1)
    learned = total > LEARNED * numpy.nanmax(numpy.abs(total), initial=0.0)
    return (split[:, 0] - split[:, 1]) / numpy.where(learned, total, numpy.nan)


def correlation_text(x, y):
    known = numpy.isfinite(x) & numpy.isfinite(y)
    if known.sum() < 3 or x[known].std() == 0 or y[known].std() == 0:
        return ""
    return f"$r$ = {numpy.corrcoef(x[known], y[known])[0, 1]:.2f}"


def limit_of(*arrays):
    finite = [a[numpy.isfinite(a)] for a in arrays]
    return 1.08 * max([float(numpy.abs(a).max()) for a in finite if a.size] + [1e-6])


def gains_text(file, names):
    """Which gains the predictions were made with."""
    kinds = {str(file["cells"][name].attrs.get("gains_used", "configured")).split(":")[0]
             for name in names}
    return f"{' or '.join(sorted(kinds))} gains"


def predicted_split(file, say):
    """A panel a cell: signed dominance, simulated against predicted; None without predictions."""
    names = predicted_cells(file)
    if not names:
        return None
    if len(names) > 2 * COLUMNS:
        say(f"predicted split: {len(names)} cells, {2 * COLUMNS} of them are drawn")
        places = numpy.linspace(0, len(names) - 1, 2 * COLUMNS).round().astype(int)
        names = [names[place] for place in places]
    columns = min(len(names), 4)
    rows = -(-len(names) // columns)
    figure, axes = style.pyplot.subplots(rows, columns, squeeze=False,
                                         figsize=(2.5 * columns + 1.1, 2.55 * rows + 0.7),
                                         layout="constrained")
    for unused in axes.flat[len(names):]:
        unused.set_visible(False)
    for panel, name in zip(axes.flat, names):
        group = file["cells"][name]
        simulated = signed(group["final_K_simulated"][()])
        predicted = signed(group["final_K"][()])
        modes = simulated.shape[1]
        colours = style.pyplot.get_cmap(style.MODE_COLOURS)(numpy.linspace(0, 0.88, modes))
        for mode in range(modes):
            panel.plot(predicted[:, mode], simulated[:, mode], "o", markersize=3, alpha=0.8,
                       color=colours[mode], label=f"mode {mode + 1}" if mode < 10 else None)
        # Each axis on its own scale: predictions from configured gains know half the story only.
        panel.set_xlim(-limit_of(predicted), limit_of(predicted))
        panel.set_ylim(-limit_of(simulated), limit_of(simulated))
        panel.axline((0, 0), slope=1, color="#444444", linewidth=0.8, linestyle="--")
        panel.axhline(0, color="#cccccc", linewidth=0.6, zorder=0)
        panel.axvline(0, color="#cccccc", linewidth=0.6, zorder=0)
        panel.set_title(f"{cell_title(group)}\n{correlation_text(predicted.ravel(), simulated.ravel())}",
                        fontsize=8.5)
    style.legend_beside(axes[0, -1])
    figure.supxlabel("predicted $(K_a - K_b)/(K_a + K_b)$: product flow from the measured "
                     f"$K(0)$ and {gains_text(file, names)}", fontsize=9)
    figure.supylabel("simulated", fontsize=9)
    return figure
