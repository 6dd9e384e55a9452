"""The statistics of `polypath analyse`, for figures and the report: runs the program, reads JSON."""
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from .messages import UNAVAILABLE, ToolError

ROOT = Path(__file__).resolve().parents[2]
BUILDS = ("release", "test", "debug")


def program():
    """The polypath binary: POLYPATH_BINARY, that of the installation which holds this file, the
    newest of the usual builds, or the one in PATH."""
    given = os.environ.get("POLYPATH_BINARY")
    if given:
        return Path(given)
    installed = ROOT.parents[1] / "bin" / "polypath"
    if ROOT.parts[-2:] == ("share", "polypath") and installed.exists():
        return installed
    built = [path for path in (ROOT / "build" / name / "polypath" for name in BUILDS)
             if path.exists()]
    if built:
        return max(built, key=lambda path: path.stat().st_mtime)
    found = shutil.which("polypath")
    if found:
        return Path(found)
    raise ToolError("the statistics come from the program polypath, which is not built: "
                    "cmake --preset release && cmake --build --preset release, or set "
                    "POLYPATH_BINARY", UNAVAILABLE)


def error_text(written):
    """The message of the program's standard error, without notes before it and its own prefix."""
    lines = written.strip().splitlines()
    starts = [i for i, line in enumerate(lines) if line.startswith("error: ")]
    return "\n".join(lines[starts[-1]:] if starts else lines).removeprefix("error: ")


def without_path(message, path, name):
    """The message with `name` for a temporary file, which the reader did not choose."""
    for tail in (".tmp", ".probe", ""):
        message = message.replace(f"{path}{tail}", name)
    return message


def call(*arguments, unnamed=None):
    """Standard output of a polypath command; its message and exit code as a ToolError.

    `unnamed`: (temporary path, what messages call it)."""
    try:
        done = subprocess.run([str(program()), *map(str, arguments)], capture_output=True,
                              text=True, errors="surrogateescape", check=False)
    except OSError as error:
        raise ToolError(f"{program()}: cannot be run: {error.strerror}", UNAVAILABLE) from error
    if done.returncode != 0:
        message = error_text(done.stderr) or f"polypath {arguments[0]} failed"
        raise ToolError(without_path(message, *unnamed) if unnamed else message, done.returncode)
    return done.stdout


def analysis(directory):
    """What `polypath analyse DIR --json` writes, as a dict."""
    with tempfile.TemporaryDirectory(prefix="polypath-") as folder:
        path = Path(folder) / "analysis.json"
        call("analyse", directory, "--json", path, unnamed=(path, "a file of statistics"))
        return json.loads(path.read_text(encoding="utf-8"))


def theory_file(source, path):
    """Write the theory file of a config or an output directory to `path`."""
    call("theory", source, "-o", path, unnamed=(path, "a file of the theory"))
    return path


def unlearned(cell):
    """[(mode, members)] of the finished members that learned less than 99 % of a mode."""
    missing = [cell["finished"] - learned for learned in cell.get("learned_members", [])]
    return [(mode, members) for mode, members in enumerate(missing, start=1) if members > 0]


def quantity(cell, name, mode=None, pathway=None, group=None):
    """One entry of a cell's `quantities`; None when there is none or nothing was defined."""
    for entry in cell["quantities"]:
        if (entry["quantity"] == name and (mode is None or entry["mode"] == mode)
                and (pathway is None or entry["pathway"] == pathway)
                and (group is None or entry["group"] == group)):
            return entry if entry["members"] > 0 else None
    return None
