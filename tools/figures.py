#!/usr/bin/env python3
"""Draws the paper's figures, and the ensemble's, from an output directory, as PNG and PDF.

    python3 tools/figures.py RUN_DIR -o FIGDIR [--figure NAME] [--seed N] [--cells 0,2]
    python3 tools/figures.py THEORY.h5 -o FIGDIR

3: phase portraits. 4: K_a in the first ten epochs (depth 2, or the shallowest cell). 5, 7, 8:
trajectories of K and the final K_a for every depth, with linear, ReLU and tanh units. 6: two seeds
at depth 7 (or the deepest cell). heatmaps: K_a over time, of the deepest cell. depth, width:
dominance over the ensemble, with intervals. shares: their histograms by depth. split: final split,
simulated against predicted. `auto` draws 4 to 8, `all` everything that the run holds. Unfinished
runs are drawn as far as they are.

depth, width and shares take their numbers from `polypath analyse`, 3 and split theirs from
`polypath theory` (or from the file given with --theory), so they need the program: POLYPATH_BINARY,
a build in build/, or PATH.
"""
import argparse
import contextlib
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from polypath_lib.messages import (BAD_DATA, CANNOT_CREATE, USAGE, ToolError, need,  # noqa: E402
                                   run_command)

TITLES = {4: "figure4_first_epochs", 5: "figure5_linear", 6: "figure6_seeds", 7: "figure7_relu",
          8: "figure8_tanh"}
ACTIVATIONS = {5: "linear", 7: "relu", 8: "tanh"}
ENSEMBLE = {"depth": "dominance_depth", "width": "dominance_width", "shares": "share_histograms"}
THEORY = {"3": "figure3_phase_portraits", "split": "predicted_split"}
HEAT_MAPS = {"heatmaps": "heat_maps"}
FILES = {**{str(n): name for n, name in TITLES.items()}, **HEAT_MAPS, **ENSEMBLE, **THEORY}
NAMES = {"linear": "Linear", "relu": "ReLU", "tanh": "Tanh"}


class Parser(argparse.ArgumentParser):
    def error(self, message):
        raise ToolError(f"{message}; see `{self.prog} --help`", USAGE)


def cell_list(text):
    return [int(part) for part in text.split(",")]


def parse(arguments):
    parser = Parser(prog="figures.py", description="Figures from an output directory.")
    parser.add_argument("directory", metavar="RUN_DIR")
    parser.add_argument("-o", "--output", required=True, metavar="FIGDIR", type=Path)
    parser.add_argument("--figure", default="auto", choices=[*sorted(FILES), "auto", "all"])
    parser.add_argument("--seed", type=int, action="append",
                        help="the member to draw (default: the first); twice for figure 6")
    parser.add_argument("--cells", type=cell_list, help="draw these cells only: 0,2,5")
    parser.add_argument("--theory", metavar="FILE", type=Path,
                        help="file of `polypath theory` (default: make one)")
    parser.add_argument("--quiet", action="store_true", help="do not list the files written")
    return parser.parse_args(arguments)


def say(message, said=set()):
    """Print a remark once, however many figures it concerns."""
    if message not in said:
        print(f"figures.py: {message}", file=sys.stderr)
    said.add(message)


@contextlib.contextmanager
def remarks_to(listener):
    """Within it, remarks go to listener(message) in place of standard error."""
    global say
    before, say = say, listener
    try:
        yield
    finally:
        say = before


def choose(cells, columns):
    """At most `columns` cells, one a depth first; says which were left out."""
    if len(cells) <= columns:
        return cells
    seen = {depths: (index, depths, kind) for index, depths, kind in reversed(cells)}
    chosen = sorted(seen.values())[:columns] if len(seen) > 1 else cells[:columns]
    say(f"{len(cells)} cells: drawing {', '.join(str(c[0]) for c in chosen)}; "
        "choose others with --cells")
    return chosen


