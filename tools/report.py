#!/usr/bin/env python3
"""Writes one self-contained HTML page about an output directory: figures, statistics, settings.

    python3 tools/report.py DIR [-o REPORT.html] [--theory FILE]

Works for finished, running, empty and partly failed directories; the page begins with what is
missing. The statistics and the theory come from the program polypath (POLYPATH_BINARY, a build in
build/, or PATH); without it the page says so and has the rest.
"""
import re
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from polypath_lib import outputs  # noqa: E402
from polypath_lib.messages import (CANNOT_CREATE, NO_INPUT, Parser, ToolError, need,  # noqa: E402
                                   run_command)


def parse(arguments):
    parser = Parser(prog="report.py", description="One HTML page about an output directory.")
    parser.add_argument("directory", metavar="DIR", type=Path)
    parser.add_argument("-o", "--output", type=Path, help="default: DIR/report.html")
    parser.add_argument("--theory", metavar="FILE", type=Path,
                        help="file of `polypath theory` (default: make one)")
    parser.add_argument("--quiet", action="store_true", help="do not print the page's name")
    return parser.parse_args(arguments)


def check(directory):
    if not directory.is_dir():
        raise ToolError(f"{directory}: no such directory; give the DIR of `polypath run -o DIR`",
                        NO_INPUT)
    if not (directory / "cells").is_dir() and not (directory / "resolved.toml").is_file():
        raise ToolError(f"{directory}: not an output directory of polypath (it has neither "
                        "resolved.toml nor cells/)", NO_INPUT)


def undated(page):
    """Without the day on which it was made: a page that says the same is left as it is, since
    workflow engines look at times."""
    return re.sub(rb"report of [-0-9]+ [:0-9]+ UTC", b"", page)


def main(arguments):
    options = parse(arguments)
    check(options.directory)
    output = options.output or options.directory / "report.html"
    outputs.refuse(output, options.directory, [options.theory])
    need("numpy", "h5py", "xarray", "matplotlib")
    from polypath_report import contents, page
    with tempfile.TemporaryDirectory(prefix="polypath-") as folder:
        found = contents.collect(options.directory, folder, options.theory)
        text = page.render(found)
    try:
        # Names of files need not be UTF-8; what is not shows as a replacement character.
        page_bytes = (text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
                      .encode("utf-8"))
        if not output.is_file() or undated(output.read_bytes()) != undated(page_bytes):
            output.write_bytes(page_bytes)
    except OSError as error:
        raise ToolError(f"{output}: cannot be written: {error.strerror}; choose another place "
                        "with -o", CANNOT_CREATE) from error
    if not options.quiet:
        print(output)
    return 0


if __name__ == "__main__":
    sys.exit(run_command("report.py", main, sys.argv[1:]))
