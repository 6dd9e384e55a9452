"""Collects what a report says: state, cells, statistics, figures, settings, and what is missing."""
import base64
import dataclasses
import datetime
import io

from polypath_figures import catalogue, drawing, panels, source, style
from polypath_figures.remarks import Remarks
from polypath_lib.messages import ToolError
from polypath_lib.reading import (STATUS_MEANINGS, cell_files, is_finished, open_cell,
                                   open_cell_h5)

from . import progress, settings

NEAR_THE_EDGE = 0.9                 # as polypath run warns

CAPTIONS = {
    "4": "Entries of K in the first epochs.",
    "5": "Linear pathways: K of every mode along training, and the final matrices.",
    "6": "Two seeds.",
    "7": "ReLU pathways: K of every mode along training, and the final matrices.",
    "8": "Tanh pathways: K of every mode along training, and the final matrices.",
    "heatmaps": "K over time, one member: pathways and their sum. Off-diagonal entries may remain "
                "in the pathways while their sum is diagonal.",
    "depth": "How far one pathway holds a mode (0: shared evenly, 1: in one alone), against depth.",
    "width": "The same against width, with fitted exponents and, where it can be compared, the "
             "slope of the theory.",
    "shares": "Share of pathway 0 over the seeds.",
    "winners": "How often one pathway wins both of two modes.",
    "loss": "Training loss of every seed.",
    "mean": "Mean of K over the finished seeds, each pathway and mode; bands: 5 to 95 % of the "
            "seeds.",
    "course": "Dominance over time, from where half of the finished seeds have learned enough of a "
              "mode to have a share; mean, and 5 to 95 % of the seeds.",
    "3": "Phase portraits of equation (20) for the depths and gains of this run.",
    "split": "Final split predicted from each member's own K(0), against the simulated one. "
             "Differences of the pathways' gains matter as much as K(0): predictions from measured "
             "gains (record.layers) know them, those from configured gains do not.",
}
ORDER = ("5", "7", "8", "4", "6", "heatmaps", "loss", "mean", "course", "depth", "width", "shares",
         "winners", "split", "3")
PROVENANCE = ("program_version", "git_revision", "compiler", "backend", "device", "simd_target",
              "libraries", "precision", "start_time", "end_time", "settings_hash")


@dataclasses.dataclass
class Contents:
    directory: str
    made: str                       # when this report was made
    state: dict = dataclasses.field(default_factory=dict)      # progress.json
    missing: list = dataclasses.field(default_factory=list)    # sentences
    warnings: list = dataclasses.field(default_factory=list)   # likewise
    cells: list = dataclasses.field(default_factory=list)      # dicts, one a cell
    analysis: dict | None = None                               # of `polypath analyse`
    figures: list = dataclasses.field(default_factory=list)    # (name, caption, PNG bytes in base64)
    remarks: list = dataclasses.field(default_factory=list)    # on the figures
    settings: str = ""                                         # resolved.toml
    provenance: dict = dataclasses.field(default_factory=dict)


def sentence(message):
    return message if message.endswith(".") else message + "."


def describe_end(directory, index, status):
    """How near the finished members ended to the edge of stability, and how many have not settled;
    None where the file, an older one, does not say."""
    with open_cell_h5(directory, index) as file:
        if "edge_ratio" not in file or "settled" not in file:
            return None
        edge, settled = file["edge_ratio"][:], file["settled"][:]
    known = [float(ratio) for ratio, code in zip(edge, status) if code == 0 and ratio == ratio]
    return {"largest": max(known, default=None),
            "near": sum(ratio >= NEAR_THE_EDGE for ratio in known),
            "not settled": int((settled == 0).sum())}


def remarks_on_end(index, end, finished):
    """Sentences on members that ended at the edge of stability or had not settled."""
    if end is None:
        return []
    remarks = []
    if end["near"]:
        remarks.append(f"Cell {index}: {end['near']} of {finished} members ended near the edge of "
                       f"stability (train.learning_rate at up to {end['largest']:.2f} of it), "
                       "where gradient descent can equalise pathways; a smaller learning rate may "
                       "give another dominance.")
    if end["not settled"]:
        remarks.append(f"Cell {index}: {end['not settled']} of {finished} members are not settled: "
                       "their loss still rose now and then at the end of training.")
    return remarks


