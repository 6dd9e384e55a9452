"""Where a tool must not write: on what an output directory holds, or on what the tool reads."""
from pathlib import Path

from .messages import CANNOT_CREATE, ToolError

# What `polypath run` keeps in an output directory, beside cells/.
OWN_NAMES = (".lock", "config.toml", "resolved.toml", "progress.json", "index.h5", "cells")


def is_same(one, other):
    """Whether two paths lead to one file; links of both kinds count."""
    try:
        return one.resolve() == other.resolve() or one.samefile(other)
    except OSError:  # one of them is not there
        return False


def is_of_run(path, directory):
    """Whether `path` is one of the files of the run in `directory`, or lies under its cells/."""
    cells = (directory / "cells").resolve()
    place = path.resolve()
    if place == cells or cells in place.parents:
        return True
    kept = [directory / name for name in OWN_NAMES]
    kept += [item.with_name(item.name + ".tmp") for item in kept]
    if (directory / "cells").is_dir():
        kept += (directory / "cells").iterdir()
    return any(is_same(path, item) for item in kept)


def refuse(output, directory=None, read=()):
    """Raise ToolError (exit 73) when writing `output` would destroy a run's file or an input.

    `directory`: of the run that is read, or None; `read`: other files that are read, or None."""
    output = Path(output)
    taken = any(is_same(output, Path(path)) for path in read if path is not None)
    if taken or (directory is not None and is_of_run(output, Path(directory))):
        raise ToolError(f"{output} is what this command reads, or belongs to the run, and would be "
                        "overwritten; choose another name with -o", CANNOT_CREATE)