def by_depth(run, cells, number, seed):
    """Figures 5, 7 and 8: one column a cell, in order of depth."""
    from polypath_figures import trajectories
    kind = ACTIVATIONS[number]
    fitting = sorted((c for c in cells if c[2] == kind), key=lambda c: (max(c[1]), c[0]))
    if not fitting:
        there = ", ".join(sorted({c[2] for c in cells}))
        say(f"figure {number} needs network.activation = \"{kind}\"; this run has {there}")
        return None
    panels = [run.panel(index, seed) for index, _, _ in choose(fitting, trajectories.COLUMNS)]
    panels = [p for p in panels if p is not None]
    if not panels:
        return None
    titles = [trajectories.column_title(p) for p in panels]
    return trajectories.draw(panels, f"{NAMES[kind]} pathways, seed {panels[0].seed}", titles, say)


def two_seeds(run, cells, seeds, quiet):
    """Figure 6: two members of the cell with depth 7, or of the deepest one."""
    from polypath_figures import trajectories
    linear = [c for c in cells if c[2] == "linear"] or cells
    index = max(linear, key=lambda c: (max(c[1]) == 7, max(c[1]), -c[0]))[0]
    there = run.seeds(index)
    wanted = seeds if seeds and len(seeds) > 1 else there[:2]
    if len(wanted) < 2:
        if not quiet:
            say(f"figure 6 needs two seeds (sweep.seeds = 2); cell {index} has {len(there)}")
        return None
    panels = [p for p in (run.panel(index, s) for s in wanted[:trajectories.COLUMNS]) if p]
    if len(panels) < 2:
        return None
    title = f"Different initial weights, {trajectories.column_title(panels[0])}"
    return trajectories.draw(panels, title, [f"seed {p.seed}" for p in panels], say)


def first_epochs(run, cells, seed, quiet):
    """Figure 4: the cell with depth 2, or the shallowest one."""
    from polypath_figures import early
    index = min(cells, key=lambda c: (max(c[1]) != 2, max(c[1]), c[0]))[0]
    panel = run.panel(index, seed)
    if panel is None:
        return None
    if len(early.early_records(panel)) < 2:
        epochs = ", ".join(str(int(e)) for e in panel.epoch[:3])
        if not quiet:
            say(f"figure 4 needs records within the first {early.EPOCHS} epochs "
                f"(record.every = 1); cell {index} has epochs {epochs}, ...")
        return None
    return early.draw(panel, say)


def heat_maps(run, cells, seed):
    """One member of the deepest cell."""
    from polypath_figures import heat_maps as module
    panel = run.panel(max(cells, key=lambda c: (max(c[1]), -c[0]))[0], seed)
    return module.draw(panel, say) if panel else None


def ensemble(source, name):
    """depth, width or shares; `source` gives what `polypath analyse` says."""
    from polypath_figures import ensembles
    drawers = {"depth": ensembles.dominance_against_depth,
               "width": ensembles.dominance_against_width, "shares": ensembles.share_histograms}
    return drawers[name](source.analysis())


def theory(source, name):
    from polypath_figures import theory as module
    with module.open_theory(source.theory()) as file:
        drawer = module.phase_portraits if name == "3" else module.predicted_split
        return drawer(file, say)


class Source:
    """What the program polypath says of a directory, asked once and only when it is needed."""

    def __init__(self, directory, folder, theory_file=None):
        self.directory, self.folder, self.theory_file = directory, Path(folder), theory_file
        self.said, self.failure = None, {}

    def once(self, what, call):
        """call(), or the error that it ended in the first time."""
        if what in self.failure:
            raise self.failure[what]
        try:
            return call()
        except ToolError as error:
            self.failure[what] = error
            raise

    def analysis(self):
        from polypath_lib import statistics
        if self.said is None:
            self.said = self.once("analyse", lambda: statistics.analysis(self.directory))
        return self.said

    def theory(self):
        from polypath_lib import statistics
        if self.theory_file is None:
            path = self.folder / "theory.h5"
            self.theory_file = self.once(
                "theory", lambda: statistics.theory_file(self.directory, path))
        return self.theory_file