def describe_cell(directory, index, path):
    """(row of the table, attributes of the file); raises ToolError where it cannot be read."""
    cell = open_cell(directory, index, variables=["loss", "status"])
    status = cell["status"].values.tolist()
    counts = {name: status.count(code) for code, name in STATUS_MEANINGS.items()}
    losses = cell["loss"].transpose("member", "epoch").values
    done = [loss[-1] for loss, code in zip(losses, status) if code == 0 and len(loss)]
    row = {"cell": index, "swept": cell.attrs["swept"], "members": len(status), "counts": counts,
           "finished_file": is_finished(path), "end": describe_end(directory, index, status),
           "epoch": int(cell["epoch"].values[-1]) if cell.sizes["epoch"] else None,
           "loss": sum(done) / len(done) if done else None}
    return row, cell.attrs


def collect_cells(directory, contents, known):
    """The cells' rows, and what is missing of them; `known`: the settings, or None."""
    files = cell_files(directory) if (directory / "cells").is_dir() else {}
    for index, path in files.items():
        try:
            row, attrs = describe_cell(directory, index, path)
        except ToolError as error:
            contents.missing.append(sentence(f"Cell {index} is left out: {error}"))
            continue
        contents.cells.append(row)
        if not contents.provenance:
            contents.provenance = {k: attrs[k] for k in PROVENANCE if attrs.get(k)}
        counts = row["counts"]
        if not row["finished_file"]:
            far = ("nothing is recorded yet" if row["epoch"] is None
                   else f"recorded up to epoch {row['epoch']}")
            contents.missing.append(f"Cell {index} is not finished: {far}.")
        if counts["diverged"]:
            contents.missing.append(f"Cell {index}: {counts['diverged']} of {row['members']} "
                                    "members diverged; the statistics leave them out.")
        contents.warnings += remarks_on_end(index, row["end"], counts["finished"])
    contents.missing += progress.absent_cells(contents.state, files, known is not None)
    if not files:
        contents.missing.append("No cell has been recorded yet, so there is nothing to draw: "
                                f"{settings.plan_text(known, contents.state)}.")


def to_png(figure):
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=130, bbox_inches="tight", pad_inches=0.08)
    style.pyplot.close(figure)
    return base64.b64encode(buffer.getvalue()).decode("ascii")


def collect_figures(directory, said, contents):
    """Draw all that the run holds; remarks and failures become sentences, once."""
    say = Remarks(lambda message: contents.remarks.append(
        sentence(message.split("; choose others with")[0])))
    fail = Remarks(lambda message: contents.missing.append(sentence(message)))
    run = panels.Run(directory, say)
    cells = run.describe()
    if not cells:
        return
    names = catalogue.wanted("all", cells, say)
    if contents.analysis is None:
        names = [n for n in names if n not in catalogue.ENSEMBLE]
    for name in (n for n in ORDER if n in names):
        try:
            figure = drawing.draw(run, cells, name, said, say, brief=True)
        except ToolError as error:
            fail(f"Figure {name} is left out: {str(error).splitlines()[0]}")
            continue
        if figure is not None:
            caption = figure.get_label() or CAPTIONS[name]
            contents.figures.append((name, caption, to_png(figure)))


def collect(directory, folder, theory_file=None):
    """Contents of `directory`; `folder` is for temporary files."""
    style.matplotlib.rcParams.update(style.SETTINGS)
    now = datetime.datetime.now(datetime.timezone.utc)
    contents = Contents(str(directory), now.strftime("%Y-%m-%d %H:%M UTC"))
    contents.state, contents.missing = progress.read(directory)
    contents.settings, known, told = settings.read(directory)
    contents.missing += told + progress.sentences(contents.state, known is not None)
    collect_cells(directory, contents, known)
    if not contents.cells:
        return contents
    said = source.Source(directory, folder, theory_file)
    try:
        contents.analysis = said.analysis()
    except ToolError as error:
        contents.missing.append(sentence(f"No statistics: {str(error).splitlines()[0]}"))
    contents.missing += progress.uncovered(contents.state, contents.analysis)
    if contents.analysis and not any(c["finished"] for c in contents.analysis["cells"]):
        contents.missing.append("No member has finished: there are no statistics yet.")
    collect_figures(directory, said, contents)
    return contents
