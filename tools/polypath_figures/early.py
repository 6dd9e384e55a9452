"""Figure 4: how K_a becomes diagonal within the first epochs."""
import numpy

from . import style
from .swept import wrap

EPOCHS = 10       # the paper shows the first ten
IMAGES = 6
ROWS = 4

# The layout, in inches: margin, head, image side, image pitch, row pitch, width of the curves.
LEFT, HEAD, IMAGE, PITCH, ROW, CURVES = 0.7, 0.62, 1.35, 1.5, 1.85, 2.2


def early_records(panel):
    """Indices of finite records within the first ten epochs."""
    known = numpy.isfinite(panel.k).all(axis=(1, 2))
    return numpy.flatnonzero(known & (panel.epoch <= EPOCHS))


def off_diagonal_entries(matrices):
    """(record, entries): the off-diagonal part of matrices (record, mode, mode_in)."""
    modes = matrices.shape[-1]
    return matrices[:, ~numpy.eye(modes, dtype=bool)]


def draw_lines(axes, panel, pathway, records):
    """Every entry of K_a against the epoch: the diagonal in colour, the rest grey."""
    epochs = panel.epoch[records]
    matrices = panel.matrices[records, pathway]
    if panel.full:
        axes.plot(epochs, off_diagonal_entries(matrices), color="#b0b0b0", linewidth=0.6)
    modes = panel.k.shape[-1]
    for mode, colour in enumerate(style.mode_colours(modes)):
        axes.plot(epochs, panel.k[records, pathway, mode], color=colour, linewidth=1.5)
    axes.set_xlim(epochs[0], epochs[-1])
    axes.xaxis.set_major_locator(style.MaxNLocator(5, integer=True))
    axes.margins(y=0.05)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.yaxis.set_major_locator(style.MaxNLocator(4))


def draw(panel, say):
    """Rows: pathways. Images of K_a(t), each on its own scale (printed below), then the curves."""
    records = early_records(panel)
    pathways = panel.k.shape[1]
    rows = min(pathways, ROWS)
    if rows < pathways:
        say(f"figure 4: {pathways} pathways, the first {rows} are drawn")
    chosen = records[numpy.unique(numpy.linspace(0, len(records) - 1, IMAGES).round().astype(int))]
    columns = len(chosen)
    width = LEFT + columns * PITCH + CURVES + 1.75
    heading = wrap(["First epochs", *panel.title_parts(), f"seed {panel.seed}"],
                   style.characters(columns * PITCH, 11))
    heading += "\n(each image on its own scale, written below it)"
    head = HEAD + 0.2 * heading.count("\n")
    height = head + rows * ROW + 0.2
    figure = style.pyplot.figure(figsize=(width, height))

    def place(x, y, w, h):  # inches from the left and the top
        return [x / width, 1 - (y + h) / height, w / width, h / height]

    for row in range(rows):
        for column, record in enumerate(chosen):
            axes = figure.add_axes(place(LEFT + column * PITCH, head + row * ROW, IMAGE, IMAGE))
            matrix = panel.matrices[record, row]
            limit = max(float(numpy.nanmax(numpy.abs(matrix))), 1e-300)
            axes.set_facecolor(style.BLANK)
            axes.imshow(numpy.ma.masked_invalid(matrix), cmap=style.MATRIX_COLOURS, vmin=-limit,
                        vmax=limit, interpolation="nearest")
            axes.set_yticks(*(style.mode_ticks(panel.modes) if column == 0 else ([], [])))
            axes.set_xticks([])
            axes.tick_params(length=2, pad=2, labelsize=6.5)
            axes.set_xlabel(rf"$\pm${limit:.2g}", fontsize=7.5, labelpad=3)
            if row == 0:
                axes.set_title(f"epoch {int(panel.epoch[record])}", fontsize=9)
            if column == 0:
                axes.set_ylabel(style.pathway_name(row), rotation=0, labelpad=14, fontsize=12,
                                va="center", color=style.pathway_colour(row))
        axes = figure.add_axes(place(LEFT + columns * PITCH + 0.6, head + row * ROW, CURVES, IMAGE))
        draw_lines(axes, panel, row, records)
        axes.set_ylabel(f"entries of {style.pathway_name(row)}")
        if row == 0:
            style.mode_key(axes, panel.modes, linewidth=1.5)
            if panel.full:
                axes.set_title("grey: off-diagonal", fontsize=8, color="#777777")
    axes.set_xlabel("epoch")
    figure.text((LEFT + columns * PITCH / 2) / width, 1 - 0.04 / height, heading, ha="center",
                va="top", fontsize=11)
    return figure
