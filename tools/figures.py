#!/usr/bin/env python3
"""Draws figures 4 to 8 of the paper from an output directory of polypath, as PNG and PDF.

    python3 tools/figures.py RUN_DIR -o FIGDIR [--figure 4|5|6|7|8|auto] [--seed N] [--cells 0,2]

4: K_a in the first ten epochs (depth 2, or the shallowest cell). 5, 7, 8: trajectories of K and
the final K_a for every depth, with linear, ReLU and tanh units. 6: two seeds at depth 7 (or the
deepest cell). `auto` draws all that the run holds. Unfinished runs are drawn as far as they are.
"""
import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from polypath_lib.messages import (BAD_DATA, CANNOT_CREATE, USAGE, ToolError, need,  # noqa: E402
                                   run_command)

TITLES = {4: "figure4_first_epochs", 5: "figure5_linear", 6: "figure6_seeds", 7: "figure7_relu",
          8: "figure8_tanh"}
ACTIVATIONS = {5: "linear", 7: "relu", 8: "tanh"}
NAMES = {"linear": "Linear", "relu": "ReLU", "tanh": "Tanh"}


class Parser(argparse.ArgumentParser):
    def error(self, message):
        raise ToolError(f"{message}; see `{self.prog} --help`", USAGE)


def cell_list(text):
    return [int(part) for part in text.split(",")]


def parse(arguments):
    parser = Parser(prog="figures.py", description="Figures 4 to 8 from an output directory.")
    parser.add_argument("directory", metavar="RUN_DIR")
    parser.add_argument("-o", "--output", required=True, metavar="FIGDIR", type=Path)
    parser.add_argument("--figure", default="auto", choices=["4", "5", "6", "7", "8", "auto"])
    parser.add_argument("--seed", type=int, action="append",
                        help="the member to draw (default: the first); twice for figure 6")
    parser.add_argument("--cells", type=cell_list, help="draw these cells only: 0,2,5")
    parser.add_argument("--quiet", action="store_true", help="do not list the files written")
    return parser.parse_args(arguments)


def say(message, said=set()):
    """Print a remark once, however many figures it concerns."""
    if message not in said:
        print(f"figures.py: {message}", file=sys.stderr)
    said.add(message)


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
    titles = [trajectories.column_title(p, with_seed=True) for p in panels]
    return trajectories.draw(panels, "Different initial weights", titles, say)


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


def draw(run, cells, number, options, quiet):
    seed = options.seed[0] if options.seed else None
    if number == 4:
        return first_epochs(run, cells, seed, quiet)
    if number == 6:
        return two_seeds(run, cells, options.seed, quiet)
    return by_depth(run, cells, number, seed)


def main(arguments):
    options = parse(arguments)
    need("numpy", "h5py", "xarray", "matplotlib")
    from polypath_figures import panels, style
    style.matplotlib.rcParams.update(style.SETTINGS)
    run = panels.Run(options.directory, say)
    cells = run.describe()
    if options.cells is not None:
        cells = [c for c in cells if c[0] in options.cells]
    if not cells:
        raise ToolError(f"{options.directory}: no cell to draw (cells there: "
                        f"{', '.join(map(str, run.files))})", BAD_DATA)
    automatic = options.figure == "auto"
    kinds = {c[2] for c in cells}
    numbers = ([n for n in TITLES if n not in ACTIVATIONS or ACTIVATIONS[n] in kinds]
               if automatic else [int(options.figure)])
    try:
        options.output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ToolError(f"{options.output}: cannot be created: {error.strerror}",
                        CANNOT_CREATE) from error
    drawn = 0
    for number in numbers:
        figure = draw(run, cells, number, options, quiet=automatic)
        if figure is None:
            continue
        try:
            paths = style.save(figure, options.output, TITLES[number])
        except OSError as error:
            raise ToolError(f"{options.output}: cannot be written: {error.strerror or error}",
                            CANNOT_CREATE) from error
        drawn += 1
        if not options.quiet:
            print("\n".join(map(str, paths)))
    if not drawn:
        raise ToolError(f"{options.directory}: nothing could be drawn", BAD_DATA)
    return 0


if __name__ == "__main__":
    sys.exit(run_command("figures.py", main, sys.argv[1:]))
