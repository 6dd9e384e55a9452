"""K_a as images over time: rows pathways and their sum, columns epochs."""
import numpy

from . import style
from .swept import wrap

IMAGES = 7
ROWS = 4
LEFT, HEAD, IMAGE, PITCH = 0.85, 0.75, 1.3, 1.42


def chosen_records(panel):
    """Finite records as far apart in K as can be: the first, the last, and between."""
    known = numpy.flatnonzero(numpy.isfinite(panel.k).all(axis=(1, 2)))
    if len(known) <= IMAGES:
        return known
    moved = numpy.abs(numpy.diff(panel.matrices[known], axis=0))
    moved = numpy.nan_to_num(moved).sum(axis=(1, 2, 3))
    along = numpy.concatenate([[0.0], numpy.cumsum(moved)])
    wanted = numpy.linspace(0, along[-1], IMAGES)
    places = numpy.searchsorted(along, wanted).clip(0, len(known) - 1)
    places[-1] = len(known) - 1
    return known[numpy.unique(places)]


def rows_of(panel, records):
    """[(label, colour, matrices (image, mode, mode_in))] for the pathways and their sum."""
    matrices = panel.matrices[records]
    rows = [(style.pathway_name(a), style.pathway_colour(a), matrices[:, a])
            for a in range(min(matrices.shape[1], ROWS))]
    return [*rows, ("sum", "#444444", matrices.sum(axis=1))]


def draw(panel, say):
    """The figure for one member, or None when nothing is finite."""
    records = chosen_records(panel)
    if len(records) == 0:
        return None
    if panel.k.shape[1] > ROWS:
        say(f"heat maps: {panel.k.shape[1]} pathways, the first {ROWS} are drawn")
    rows = rows_of(panel, records)
    width = LEFT + len(records) * PITCH + 0.75
    heading = wrap(["$K$ over time", *panel.title_parts(), f"seed {panel.seed}", panel.note],
                   style.characters(width, 11))
    head = HEAD + 0.2 * heading.count("\n")
    height = head + len(rows) * PITCH + 0.15
    figure = style.pyplot.figure(figsize=(width, height))
    limit = max(float(numpy.nanmax(numpy.abs(m))) for _, _, m in rows)
    limit = max(limit, 1e-12)
    for row, (label, colour, matrices) in enumerate(rows):
        for column, record in enumerate(records):
            left, top = LEFT + column * PITCH, head + row * PITCH
            axes = figure.add_axes([left / width, 1 - (top + IMAGE) / height, IMAGE / width,
                                    IMAGE / height])
            axes.set_facecolor(style.BLANK)
            image = axes.imshow(numpy.ma.masked_invalid(matrices[column]), vmin=-limit,
                                vmax=limit, cmap=style.MATRIX_COLOURS, interpolation="nearest")
            ticks = style.mode_ticks(panel.modes)
            axes.set_xticks(*(ticks if row == len(rows) - 1 else ([], [])))
            axes.set_yticks(*(ticks if column == 0 else ([], [])))
            axes.tick_params(length=2, pad=2, labelsize=6.5)
            if row == 0:
                axes.set_title(f"epoch {int(panel.epoch[record])}", fontsize=9)
            if column == 0:
                axes.set_ylabel(label, rotation=0, labelpad=16, fontsize=11, va="center",
                                color=colour)
    tall = (len(rows) * PITCH - (PITCH - IMAGE)) / height
    bar = figure.colorbar(image, cax=figure.add_axes(
        [(LEFT + len(records) * PITCH + 0.1) / width, 1 - head / height - tall, 0.12 / width,
         tall]))
    bar.outline.set_linewidth(0.5)
    figure.text(0.5, 1 - 0.04 / height, heading, ha="center", va="top", fontsize=11)
    return figure
