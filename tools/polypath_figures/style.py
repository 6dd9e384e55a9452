"""Colours, fonts and saving: colour-blind-safe, text kept as text in the PDF, no display needed."""
import matplotlib
import numpy

matplotlib.use("Agg")
import matplotlib.pyplot as pyplot  # noqa: E402  (after the choice of the backend)
from matplotlib.ticker import (FuncFormatter, LogLocator, MaxNLocator,  # noqa: E402
                               NullFormatter)

# Okabe and Ito's palette, told apart with every common kind of colour blindness.
PATHWAY_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000")
MODE_COLOURS = "viridis"
FEW_MODES = 4  # colours that a legend tells apart
MATRIX_COLOURS = "RdBu_r"  # symmetric about zero: red positive, white zero, blue negative
BLANK = "#dddddd"          # what was not recorded

SETTINGS = {
    "font.family": "sans-serif", "font.size": 9, "axes.titlesize": 10, "axes.labelsize": 9,
    "xtick.labelsize": 8, "ytick.labelsize": 8, "legend.fontsize": 9, "axes.linewidth": 0.7,
    "pdf.fonttype": 42, "ps.fonttype": 42, "svg.fonttype": "none", "mathtext.fontset": "dejavusans",
    "figure.dpi": 100, "savefig.dpi": 200, "lines.solid_capstyle": "round",
}


def pathway_colour(index):
    return PATHWAY_COLOURS[index % len(PATHWAY_COLOURS)]


def pathway_name(index):
    """$K_0$, $K_1$, ...: pathways are counted from 0, as in the files and by the program."""
    return rf"$K_{{{index}}}$"


def seeds_text(count):
    return f"{count} seed{'' if count == 1 else 's'}"


def epoch_label(value, _=None):
    """1500 -> 1.5k: short enough for the axes of a small 3-D panel."""
    return f"{value / 1000:g}k" if abs(value) >= 1000 else f"{value:g}"


def format_epochs(axis, ticks=4):
    axis.set_major_locator(MaxNLocator(ticks, integer=True))
    axis.set_major_formatter(FuncFormatter(epoch_label))


def mode_ticks(modes, most=8):
    """(places from 0, numbers) of the modes that fit along a small axis."""
    places = range(0, len(modes), max(1, -(-len(modes) // most)))
    return list(places), [int(modes[place]) for place in places]


def mode_colours(count):
    return pyplot.get_cmap(MODE_COLOURS)(numpy.linspace(0, 0.88, count))


def mode_key(axes, modes, **look):
    """Right of a panel, which colour is which mode: a legend, or a bar where lines look alike.

    `look`: of the legend's lines."""
    colours = mode_colours(len(modes))
    if len(modes) <= FEW_MODES:
        legend_beside(axes, [pyplot.Line2D([], [], color=colour, label=f"mode {mode}", **look)
                             for mode, colour in zip(modes, colours)])
        return
    places, numbers = mode_ticks(modes)
    norm = matplotlib.colors.BoundaryNorm(numpy.arange(len(modes) + 1) - 0.5, len(modes))
    scale = matplotlib.cm.ScalarMappable(norm, matplotlib.colors.ListedColormap(colours))
    bar = axes.figure.colorbar(scale, cax=axes.inset_axes([1.05, 0, 0.05, 1]), ticks=places)
    bar.ax.set_yticklabels(numbers)
    bar.ax.tick_params(length=2, labelsize=7)
    bar.ax.invert_yaxis()  # mode 1, the strongest, on top
    bar.set_label("mode", fontsize=8)
    bar.outline.set_linewidth(0.5)


def log_label(value, _=None):
    power = matplotlib.ticker.LogFormatterSciNotation()
    return f"{value:g}" if 1e-3 < value < 1e4 else power(value)


def log_ticks(axis):
    """Labelled ticks on a logarithmic axis, however few decades it spans; once all is drawn."""
    low, high = axis.get_view_interval()
    decades = numpy.log10(high / low)
    if decades >= 2.5:
        axis.set_major_locator(LogLocator(numticks=7))
    elif decades >= 0.4:
        axis.set_major_locator(LogLocator(subs=(1, 3) if decades >= 1.2 else (1, 2, 3, 5, 7)))
    else:
        axis.set_major_locator(MaxNLocator(4))
    axis.set_major_formatter(FuncFormatter(log_label))
    axis.set_minor_formatter(NullFormatter())


def characters(width, size):
    """About how many characters of `size` points go into a line of `width` inches."""
    return int(width / (0.0083 * size))


def legend_beside(axes, handles):
    """The legend to the right of a panel, where a constrained layout makes room for it."""
    axes.legend(handles=handles, loc="upper left", bbox_to_anchor=(1.02, 1.02), frameon=False,
                fontsize=8, handletextpad=0.4, labelspacing=0.3)


def save(figure, paths):
    """Write the figure, cut to what was drawn, to each path; returns the paths."""
    for path in paths:
        figure.savefig(path, bbox_inches="tight", pad_inches=0.08)
    pyplot.close(figure)
    return paths
