"""P(one pathway wins both modes) for every pair of modes, with intervals: a map a cell."""
import numpy

from . import style
from .swept import identifying, parts_of, wrap

PANELS = 12   # maps that stay legible
COLUMNS = 4
MODES = 8     # numbers that fit into a map


def pairs_of(cell):
    """{(a, b): pair} of the modes that some members have learned both."""
    return {tuple(pair["modes"]): pair for pair in cell.get("winner_correlations", [])
            if pair["members"] and max(pair["modes"]) <= MODES}


def number(value):
    """".15": three characters of a probability, and 1 and 0 as they are."""
    return f"{value:.2f}".lstrip("0") if 0 < value < 1 else f"{value:g}"


def map_of(pairs, modes):
    """(mode, mode): P(same) above the diagonal, NaN elsewhere."""
    matrix = numpy.full((modes, modes), numpy.nan)
    for (a, b), pair in pairs.items():
        matrix[a - 1, b - 1] = pair["same_probability"]
    return matrix


def pair_text(pair):
    low, high = pair["same_interval"]
    return f"{number(pair['same_probability'])}\n[{number(low)}, {number(high)}]"


def panel(axes, cell, keys):
    """One cell; colours about P(same) of independent winners of equal pathways."""
    pairs = pairs_of(cell)
    modes = max(b for _, b in pairs)
    chance = 1 / cell["pathways"]
    scale = style.matplotlib.colors.TwoSlopeNorm(chance, 0, 1)
    image = axes.imshow(numpy.ma.masked_invalid(map_of(pairs, modes)[:-1, 1:]), norm=scale,
                        cmap=style.MATRIX_COLOURS, interpolation="nearest", aspect="auto")
    size = 7.5 if modes <= 4 else 4.6
    for (a, b), pair in pairs.items():
        far = abs(float(scale(pair["same_probability"])) - 0.5) > 0.3
        axes.text(b - 2, a - 1, pair_text(pair), ha="center", va="center", fontsize=size,
                  color="white" if far else "black")
    axes.set_xticks(range(modes - 1), range(2, modes + 1))
    axes.set_yticks(range(modes - 1), range(1, modes))
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    members = sorted({pair["members"] for pair in pairs.values()})
    count = f"{members[0]}" if len(members) == 1 else f"{members[0]} to {members[-1]}"
    parts = parts_of({key: cell["swept"][key] for key in keys if key in cell["swept"]})
    axes.set_title(wrap([*parts, f"{count} seed{'' if count == '1' else 's'}"], 34), fontsize=8)
    return image


def tell_limits(cells, chosen, say):
    if len(cells) > len(chosen):
        say(f"same winner: {len(cells)} cells, the first {len(chosen)} are drawn; choose others "
            "with --cells")
    if any(len(cell["target"]) > MODES for cell in chosen):
        say(f"same winner: the first {MODES} modes are drawn")


def same_winner(analysis, say):
    """The figure, or None where no cell has two modes with winners."""
    cells = [cell for cell in analysis["cells"] if pairs_of(cell)]
    if not cells:
        return None
    chosen = cells[:PANELS]
    tell_limits(cells, chosen, say)
    keys = identifying([cell["swept"] for cell in chosen])
    columns = min(len(chosen), COLUMNS if len(chosen) != 6 else 3)
    rows = -(-len(chosen) // columns)
    figure, axes = style.pyplot.subplots(rows, columns, squeeze=False, layout="constrained",
                                         figsize=(2.6 * columns + 0.8, 2.3 * rows + 0.5))
    for unused in axes.flat[len(chosen):]:
        unused.set_visible(False)
    images = [panel(place, cell, keys) for place, cell in zip(axes.flat, chosen)]
    alike = len({cell["pathways"] for cell in chosen}) == 1
    if alike:  # else white is another probability in each
        bar = figure.colorbar(images[0], ax=axes, shrink=0.7, pad=0.02)
        bar.set_label("P(one pathway wins both)", fontsize=8)
        bar.outline.set_linewidth(0.5)
    figure.supxlabel("mode", fontsize=9)
    figure.supylabel("mode", fontsize=9)
    figure.set_label("How often one pathway wins both of two modes, with 95 % intervals (Wilson). "
                     "White: as often as among independent winners. Of seeds that learned both "
                     "modes; modes of equal strength in the basis chosen for them.")
    return figure
