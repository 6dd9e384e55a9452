#!/usr/bin/env python3
"""Compares the trajectories K of two output directories of the same settings.

    python3 tools/compare_runs.py DIR DIR [--tolerance 2e-3]

Prints the largest difference of each cell, relative to the largest target, and fails (exit 1) where
one is above the tolerance, or where a member ended differently; says which settings differ. For
runs on two backends or machines.
"""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from polypath_lib import reading  # noqa: E402
from polypath_lib.messages import USAGE, Parser, ToolError, need, run_command  # noqa: E402


def parse(arguments):
    parser = Parser(prog="compare_runs.py", description="Compares K of two output directories.")
    parser.add_argument("directories", metavar="DIR", nargs=2, type=Path)
    parser.add_argument("--tolerance", type=float, default=2e-3,
                        help="relative to the largest target (default: 2e-3, for float32)")
    return parser.parse_args(arguments)


def difference(first, second):
    """The largest difference of K over the records that both have, relative to the largest target;
    infinite where the cells do not match."""
    import numpy
    if first["K"].shape != second["K"].shape or (first["status"][()] != second["status"][()]).any():
        return float("inf")
    largest = numpy.abs(first["target"][()]).max()
    worst = 0.0
    for member in range(first["K"].shape[0]):
        a, b = first["K"][member], second["K"][member]
        known = numpy.isfinite(a)
        if (known != numpy.isfinite(b)).any():
            return float("inf")
        if known.any():
            worst = max(worst, float(numpy.abs(a - b)[known].max() / largest))
    return worst


def settings_of(file):
    """{key: value} of the settings that a cell was made with, its swept values among them."""
    import tomllib
    attrs = reading.attributes(file)
    try:
        tables = tomllib.loads(attrs.get("resolved_config", ""))
    except tomllib.TOMLDecodeError:
        return {}
    tables.pop("sweep", None)  # what it says of this cell follows
    found = {f"{table}.{key}": value for table, entries in tables.items()
             for key, value in entries.items()}
    return {**found, **reading.swept_values(attrs)}


def told_settings(first, second):
    """"train.epochs = 40, 80"; "" where two cells have the same settings."""
    one, other = settings_of(first), settings_of(second)
    return "; ".join(f"{key} = {one.get(key, 'none')}, {other.get(key, 'none')}"
                     for key in dict.fromkeys([*one, *other]) if one.get(key) != other.get(key))


def main(arguments):
    options = parse(arguments)
    need("numpy", "h5py")
    numbers = [list(reading.cell_files(directory)) for directory in options.directories]
    if numbers[0] != numbers[1] or not numbers[0]:
        raise ToolError(f"the directories hold cells {numbers[0]} and {numbers[1]}; runs of the "
                        "same config can be compared, when both are finished", USAGE)
    bad = 0
    for number in numbers[0]:
        with reading.open_cell_h5(options.directories[0], number) as first, \
                reading.open_cell_h5(options.directories[1], number) as second:
            found = difference(first, second)
            settings = told_settings(first, second)
        bad += found > options.tolerance
        print(f"cell {number}: {found:.2e} of the largest target"
              f"{'' if found <= options.tolerance else ', MORE THAN ALLOWED'}")
        if settings:
            print(f"cell {number}: other settings: {settings}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(run_command("compare_runs.py", main, sys.argv[1:]))
