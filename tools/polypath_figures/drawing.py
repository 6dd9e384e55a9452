"""Chooses cells and members of a run for each figure, and draws it by its name."""
from . import (courses, dominance, early, heat_maps, same_winner, selection, shares, split, theory,
               trajectories, winners)
from .catalogue import ACTIVATIONS, COURSES, ENSEMBLE, HEAT_MAPS, NEEDS
from .families import learning_remark, nothing_learned

# Figures of the ensemble that are missed in every run: a reader is told why there is none.
TOLD = ("shares",)
UNITS = {"linear": "Linear", "relu": "ReLU", "tanh": "Tanh"}


def choose(cells, columns, say):
    """At most `columns` cells, one a depth first; says which were left out."""
    if len(cells) <= columns:
        return cells
    seen = {depths: (index, depths, kind) for index, depths, kind in reversed(cells)}
    chosen = sorted(seen.values())[:columns] if len(seen) > 1 else cells[:columns]
    say(f"{len(cells)} cells: drawing {', '.join(str(c[0]) for c in chosen)}; "
        "choose others with --cells")
    return chosen


def by_depth(run, cells, name, seed, say):
    """Figures 5, 7 and 8: one column a cell, in order of depth."""
    kind = ACTIVATIONS[name]
    fitting = sorted((c for c in cells if c[2] == kind), key=lambda c: (max(c[1]), c[0]))
    if not fitting:
        there = ", ".join(sorted({c[2] for c in cells}))
        say(f"figure {name} needs network.activation = \"{kind}\"; this run has {there}")
        return None
    panels = [run.panel(index, seed) for index, _, _ in choose(fitting, trajectories.COLUMNS, say)]
    panels = [p for p in panels if p is not None]
    if not panels:
        return None
    titles = [trajectories.column_title(p) for p in panels]
    return trajectories.draw(panels, [f"{UNITS[kind]} pathways", f"seed {panels[0].seed}"], titles,
                             say)


def two_seeds(run, cells, seeds, say, need):
    """Figure 6: two members of the cell with depth 7, or of the deepest one; of two winners."""
    linear = [c for c in cells if c[2] == "linear"] or cells
    index = max(linear, key=lambda c: (max(c[1]) == 7, max(c[1]), -c[0]))[0]
    there = run.seeds(index)
    if len(there) < 2:
        need(f"figure 6 needs two seeds (sweep.seeds = 2); cell {index} has {len(there)}")
        return None
    wanted = seeds if seeds and len(seeds) > 1 else winners.pair_of(run.dataset(index))
    panels = [p for p in (run.panel(index, s) for s in wanted[:trajectories.COLUMNS]) if p]
    if len(panels) < 2:
        return None
    title, caption = winners.words(run.dataset(index), [p.seed for p in panels])
    figure = trajectories.draw(panels, [title, *panels[0].title_parts()],
                               [f"seed {p.seed}" for p in panels], say)
    figure.set_label(caption)
    return figure


def first_epochs(run, cells, seed, say, need):
    """Figure 4: the cell with depth 2, or the shallowest one."""
    index = min(cells, key=lambda c: (max(c[1]) != 2, max(c[1]), c[0]))[0]
    panel = run.panel(index, seed)
    if panel is None:
        return None
    if len(early.early_records(panel)) < 2:
        epochs = ", ".join(str(int(e)) for e in panel.epoch[:3])
        need(f"figure 4 needs records within the first {early.EPOCHS} epochs "
             f"(record.every = 1); cell {index} has epochs {epochs}, ...")
        return None
    return early.draw(panel, say)


def deepest_heat_maps(run, cells, seed, say):
    """One member of the deepest cell."""
    panel = run.panel(max(cells, key=lambda c: (max(c[1]), -c[0]))[0], seed)
    return heat_maps.draw(panel, say) if panel else None


def over_time(run, cells, name, say, need):
    """loss, mean or course: one column a cell, in order of depth."""
    chosen = choose(sorted(cells, key=lambda c: (max(c[1]), c[0])), trajectories.COLUMNS, say)
    draw_it = {"loss": courses.losses, "mean": courses.mean_k,
               "course": courses.dominance_over_time}[name]
    figure = draw_it(run, chosen, say)
    if figure is None:
        need(f"{name}: {NEEDS[name]}")
    return figure


def from_analysis(run, source, name, say, need, only):
    """depth, width, shares or winners; None, with a word said, where the run does not hold them."""
    analysis = selection.part_of_analysis(source.analysis(), only, run.modes)
    if nothing_learned(analysis):
        say("no mode has been learned in any finished member: no dominance or share to draw")
        return None
    if name == "shares":
        figure = shares.share_histograms(analysis, say, run.final_shares)
    elif name == "winners":
        figure = same_winner.same_winner(analysis, say)
    else:
        figure = (dominance.against_depth if name == "depth" else dominance.against_width)(
            analysis, say)
    if figure is None:
        (say if name in TOLD else need)(f"{name}: {NEEDS[name]}")
    elif learning_remark(analysis["cells"]):
        say(learning_remark(analysis["cells"]))
    return figure


def from_theory(source, name, say, only=None, modes=None):
    """3 or split; None, with a word said, where the theory has nothing for them."""
    with theory.open_theory(source.theory()) as file:
        if not selection.theory_cells(file, only) and only is not None:
            say(f"{name}: the theory has none of the cells given with --cells")
            return None
        for text, numbers in selection.theory_notes(file, only):
            say(f"theory of cell{'s' if len(numbers) > 1 else ''} "
                f"{', '.join(map(str, numbers))}: {text}")
        if name == "split":
            return split.predicted_split(file, say, only, source.theory_name(), modes)
        figure = theory.phase_portraits(file, say, only)
    if figure is None:
        say(f"{name}: {NEEDS[name]}")
    return figure


def draw(run, cells, name, source, say, seeds=None, only=None, brief=False):
    """The figure called `name`, or None, with a word said, when the run does not hold it.

    `cells`: those of Run.describe() to draw from. `seeds`: members to draw (None: chosen).
    `only`: numbers of the cells that ensemble and theory are drawn of (None: all).
    `brief`: no word on what a run need not hold (two seeds, early records, depths to compare).
    The label of a figure is its caption, where its name alone does not tell it.
    """
    def need(message):
        if not brief:
            say(message)

    seed = seeds[0] if seeds else None
    if name == "4":
        return first_epochs(run, cells, seed, say, need)
    if name == "6":
        return two_seeds(run, cells, seeds, say, need)
    if name in ACTIVATIONS:
        return by_depth(run, cells, name, seed, say)
    if name in HEAT_MAPS:
        figure = deepest_heat_maps(run, cells, seed, say)
        if figure is None:
            need(f"{name}: {NEEDS[name]}")
        return figure
    if name in COURSES:
        return over_time(run, cells, name, say, need)
    if name in ENSEMBLE:
        return from_analysis(run, source, name, say, need, only)
    return from_theory(source, name, say, only, run.modes)
