"""What the seeds of a cell do over time: losses, the mean of K with bands, dominance."""
import numpy

from polypath_lib.measures import diagonal, dominance, target_diagonal

from . import style
from .families import MODES, note_in, tidy
from .swept import wrap

BAND = (0.05, 0.95)  # quantiles over the seeds
ROWS = 4             # pathways drawn
LINES = 50           # losses drawn one by one
DIVERGED = "#D55E00"
WIDTH, HEIGHT = 2.6, 2.0


def finished_of(dataset):
    return numpy.flatnonzero(dataset["status"].values == 0)


def grows_apart(epochs):
    """Whether records lie on a logarithmic scale (record.every = "log")."""
    steps = numpy.diff(epochs.astype(float))
    return len(steps) > 4 and steps[-1] > 4 * steps[0]


def epoch_axis(axes, epochs):
    if grows_apart(epochs):
        axes.set_xscale("log")
        axes.set_xlim(max(epochs[0], epochs[1] if epochs[0] == 0 else epochs[0]), epochs[-1])
    else:
        axes.set_xlim(epochs[0], max(epochs[-1], epochs[0] + 1))
        style.format_epochs(axes.xaxis)


def band_text(count):
    """"8 seeds: mean, band 5 to 95 %", "1 seed"."""
    if count == 1:
        return style.seeds_text(count)
    low, high = (round(100 * level) for level in BAND)
    return f"{style.seeds_text(count)}: mean, {low} to {high} %"


