"""Reads an output directory of polypath: finished cells, running cells, the index."""
import json
import os
import re
from pathlib import Path

from .messages import IO_ERROR, NO_INPUT, BAD_DATA, ToolError, need

# The writer holds no HDF5 lock; asking for one would fail on some network file systems.
os.environ.setdefault("HDF5_USE_FILE_LOCKING", "FALSE")

STATUS_MEANINGS = {0: "finished", 1: "diverged", 2: "not finished"}
CELL_NAME = re.compile(r"cell-(\d{5,})\.h5(\.part)?")
HDF5_ATTRIBUTES = ("CLASS", "NAME", "DIMENSION_LIST", "REFERENCE_LIST", "_Netcdf4Dimid")


def cell_files(directory):
    """{cell index: Path}, sorted; of a finished and a running file of one cell, the finished."""
    directory = Path(directory)
    if not directory.is_dir():
        raise ToolError(f"{directory}: no such directory; give the DIR of `polypath run -o DIR`",
                        NO_INPUT)
    if not (directory / "cells").is_dir():
        if (directory / "resolved.toml").is_file():
            raise ToolError(f"{directory}: there is no cell in it yet (it has resolved.toml and no "
                            "cells/); wait for the run's first records", NO_INPUT)
        raise ToolError(f"{directory}: not an output directory of polypath (it has no cells/)",
                        NO_INPUT)
    found = {}
    for path in sorted((directory / "cells").iterdir()):
        match = CELL_NAME.fullmatch(path.name)
        if match and path.stat().st_size > 0:
            found.setdefault(int(match.group(1)), path)  # cell.h5 sorts before cell.h5.part
    return dict(sorted(found.items()))


def is_finished(path):
    return Path(path).suffix == ".h5"


def open_cell_h5(directory, index):
    """The h5py.File (read only) of one cell; works while the run goes on (file name ends .part)."""
    h5py = need("h5py")
    files = cell_files(directory)
    if index not in files:
        there = ", ".join(map(str, files)) or "none yet"
        raise ToolError(f"{directory}: no cell {index} (cells there: {there})", NO_INPUT)
    try:
        return h5py.File(files[index], "r")
    except OSError as error:
        hint = "damaged" if is_finished(files[index]) else "still being created; try again"
        raise ToolError(f"{files[index]}: does not open as HDF5 ({hint}): "
                        f"{str(error).splitlines()[0]}", IO_ERROR) from error


