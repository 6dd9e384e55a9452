"""Colours, fonts and saving: colour-blind-safe, text kept as text in the PDF, no display needed."""
import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as pyplot  # noqa: E402  (after the choice of the backend)
from matplotlib.ticker import FuncFormatter, MaxNLocator  # noqa: E402

# Okabe and Ito's palette, told apart with every common kind of colour blindness.
PATHWAY_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000")
MODE_COLOURS = "viridis"
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
    """$K_a$, $K_b$, ... as in the paper; numbers beyond the alphabet."""
    letter = chr(ord("a") + index) if index < 26 else str(index)
    return rf"$K_{{{letter}}}$"


def epoch_label(value, _=None):
    """1500 -> 1.5k: short enough for the axes of a small 3-D panel."""
    return f"{value / 1000:g}k" if abs(value) >= 1000 else f"{value:g}"


def format_epochs(axis, ticks=4):
    axis.set_major_locator(MaxNLocator(ticks, integer=True))
    axis.set_major_formatter(FuncFormatter(epoch_label))


def mode_ticks(count):
    """Mode numbers that fit along a small axis."""
    step = max(1, -(-count // 8))
    return list(range(1, count + 1, step))


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