def draw_bands(axes, epochs, values, modes):
    """A curve a mode of `values` (member, epoch, mode): mean and band over the members that have a
    value, where at least half of them have one."""
    for place, colour in enumerate(style.mode_colours(len(modes))):
        own = values[..., place]
        count = numpy.isfinite(own).sum(axis=0)
        known = count >= max(1, -(-len(own) // 2))
        if not known.any():
            continue
        mean = numpy.nanmean(own[:, known], axis=0)
        axes.plot(epochs[known], mean, color=colour, linewidth=1.3,
                  marker="o" if known.sum() == 1 else None, markersize=3)
        if len(own) > 1:
            low, high = numpy.nanquantile(own[:, known], BAND, axis=0)
            axes.fill_between(epochs[known], low, high, color=colour, linewidth=0,
                              alpha=0.18 if len(modes) <= style.FEW_MODES else 0.1)


def panels_of(rows, columns, **shared):
    figure, axes = style.pyplot.subplots(
        rows, columns, squeeze=False, layout="constrained", **shared,
        figsize=(WIDTH * columns + 1.1, HEIGHT * rows + 0.8))
    return figure, axes


def heading(run, index, count_text):
    return "\n".join([wrap(run.title_parts(index), style.characters(WIDTH, 9)), count_text])


def with_finished(run, cells, say, name):
    """Indices of the cells with a finished member and a record; a word on the others."""
    kept = [index for index, _, _ in cells
            if len(finished_of(run.dataset(index))) and run.dataset(index).sizes["epoch"]]
    left = [str(index) for index, _, _ in cells if index not in kept]
    if left and kept:
        say(f"{name}: no finished seed in cell {', '.join(left)}")
    return kept


def tell_modes(run, kept, say, name):
    """A word on modes that are too many to draw."""
    most = max(run.dataset(index).sizes["mode"] for index in kept)
    if most > MODES:
        say(f"{name}: the first {MODES} of {most} modes are drawn; choose others with --modes")


def losses(run, cells, say):
    """A panel a cell: the loss of every member, diverged ones in another colour, and the median."""
    kept = [index for index, _, _ in cells
            if (run.dataset(index)["loss"].values > 0).any()]
    if not kept:
        return None
    figure, axes = panels_of(1, len(kept), sharey=True)
    for panel, index in zip(axes[0], kept):
        dataset = run.dataset(index)
        loss = dataset["loss"].transpose("member", "epoch").values
        loss = numpy.where(loss > 0, loss, numpy.nan)  # what is zero has no logarithm
        epochs, diverged = dataset["epoch"].values, dataset["status"].values == 1
        plain = "black" if len(loss) == 1 else "#8a8a8a"
        for member in range(min(len(loss), LINES)):
            panel.plot(epochs, loss[member], linewidth=0.7, alpha=0.7,
                       color=DIVERGED if diverged[member] else plain)
        rest = loss[~diverged]
        if len(rest) > 1:
            known = numpy.isfinite(rest).any(axis=0)
            panel.plot(epochs[known], numpy.nanmedian(rest[:, known], axis=0), color="black",
                       linewidth=1.4)
        panel.set_yscale("log")
        epoch_axis(panel, epochs)
        count = style.seeds_text(len(loss))
        panel.set_title(heading(run, index, count + ("; black: median" if len(rest) > 1 else "")),
                        fontsize=9)
        if diverged.any():
            note_in(panel, f"{diverged.sum()} diverged (red)")
        panel.set_xlabel("epoch")
        tidy(panel)
    axes[0, 0].set_ylabel("training loss")
    style.log_ticks(axes[0, 0].yaxis)
    return figure


def mean_k(run, cells, say):
    """Rows: pathways; columns: cells; a curve a mode with its band over the finished members."""
    kept = with_finished(run, cells, say, "mean")
    if not kept:
        return None
    tell_modes(run, kept, say, "mean")
    pathways = max(run.dataset(index).sizes["pathway"] for index in kept)
    if pathways > ROWS:
        say(f"mean: {pathways} pathways, the first {ROWS} are drawn")
    rows = min(pathways, ROWS)
    figure, axes = panels_of(rows, len(kept), sharey=True, sharex="col")
    most = numpy.array([])
    for column, index in enumerate(kept):
        dataset = run.dataset(index)
        members, epochs = finished_of(dataset), dataset["epoch"].values
        modes = dataset["mode"].values[:MODES]
        most = modes if len(modes) > len(most) else most
        k = diagonal(dataset)[members]
        for row in range(rows):
            panel = axes[row, column]
            if row >= k.shape[2]:
                panel.set_visible(False)
                continue
            draw_bands(panel, epochs, k[:, :, row, :len(modes)], modes)
            epoch_axis(panel, epochs)
            tidy(panel)
            if column == 0:
                panel.set_ylabel(style.pathway_name(row), rotation=0, labelpad=12, fontsize=12,
                                 va="center", color=style.pathway_colour(row))
        axes[0, column].set_title(heading(run, index, band_text(len(members))), fontsize=9)
        axes[min(rows, k.shape[2]) - 1, column].set_xlabel("epoch")
    style.mode_key(axes[0, -1], most)
    return figure


def dominance_over_time(run, cells, say):
    """A panel a cell: a curve a mode from where half of the finished members have learned enough of
    it to have a share."""
    drawn = []
    for index in with_finished(run, cells, say, "course"):
        dataset = run.dataset(index)
        values = dominance(diagonal(dataset)[finished_of(dataset)], target_diagonal(dataset))
        modes = dataset["mode"].values[:MODES]
        if numpy.isfinite(values[..., :len(modes)]).any():
            drawn.append((index, dataset["epoch"].values, values[..., :len(modes)], modes))
        elif dataset.sizes["pathway"] > 1:
            say(f"course: no mode learned in cell {index}")
    if not drawn:
        return None
    tell_modes(run, [index for index, *_ in drawn], say, "course")
    figure, axes = panels_of(1, len(drawn), sharey=True)
    for panel, (index, epochs, values, modes) in zip(axes[0], drawn):
        draw_bands(panel, epochs, values, modes)
        epoch_axis(panel, epochs)
        panel.set_title(heading(run, index, band_text(len(values))), fontsize=9)
        panel.set_xlabel("epoch")
        tidy(panel)
    axes[0, 0].set_ylim(0, 1.02)
    axes[0, 0].set_ylabel("dominance")
    style.mode_key(axes[0, -1], max((modes for *_, modes in drawn), key=len))
    return figure
