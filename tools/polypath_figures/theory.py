"""Figure 3, phase portraits: from a file of `polypath theory`."""
import numpy

from polypath_lib import reading
from polypath_lib.messages import BAD_DATA, NO_INPUT, ToolError, need

from . import style
from .selection import theory_cells
from .swept import wrap

COLUMNS = 6
TRAJECTORY = "#0072B2"
PER_PANEL = ("depth", "gain", "S", "spread", "grid", "field", "K")  # what is drawn of a portrait


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


def hash_of(item):
    """The settings hash of a cell, None where there is none."""
    return reading.decode(item.attrs["settings_hash"]) if "settings_hash" in item.attrs else None


def refuse_other_run(path, directory):
    """Raise ToolError when a theory file was made for other settings than a directory's cells."""
    with open_theory(path) as file:
        predicted = {name: hash_of(group) for name, group in file.get("cells", {}).items()}
        source = reading.decode(file.attrs.get("source", "another run"))
    pairs = []
    for index in reading.cell_files(directory):
        try:
            with reading.open_cell_h5(directory, index) as cell:
                pairs.append((predicted.get(f"cell-{index:05d}"), hash_of(cell)))
        except ToolError:
            continue  # it is told where it is drawn
    known = [(there, here) for there, here in pairs if there and here]
    other = [pair for pair in known if pair[0] != pair[1]]
    if other or (pairs and predicted and not any(there for there, _ in pairs)):
        raise ToolError(f"{path}: made for {source}, whose settings are not those of {directory}; "
                        "leave --theory out, or make the file anew with `polypath theory`", BAD_DATA)


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


def pathways_of(group):
    """[(depth, gain, S of mode 1)] of a cell; NaN gains and S where the file has none."""
    depth = group["depth"][()]
    gain = group["gain"][()] if "gain" in group else numpy.full(len(depth), numpy.nan)
    S = group["target"][0] if "target" in group and len(group["target"]) else numpy.nan
    return [(int(d), float(g), float(S)) for d, g in zip(depth, gain)]


def differences(pathways):
    """What the pathways of one cell differ in; the gain of a single layer drops out."""
    gains = [g for d, g, _ in pathways if d > 1 and numpy.isfinite(g)]
    found = {"depth"} if len({d for d, _, _ in pathways}) > 1 else set()
    return found | ({"gain"} if gains and not numpy.allclose(gains, gains[0], rtol=1e-3) else set())


def unlike_portrait(file, only=None):
    """What the cells have that two equal pathways have not; [] where a portrait shows them."""
    cells = [pathways_of(group) for group in theory_cells(file, only).values() if "depth" in group]
    counts = sorted({len(pathways) for pathways in cells})
    differing = sorted(set().union(*(differences(pathways) for pathways in cells)))
    found = []
    if counts not in ([], [2]):
        noun = "pathway" if counts == [1] else "pathways"
        found.append(f"this run has {' or '.join(map(str, counts))} {noun}")
    if differing:
        found.append(f"the pathways of this run differ in {' and '.join(differing)}")
    return found


def portrait_title(file, only=None, width=90):
    """A portrait is of two equal pathways, whatever the run has."""
    unlike = unlike_portrait(file, only)
    if not unlike:
        return "Two pathways share one mode, equation (20)"
    parts = [*(f"{part};" for part in unlike), "each depth and gain is drawn for two alike)"]
    return ("Equation (20) for two equal pathways that share one mode\n("
            + wrap(parts, width).replace(";,", ";"))


def chosen_panels(file, only):
    """{name: array} of the portraits of the cells in `only` (None: of all)."""
    panels = {name: file["portrait"][name][()] for name in PER_PANEL}
    if only is None:
        return panels
    wanted = [p for group in theory_cells(file, only).values() for p in pathways_of(group)]
    kept = [i for i, d in enumerate(panels["depth"])
            if any(d == depth and numpy.allclose((panels["gain"][i], panels["S"][i]), (gain, S),
                                                 rtol=2e-3) for depth, gain, S in wanted)]
    return {name: values[kept] for name, values in panels.items()}


def tell_unlike(figure, file, only, say):
    """A remark and a caption where the portraits are not of the pathways of the run."""
    unlike = "; ".join(unlike_portrait(file, only))
    if unlike:
        told = f"portraits are of two equal pathways, one for each depth and gain: {unlike}"
        say(f"figure 3: {told}")
        figure.set_label(f"Phase {told.replace('portraits', 'portraits of equation (20)', 1)}.")


def phase_portraits(file, say, only=None):
    """Rows: widths of the starting noise. Columns: depths. None without portraits.

    `only`: numbers of the cells whose depths and gains are drawn (None: of all)."""
    panels = chosen_panels(file, only) if "portrait" in file else {"depth": []}
    if len(panels["depth"]) == 0:
        return None
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
    end = ":\n" if columns < 3 else ": "
    title = portrait_title(file, only, style.characters(2.35 * columns + 0.8, 10))
    figure.suptitle(f"{title}{end}$S = {S}${gain}; dots: where they end", fontsize=10)
    tell_unlike(figure, file, only, say)
    return figure
