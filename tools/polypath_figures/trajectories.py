"""Figures 5 to 8: K_a(t) of every mode and pathway in three dimensions, final K_a as images."""
import numpy

from . import style
from .swept import wrap

COLUMNS = 6       # panels side by side that stay legible
IMAGE_ROWS = 6    # pathways shown as images
DRAWN_RECORDS = 400

# The layout, in inches: margin, column pitch, height of the 3-D row, image row pitch, image side.
LEFT, COLUMN, TOP, ROW, IMAGE = 0.75, 2.7, 2.45, 2.05, 1.78
LINE, TITLE_SIZE = 0.19, 10.5  # of the columns' headings, inches and points


def thin(panel):
    """Record indices to draw: finite ones, dense where K moves or the epochs are far apart."""
    known = numpy.flatnonzero(numpy.isfinite(panel.k).all(axis=(1, 2)))
    if len(known) <= DRAWN_RECORDS:
        return known
    moved = numpy.abs(numpy.diff(panel.k[known], axis=0)).sum(axis=(1, 2))
    passed = numpy.diff(panel.epoch[known]).astype(float)
    way = moved / max(moved.sum(), 1e-300) + passed / passed.sum()
    along = numpy.concatenate([[0.0], numpy.cumsum(way)])
    wanted = numpy.linspace(0, along[-1], DRAWN_RECORDS)
    return known[numpy.unique(numpy.searchsorted(along, wanted).clip(0, len(known) - 1))]


def draw_trajectories(axes, panel, ceiling, floor):
    """Mode x epoch x K, one line a mode and pathway; pathways side by side within a mode."""
    records = thin(panel)
    pathways, modes = panel.k.shape[1:]
    epochs = panel.epoch[records]
    spread = 0.3 / max(pathways - 1, 1)
    for mode in reversed(range(modes)):
        for pathway in range(pathways):
            shift = (pathway - (pathways - 1) / 2) * spread
            axes.plot(numpy.full(len(records), mode + 1 + shift), epochs,
                      panel.k[records, pathway, mode], color=style.pathway_colour(pathway),
                      linewidth=1.3, alpha=0.95, marker="o" if len(records) == 1 else None)
    axes.set_xlim(0.5, modes + 0.5)
    axes.set_ylim(panel.epoch[0], max(panel.epoch[-1], panel.epoch[0] + 1))
    axes.set_zlim(floor, ceiling)
    places, numbers = style.mode_ticks(panel.modes, 4)
    axes.set_xticks([place + 1 for place in places], numbers)
    style.format_epochs(axes.yaxis, 3)
    axes.zaxis.set_major_locator(style.MaxNLocator(4))
    axes.set_xlabel("mode", labelpad=-3.5)
    axes.set_ylabel("epoch", labelpad=-4)
    axes.set_zlabel("$K$", labelpad=-6.5)
    axes.tick_params(pad=-2.5)
    axes.set_box_aspect((1, 1, 0.82), zoom=0.98)
    axes.view_init(elev=24, azim=-52)
    axes.patch.set_visible(False)  # the panels overlap a little at their empty corners
    for axis in (axes.xaxis, axes.yaxis, axes.zaxis):
        axis.set_pane_color((0.97, 0.97, 0.97, 1.0))
        axis._axinfo["grid"].update(color="#d0d0d0", linewidth=0.5)


def draw_matrix(axes, matrix, modes, limit, label, colour):
    """One final K_a; grey where an entry was not recorded."""
    axes.set_facecolor(style.BLANK)
    image = axes.imshow(numpy.ma.masked_invalid(matrix), cmap=style.MATRIX_COLOURS, vmin=-limit,
                        vmax=limit, interpolation="nearest")
    axes.set_xticks(*style.mode_ticks(modes))
    axes.set_yticks(*style.mode_ticks(modes))
    axes.tick_params(length=2, pad=2, labelsize=7)
    for spine in axes.spines.values():
        spine.set_edgecolor(colour)
        spine.set_linewidth(1.4)
    if label:
        axes.set_ylabel(label, color=colour, fontsize=12, rotation=0, labelpad=14, va="center")
    return image


def draw(panels, title_parts, titles, say):
    """The whole figure from at least one panel; `titles` are the columns' headings."""
    pathways = max(p.k.shape[1] for p in panels)
    rows = min(pathways, IMAGE_ROWS)
    if rows < pathways:
        say(f"{pathways} pathways: the final K of the first {rows} are drawn as images")
    columns = len(panels)
    width = LEFT + columns * COLUMN + 0.95
    title = wrap(title_parts, style.characters(width - 0.4, 12))
    above = 0.4 + LINE * title.count("\n")  # of the columns' headings
    head = above + LINE * (1.2 + max(t.count("\n") for t in titles))
    head += 0.16 if any(p.note for p in panels) else 0
    height = head + TOP + rows * ROW + 0.32
    figure = style.pyplot.figure(figsize=(width, height))

    def place(x, y, w, h):  # inches from the left and the top
        return [x / width, 1 - (y + h) / height, w / width, h / height]

    last = [p.matrices[p.last()] for p in panels]
    limit = max(max(float(numpy.nanmax(numpy.abs(m))) for m in last), 1e-12)
    finite = [p.k[numpy.isfinite(p.k)] for p in panels]
    ceiling = 1.05 * max(float(f.max()) for f in finite)
    floor = min(0.0, 1.05 * min(float(f.min()) for f in finite))
    ceiling = ceiling if ceiling > floor else floor + 1
    for column, panel in enumerate(panels):
        left = LEFT + column * COLUMN
        centre = (left + IMAGE / 2) / width
        box = place(left - 0.43, head - 0.27, COLUMN, TOP + 0.15)
        draw_trajectories(figure.add_axes(box, projection="3d"), panel, ceiling, floor)
        figure.text(centre, 1 - above / height, titles[column], ha="center", va="top",
                    fontsize=TITLE_SIZE)
        note = panel.note + (" (last finite record)" if panel.note.startswith("div") else "")
        figure.text(centre, 1 - (head - 0.12) / height, note, ha="center", va="center",
                    fontsize=7.5, color="#555555")
        for row in range(min(rows, panel.k.shape[1])):
            axes = figure.add_axes(place(left, head + TOP + row * ROW, IMAGE, IMAGE))
            label = style.pathway_name(row) if column == 0 else ""
            image = draw_matrix(axes, last[column][row], panel.modes, limit, label,
                                style.pathway_colour(row))
    tall = min((rows - 1) * ROW + IMAGE, 2 * ROW)
    bar = figure.colorbar(image, cax=figure.add_axes(
        place(LEFT + (columns - 1) * COLUMN + IMAGE + 0.3, head + TOP, 0.12, tall)))
    bar.set_label("final $K$ (row: output mode, column: input mode)" if rows > 1 else "final $K$")
    bar.outline.set_linewidth(0.5)
    middle = (LEFT + ((columns - 1) * COLUMN + IMAGE) / 2) / width
    handles = [style.pyplot.Line2D([], [], color=style.pathway_colour(p), linewidth=2,
                                   label=f"pathway {p}")
               for p in range(min(pathways, len(style.PATHWAY_COLOURS)))]
    figure.legend(handles=handles, loc="lower center", ncol=min(len(handles), max(3, 2 * columns)),
                  bbox_to_anchor=(middle, 0.0), frameon=False)
    figure.text(middle, 1 - 0.06 / height, title, ha="center", va="top", fontsize=12)
    return figure


def column_title(panel):
    return wrap(panel.title_parts(), style.characters(COLUMN, TITLE_SIZE))