MISSING = {"depth": "needs cells that differ in network.depth alone, with two or more pathways",
           "width": "needs cells that differ in network.width (and init.sigma) alone",
           "shares": "needs two or more finished seeds of two or more pathways",
           "split": "needs finished members with two linear pathways",
           "3": "needs linear pathways", "heatmaps": "needs a finite record"}


def draw(run, cells, name, options, source, quiet):
    """The figure called `name`, or None when the run does not hold it."""
    seed = options.seed[0] if options.seed else None
    if name == "4":
        return first_epochs(run, cells, seed, quiet)
    if name == "6":
        return two_seeds(run, cells, options.seed, quiet)
    if name in [str(n) for n in ACTIVATIONS]:
        return by_depth(run, cells, int(name), seed)
    if name in HEAT_MAPS:
        figure = heat_maps(run, cells, seed)
    else:
        figure = (ensemble if name in ENSEMBLE else theory)(source, name)
    if figure is None and not quiet:
        say(f"{name}: {MISSING[name]}")
    return figure


def wanted(choice, cells):
    """Names of the figures to try."""
    if choice not in ("auto", "all"):
        return [choice]
    kinds = {c[2] for c in cells}
    numbers = [str(n) for n in TITLES if n not in ACTIVATIONS or ACTIVATIONS[n] in kinds]
    return numbers if choice == "auto" else [*numbers, *HEAT_MAPS, *ENSEMBLE, *THEORY]


def save(figure, options, name):
    from polypath_figures import style
    try:
        paths = style.save(figure, options.output, FILES[name])
    except OSError as error:
        raise ToolError(f"{options.output}: cannot be written: {error.strerror or error}",
                        CANNOT_CREATE) from error
    if not options.quiet:
        print("\n".join(map(str, paths)))


def draw_all(names, options, drawer):
    """Draw and save what can be; with several names, what cannot is told and passed over."""
    drawn = 0
    for name in names:
        try:
            figure = drawer(name)
        except ToolError as error:
            if len(names) == 1:
                raise
            say(str(error).splitlines()[0])
            continue
        if figure is not None:
            save(figure, options, name)
            drawn += 1
    if not drawn:
        raise ToolError(f"{options.directory}: nothing could be drawn", BAD_DATA)


def draw_run(options, folder):
    from polypath_figures import panels
    run = panels.Run(options.directory, say)
    cells = run.describe()
    if options.cells is not None:
        cells = [c for c in cells if c[0] in options.cells]
    if not cells:
        raise ToolError(f"{options.directory}: no cell to draw (cells there: "
                        f"{', '.join(map(str, run.files))})", BAD_DATA)
    source = Source(options.directory, folder, options.theory)
    several = options.figure in ("auto", "all")
    draw_all(wanted(options.figure, cells), options,
             lambda name: draw(run, cells, name, options, source, quiet=several))


def main(arguments):
    options = parse(arguments)
    need("numpy", "h5py", "xarray", "matplotlib")
    from polypath_figures import style
    style.matplotlib.rcParams.update(style.SETTINGS)
    from_theory = Path(options.directory).is_file()
    if from_theory and options.figure not in ("auto", "all", *THEORY):
        raise ToolError(f"{options.directory} is a file: figures {' and '.join(THEORY)} can be "
                        "drawn from one; give the DIR of `polypath run -o DIR` for others", USAGE)
    try:
        options.output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ToolError(f"{options.output}: cannot be created: {error.strerror}",
                        CANNOT_CREATE) from error
    if from_theory:
        source = Source(None, "", options.directory)
        names = [options.figure] if options.figure in THEORY else list(THEORY)
        draw_all(names, options, lambda name: theory(source, name))
        return 0
    with tempfile.TemporaryDirectory(prefix="polypath-") as folder:
        draw_run(options, folder)
    return 0


if __name__ == "__main__":
    sys.exit(run_command("figures.py", main, sys.argv[1:]))