def decode(value):
    """An HDF5 attribute or string data set as plain Python or NumPy."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    numpy = need("numpy")
    if isinstance(value, numpy.ndarray):
        if value.dtype.kind in "SO":
            value = numpy.array([decode(v) for v in value.ravel()]).reshape(value.shape)
        return value[()] if value.ndim == 0 else value
    return value


def attributes(item):
    return {k: decode(v) for k, v in item.attrs.items() if k not in HDF5_ATTRIBUTES}


def labelled(name, attrs):
    """A data set's attributes as xarray's labels need them: `K`, not a sentence and "[1]"."""
    kept = {key: value for key, value in attrs.items() if key != "long_name"
            and not (key == "units" and value in ("1", name))}
    return {**kept, "description": attrs["long_name"]} if "long_name" in attrs else kept


def is_scale(dataset):
    return decode(dataset.attrs.get("CLASS", b"")) == "DIMENSION_SCALE"


def dimension_names(dataset):
    """One name an axis, from the attached scales or labels; None where an axis has neither."""
    names = []
    for axis in dataset.dims:
        attached = axis.values()
        names.append(attached[0].name.rsplit("/", 1)[-1] if attached else (axis.label or None))
    return tuple(names)


def described_datasets(file):
    """[(name, dataset, dims)] of every data set whose axes are all named; and the other names.

    Files of layout 1 have a scale `record` that numbers the records, and `epoch` along it; they are
    described as those of layout 2, where `epoch` is the scale itself.
    """
    h5py = need("h5py")
    described, others = [], []

    def visit(name, item):
        if isinstance(item, h5py.Dataset):
            dims = (name,) if is_scale(item) and item.ndim == 1 else dimension_names(item)
            (others if None in dims else described).append((name, item, dims))

    file.visititems(visit)
    if ("epoch", ("record",)) in {(name, dims) for name, _, dims in described}:
        described = [(name, item, tuple("epoch" if d == "record" else d for d in dims))
                     for name, item, dims in described if name != "record"]
    return described, [name for name, _, _ in others]


def written_records(file):
    """How many records of a running cell have been written: the epochs that still increase."""
    numpy = need("numpy")
    epoch = file["epoch"][()]
    lengths = [d.shape[dims.index("epoch")] for _, d, dims in described_datasets(file)[0]
               if "epoch" in dims]
    count = min([len(epoch), *lengths])
    falls = numpy.flatnonzero(numpy.diff(epoch[:count].astype(float)) <= 0)
    count = int(falls[0]) + 1 if len(falls) else count
    if "loss" in file:
        loss = file["loss"][:, :count]
        known = numpy.flatnonzero(numpy.isfinite(loss).any(axis=0))
        if "status" in file and (file["status"][()] == 2).any():
            count = int(known[-1]) + 1 if len(known) else 0
    return count


def open_cell(directory, index, variables=None):
    """One cell as an xarray Dataset, in memory.

    Dimensions: member, epoch, pathway (from 0), mode and mode_in (from 1), input, output, each
    with its values as a coordinate; another coordinate is `seed` (member). The attribute
    `description` of a variable is the file's `long_name`, which is too long to label an axis.
    attrs: those of the file, plus `finished` (1 or 0) and `swept` as a dict. `variables`: load only
    these (None: all).
    """
    xarray = need("xarray")
    path = cell_files(directory).get(index)
    with open_cell_h5(directory, index) as file:
        try:
            described, others = described_datasets(file)
            finished = is_finished(path)
            count = None if finished else written_records(file)
            arrays = {}
            for name, item, dims in described:
                wanted = variables is None or name in variables or name in ("epoch", "seed")
                if not wanted and not is_scale(item):
                    continue
                cut = tuple(slice(count) if d == "epoch" else slice(None) for d in dims)
                arrays[name] = (dims, decode(item[cut] if dims else item[()]),
                                labelled(name, attributes(item)))
            attrs = attributes(file)
        except (OSError, KeyError, RuntimeError) as error:
            hint = "damaged" if is_finished(path) else "being written just now; try again"
            raise ToolError(f"{path}: cannot be read ({hint}): {error}", IO_ERROR) from error
    for name in set(variables or ()) - set(arrays):
        raise ToolError(f"{path}: has no `{name}` (it has {', '.join(sorted(arrays))})")
    dataset = xarray.Dataset({name: value for name, value in arrays.items()}, attrs=attrs)
    dataset = dataset.set_coords([n for n in ("seed",) if n in dataset])
    dataset.attrs.update(finished=int(finished), path=str(path), swept=swept_values(attrs))
    if others:
        dataset.attrs["not_loaded"] = ", ".join(others)
    return dataset


def swept_values(attrs):
    """{key: value} of the sweep axes at this cell; empty for a run without a sweep."""
    text = attrs.get("swept", "{}")
    try:
        found = json.loads(text)
    except (TypeError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def padded(datasets):
    """The same Datasets with the same variables and sizes along every axis but `epoch`; what a cell
    does not have is NaN (of a number; integers become floats then), or an empty text."""
    numpy, xarray = need("numpy"), need("xarray")
    every = {name: variable for dataset in datasets for name, variable in dataset.variables.items()
             if name not in dataset.dims}
    axes = {}
    for dataset in datasets:
        for axis, values in dataset.indexes.items():
            if axis != "epoch" and len(values) > len(axes.get(axis, ())):
                axes[axis] = values
    result = []
    for dataset in datasets:
        missing = {}
        for name, variable in every.items():
            if name not in dataset.variables:
                shape = [dataset.sizes[d] if d in dataset.sizes else len(axes[d])
                         for d in variable.dims]
                empty = "" if variable.dtype.kind in "OSU" else numpy.nan
                missing[name] = (variable.dims, numpy.full(shape, empty), variable.attrs)
        coords = {d: axes[d] for _, (dims, _, _) in missing.items() for d in dims
                  if d not in dataset.dims}
        full = dataset.assign({k: xarray.Variable(*v) for k, v in missing.items()})
        full = full.assign_coords(coords)
        short = {axis: values for axis, values in axes.items()
                 if axis in full.dims and full.sizes[axis] < len(values)}
        result.append(full.reindex(short) if short else full)
    return result


def open_run(directory, variables=None):
    """All finished cells as one Dataset with a `cell` dimension.

    The coordinates along `cell` are the cell's index and every swept key (`network.depth`, ...).
    Where cells differ in shape (modes, layers, ...), the smaller ones are padded with NaN; where
    they record at other epochs, `epoch` holds those of all cells, with NaN where a cell has no
    record. Unfinished cells are left out: see open_cell.
    """
    xarray = need("xarray")
    files = cell_files(directory)
    finished = [index for index, path in files.items() if is_finished(path)]
    if not finished:
        running = ", ".join(map(str, files)) or "none"
        raise ToolError(f"{directory}: no finished cell yet (running: {running}); "
                        "open_cell(DIR, i) reads a running one", NO_INPUT)
    datasets = [open_cell(directory, index, variables) for index in finished]
    swept = [dataset.attrs.pop("swept") for dataset in datasets]
    for dataset in datasets:  # what differs from cell to cell is found in cells(DIR)
        for key in ("cell", "path", "start_time", "end_time", "resolved_config"):
            dataset.attrs.pop(key, None)
    joined = xarray.concat(padded(datasets), dim="cell", data_vars="all", coords="minimal",
                           compat="override", join="outer", combine_attrs="drop_conflicts")
    joined = joined.assign_coords(cell=finished)
    for key in dict.fromkeys(key for values in swept for key in values):
        values = [one.get(key) for one in swept]
        if not all(isinstance(v, (int, float, str, bool)) for v in values):
            values = [json.dumps(v) for v in values]
        joined = joined.assign_coords({key: ("cell", values)})
    return joined


def cells(directory):
    """The table of index.h5: {column: 1-D array, one entry a member}, swept keys by their name.

    Columns: cell, seed, status, epochs_done, stopped_epoch, final_loss, then the others, among them
    cell_file (from DIR) and the swept keys.
    """
    h5py = need("h5py")
    path = Path(directory) / "index.h5"
    cell_files(directory)
    if not path.is_file():
        raise ToolError(f"{path}: no such file (written with the first finished cell)", NO_INPUT)
    table = {}
    try:
        with h5py.File(path, "r") as file:
            def visit(name, item):
                if isinstance(item, h5py.Dataset):
                    table[name.removeprefix("swept/")] = decode(item[()])

            file["members"].visititems(visit)
    except (OSError, KeyError) as error:
        raise ToolError(f"{path}: not an index of polypath: {error}", BAD_DATA) from error
    order = ["cell", "seed", "status", "epochs_done", "stopped_epoch", "final_loss"]
    return {k: table[k] for k in sorted(table, key=lambda k: (order + [k]).index(k))}
