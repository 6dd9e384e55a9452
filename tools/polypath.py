#!/usr/bin/env python3
"""Opens the output of polypath in Python, and turns arrays and tables into data files for it.

In Python (with tools/ on sys.path):

    import polypath
    run = polypath.open_run("DIR")          # xarray Dataset of all finished cells
    cell = polypath.open_cell("DIR", 0)     # one cell, running ones too
    table = polypath.cells("DIR")           # one row a member: seed, status, swept values
    polypath.measures(cell)                 # share, dominance, winner, escape epoch

    with polypath.open_cell_h5("DIR", 0) as file:   # plain h5py, no xarray
        file["K"][0, -1]

On the command line:

    python3 tools/polypath.py convert IN.npz -o data.h5
    python3 tools/polypath.py convert X.csv Y.csv -o data.h5 --preview
    python3 tools/polypath.py show DIR
"""
import sys
from pathlib import Path

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).resolve().parent))

try:
    from polypath_lib.convert import convert, describe, load_inputs, preview
    from polypath_lib.measures import (diagonal, dominance, entropy, escape_epoch, measures,
                                       off_diagonal, participation_ratio, share, target_diagonal,
                                       winner)
    from polypath_lib.messages import USAGE, MissingPackage, Parser, ToolError, run_command
    from polypath_lib.reading import (STATUS_MEANINGS, cell_files, cells, is_finished, open_cell,
                                      open_cell_h5, open_run)
    from polypath_lib.text_tables import ANSWERS
except ImportError as error:
    if __name__ != "__main__" or not hasattr(error, "code"):
        raise
    print(f"polypath.py: {error}", file=sys.stderr)
    sys.exit(error.code)

__all__ = ["ToolError", "MissingPackage", "cell_files", "cells", "convert", "diagonal",
           "dominance", "entropy", "escape_epoch", "load_inputs", "measures", "off_diagonal",
           "open_cell", "open_cell_h5", "open_run", "participation_ratio", "share",
           "target_diagonal", "winner"]


def parse(arguments):
    parser = Parser(prog="polypath.py", description="Output and data files of polypath.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="convert|show",
                                     parser_class=Parser)
    to_data = commands.add_parser("convert", help="NPZ, NPY, CSV or MATLAB into a data file")
    to_data.add_argument("input", nargs="+",
                         help="IN.npz or IN.mat (x and y), X.csv Y.csv, or X.npy Y.npy")
    to_data.add_argument("-o", "--output", help="the data file to write (HDF5)")
    to_data.add_argument("--force", action="store_true", help="replace an existing file")
    to_data.add_argument("--preview", action="store_true",
                         help="print the first examples as they are read; without -o nothing else")
    to_data.add_argument("--header", choices=ANSWERS, default="guess",
                         help="CSV: is the first line names? (default: refuse what is uncertain)")
    to_data.add_argument("--index", choices=ANSWERS, default="guess",
                         help="CSV: does the first column number the rows, to be left out?")
    show = commands.add_parser("show", help="print the table of members and the cells")
    show.add_argument("directory", metavar="DIR", help="output directory of `polypath run`")
    return parser.parse_args(arguments)


def show_run(directory):
    """Print the index as tab-separated text, then the cells that are still running."""
    files = cell_files(directory)
    if (Path(directory) / "index.h5").is_file():
        table = cells(directory)
        print("\t".join(table))
        for row in zip(*table.values()):
            print("\t".join(map(str, row)))
    for index, path in files.items():
        if not is_finished(path):
            dataset = open_cell(directory, index, variables=["loss"])
            last = dataset["epoch"].values[-1] if dataset.sizes["epoch"] else "none"
            print(f"cell {index}: {STATUS_MEANINGS[2]}, last record at epoch {last}")


def convert_files(options):
    """The command `convert`: says what the data are taken for, whether or not it writes them."""
    if options.output is None and not options.preview:
        raise ToolError("convert: where should the data file go? Give -o FILE (or --preview, to "
                        "look first)", USAGE)
    if options.output is None:
        x, y, notes = load_inputs(options.input, options.header, options.index)
    else:
        x, y, notes = convert(options.input, options.output, options.force, options.header,
                              options.index)
    for note in notes:
        print(f"note: {note}", file=sys.stderr)
    if options.preview:
        print(preview(x, y))
    print(f"{options.output or 'read'}: {describe(x, y)}")
    return 0


def main(arguments):
    options = parse(arguments)
    if options.command == "show":
        return show_run(options.directory)
    return convert_files(options)


if __name__ == "__main__":
    sys.exit(run_command("polypath.py", main, sys.argv[1:]))
