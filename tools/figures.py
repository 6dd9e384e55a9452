#!/usr/bin/env python3
"""Draws the paper's figures, and the ensemble's, from an output directory, as PNG and PDF.

    python3 tools/figures.py RUN_DIR -o FIGDIR [--figure NAME] [--seed N] [--cells 0,2]
                             [--modes 1,2]
    python3 tools/figures.py THEORY.h5 -o FIGDIR

3: phase portraits. 4: K_a in the first ten epochs (depth 2, or the shallowest cell). 5, 7, 8:
trajectories of K and the final K_a for every depth, with linear, ReLU and tanh units. 6: two seeds
at depth 7 (or the deepest cell). heatmaps: K_a over time, of the deepest cell. depth, width:
dominance over the ensemble, with intervals. shares: histograms of the seeds' shares by depth.
winners: how often one pathway wins both of two modes. loss, mean, course: losses, mean K with bands
and dominance over time, of the seeds of each cell. split: final split, simulated against predicted.
`auto` draws 4 to 8, `all` everything that the run holds. Unfinished runs are drawn as far as they
are.

depth, width, shares and winners take their numbers from `polypath analyse`, 3 and split theirs from
`polypath theory` (or from the file given with --theory), so they need the program: POLYPATH_BINARY,
a build in build/, or PATH.
"""
import argparse
import functools
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from polypath_figures import catalogue  # noqa: E402
from polypath_figures.remarks import Remarks  # noqa: E402
from polypath_lib import outputs  # noqa: E402
from polypath_lib.messages import (BAD_DATA, CANNOT_CREATE, USAGE, Parser,  # noqa: E402
                                   ToolError, need, run_command)


def cell_list(text):
    return [int(part) for part in text.split(",")]


def mode_list(text):
    modes = sorted({int(part) for part in text.split(",")})
    if modes[0] < 1:
        raise argparse.ArgumentTypeError(f"{text}: modes are counted from 1")
    return modes


def parse(arguments):
    parser = Parser(prog="figures.py", description="Figures from an output directory.")
    parser.add_argument("directory", metavar="RUN_DIR")
    parser.add_argument("-o", "--output", required=True, metavar="FIGDIR", type=Path)
    parser.add_argument("--figure", default="auto",
                        choices=[*sorted(catalogue.FILES), "auto", "all"])
    parser.add_argument("--seed", type=int, action="append",
                        help="the member to draw (default: the first); twice for figure 6")
    parser.add_argument("--cells", type=cell_list, help="draw these cells only: 0,2,5")
    parser.add_argument("--modes", type=mode_list, help="draw these modes only, from 1: 1,2,5")
    parser.add_argument("--theory", metavar="FILE", type=Path,
                        help="file of `polypath theory` (default: make one)")
    parser.add_argument("--quiet", action="store_true", help="do not list the files written")
    return parser.parse_args(arguments)


def say(message):
    print(f"figures.py: {message}", file=sys.stderr)


def save(figure, options, name):
    from polypath_figures import style
    try:
        paths = style.save(figure, file_paths(options.output, name))
    except OSError as error:
        raise ToolError(f"{options.output}: cannot be written: {error.strerror or error}",
                        CANNOT_CREATE) from error
    if not options.quiet:
        print("\n".join(map(str, paths)))


def file_paths(folder, name):
    return [folder / f"{catalogue.FILES[name]}.{kind}" for kind in ("png", "pdf")]


def refuse_outputs(options):
    """Raise ToolError where a figure would overwrite what a run holds or what is read."""
    source = Path(options.directory)
    run = source if source.is_dir() else None
    for path in [options.output, *(p for name in catalogue.FILES
                                   for p in file_paths(options.output, name))]:
        outputs.refuse(path, run, [options.theory, None if run else source])


def draw_all(names, options, drawer, remark):
    """Draw and save what can be; with several names, what cannot is told and passed over."""
    drawn = 0
    for name in names:
        try:
            figure = drawer(name)
        except ToolError as error:
            if len(names) == 1:
                raise
            remark(str(error).splitlines()[0])
            continue
        if figure is not None:
            save(figure, options, name)
            drawn += 1
    if not drawn:
        raise ToolError(f"{options.directory}: nothing could be drawn", BAD_DATA)


def draw_run(options, folder, remark):
    """The figures of an output directory; `folder` is for temporary files."""
    from polypath_figures import drawing, panels, source
    run = panels.Run(options.directory, remark, options.modes)
    cells = run.describe()
    if options.cells is not None:
        absent = sorted(set(options.cells) - set(run.files))
        cells = [c for c in cells if c[0] in options.cells]
        if absent and cells:
            remark(f"--cells: no cell {', '.join(map(str, absent))} in {options.directory}")
    if not cells:
        raise ToolError(f"{options.directory}: no cell to draw (cells there: "
                        f"{', '.join(map(str, run.files))})", BAD_DATA)
    draw = functools.partial(
        drawing.draw, run, cells, source=source.Source(options.directory, folder, options.theory),
        say=remark, seeds=options.seed, only=options.cells, brief=options.figure in ("auto", "all"))
    draw_all(catalogue.wanted(options.figure, cells, remark), options, draw, remark)


def draw_theory(options, remark):
    """Figures 3 and split from a file of `polypath theory` alone."""
    from polypath_figures import drawing, source
    if options.figure not in ("auto", "all", *catalogue.THEORY):
        raise ToolError(f"{options.directory} is a file: figures {' and '.join(catalogue.THEORY)} "
                        "can be drawn from one; give the DIR of `polypath run -o DIR` for others",
                        USAGE)
    names = [options.figure] if options.figure in catalogue.THEORY else list(catalogue.THEORY)
    said = source.Source(None, "", options.directory)
    draw_all(names, options, lambda name: drawing.from_theory(said, name, remark, options.cells,
                                                            options.modes), remark)


def main(arguments):
    options = parse(arguments)
    need("numpy", "h5py", "xarray", "matplotlib")
    from polypath_figures import style
    style.matplotlib.rcParams.update(style.SETTINGS)
    remark = Remarks(say)
    refuse_outputs(options)
    try:
        options.output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ToolError(f"{options.output}: cannot be created: {error.strerror}",
                        CANNOT_CREATE) from error
    if Path(options.directory).is_file():
        draw_theory(options, remark)
        return 0
    with tempfile.TemporaryDirectory(prefix="polypath-") as folder:
        draw_run(options, folder, remark)
    return 0


if __name__ == "__main__":
    sys.exit(run_command("figures.py", main, sys.argv[1:]))
