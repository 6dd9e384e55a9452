"""Collects what a report says: state, cells, statistics, figures, settings, and what is missing."""
import base64
import dataclasses
import datetime
import io
import json

import figures
from polypath_figures import panels, style
from polypath_lib.messages import ToolError
from polypath_lib.reading import STATUS_MEANINGS, cell_files, is_finished, open_cell

CAPTIONS = {
    "4": "Entries of K in the first epochs.",
    "5": "Linear pathways: K of every mode along training, and the final matrices.",
    "6": "Two seeds: chance decides which pathway wins.",
    "7": "ReLU pathways: K of every mode along training, and the final matrices.",
    "8": "tanh pathways: K of every mode along training, and the final matrices.",
    "heatmaps": "K over time, one member: pathways and their sum. Off-diagonal entries may remain "
                "in the pathways while their sum is diagonal.",
    "depth": "How far one pathway holds a mode (0: shared evenly, 1: in one alone), against depth.",
    "width": "The same against width, with fitted exponents and the slope of the theory.",
    "shares": "Share of the first pathway over the seeds.",
    "3": "Phase portraits of equation (20) for the depths and gains of this run.",
    "split": "Final split predicted from each member's own K(0), against the simulated one. "
             "Differences of the pathways' gains matter as much as K(0): predictions from measured "
             "gains (record.layers) know them, those from configured gains do not.",
}
ORDER = ("5", "7", "8", "4", "6", "heatmaps", "depth", "width", "shares", "split", "3")
PROVENANCE = ("program_version", "git_revision", "compiler", "backend", "device", "simd_target",
              "libraries", "precision", "start_time", "end_time", "settings_hash")


@dataclasses.dataclass
class Contents:
    directory: str
    made: str                       # when this report was made
    state: dict = dataclasses.field(default_factory=dict)      # progress.json
    missing: list = dataclasses.field(default_factory=list)    # sentences
    cells: list = dataclasses.field(default_factory=list)      # dicts, one a cell
    analysis: dict | None = None                               # of `polypath analyse`
    figures: list = dataclasses.field(default_factory=list)    # (name, caption, PNG bytes in base64)
    remarks: list = dataclasses.field(default_factory=list)    # on the figures
    settings: str = ""                                         # resolved.toml
    provenance: dict = dataclasses.field(default_factory=dict)


def read_state(directory):
    try:
        state = json.loads((directory / "progress.json").read_text(encoding="utf-8"))
        return state if isinstance(state, dict) else {}
    except (OSError, ValueError):
        return {}


def describe_cell(directory, index, path):
    """(row of the table, attributes of the file); raises ToolError where it cannot be read."""
    cell = open_cell(directory, index, variables=["loss", "status"])
    status = cell["status"].values.tolist()
    counts = {name: status.count(code) for code, name in STATUS_MEANINGS.items()}
    losses = cell["loss"].transpose("member", "record").values
    done = [loss[-1] for loss, code in zip(losses, status) if code == 0 and len(loss)]
    row = {"cell": index, "swept": cell.attrs["swept"], "members": len(status), "counts": counts,
           "finished_file": is_finished(path),
           "epoch": int(cell["epoch"].values[-1]) if cell.sizes["record"] else None,
           "loss": sum(done) / len(done) if done else None}
    return row, cell.attrs


def collect_cells(directory, contents):
    files = cell_files(directory) if (directory / "cells").is_dir() else {}
    for index, path in files.items():
        try:
            row, attrs = describe_cell(directory, index, path)
        except ToolError as error:
            contents.missing.append(f"Cell {index} is left out: {error}")
            continue
        contents.cells.append(row)
        if not contents.provenance:
            contents.provenance = {k: attrs[k] for k in PROVENANCE if attrs.get(k)}
        counts = row["counts"]
        if not row["finished_file"]:
            contents.missing.append(f"Cell {index} is not finished: recorded up to epoch "
                                    f"{row['epoch'] if row['epoch'] is not None else 'none'}.")
        if counts["diverged"]:
            contents.missing.append(f"Cell {index}: {counts['diverged']} of {row['members']} "
                                    "members diverged; the statistics leave them out.")
    absent = [n for n in range(int(contents.state.get("cells", 0) if contents.state else 0))
              if n not in files]
    if absent and contents.state.get("state") != "running":
        contents.missing.append(f"No file holds cell {', '.join(map(str, absent))} (deleted, empty, "
                                "or never run); `polypath run` with the same config makes what is "
                                "missing.")
    if not files:
        contents.missing.append("No cell has been recorded yet: there is nothing to draw.")


def tell_progress(contents):
    state = contents.state
    if not state:
        return
    done, of = state.get("cells_done", 0), state.get("cells", 0)
    if state.get("state") == "running":
        contents.missing.append(f"The run goes on: {done} of {of} cells were finished at "
                                f"{state.get('updated', 'an unknown time')}. (A run that was "
                                "killed says the same; `polypath run` with the same config "
                                "resumes it.)")
    elif done < of:
        contents.missing.append(f"The run ended as {state.get('state', 'unknown')} with {done} of "
                                f"{of} cells finished; `polypath run` with the same config and "
                                "directory goes on from there.")


def to_png(figure):
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=130, bbox_inches="tight", pad_inches=0.08)
    style.pyplot.close(figure)
    return base64.b64encode(buffer.getvalue()).decode("ascii")


def collect_figures(directory, source, contents):
    """Draw all that the run holds; remarks and failures become sentences, once."""
    def tell(sentences, message):
        text = message if message.endswith(".") else message + "."
        if text not in sentences:
            sentences.append(text)

    def say(message):
        tell(contents.remarks, message.split("; choose others with")[0])

    run = panels.Run(directory, say)
    cells = run.describe()
    if not cells:
        return
    options = figures.parse([str(directory), "-o", "unused"])
    names = figures.wanted("all", cells)
    if contents.analysis is None:
        names = [n for n in names if n not in figures.ENSEMBLE]
    for name in (n for n in ORDER if n in names):
        try:
            with figures.remarks_to(say):
                figure = figures.draw(run, cells, name, options, source, quiet=True)
        except ToolError as error:
            tell(contents.missing, f"Figure {name} is left out: {str(error).splitlines()[0]}")
            continue
        if figure is not None:
            contents.figures.append((name, CAPTIONS[name], to_png(figure)))


def collect(directory, folder, theory_file=None):
    """Contents of `directory`; `folder` is for temporary files."""
    style.matplotlib.rcParams.update(style.SETTINGS)
    now = datetime.datetime.now(datetime.timezone.utc)
    contents = Contents(str(directory), now.strftime("%Y-%m-%d %H:%M UTC"), read_state(directory))
    tell_progress(contents)
    try:
        contents.settings = (directory / "resolved.toml").read_text(encoding="utf-8")
    except OSError:
        contents.missing.append("resolved.toml cannot be read: the settings are unknown.")
    collect_cells(directory, contents)
    if not contents.cells:
        return contents
    source = figures.Source(directory, folder, theory_file)
    try:
        contents.analysis = source.analysis()
    except ToolError as error:
        contents.missing.append(f"No statistics: {str(error).splitlines()[0]}")
    if contents.analysis and not any(c["finished"] for c in contents.analysis["cells"]):
        contents.missing.append("No member has finished: there are no statistics yet.")
    collect_figures(directory, source, contents)
    return contents
