"""Writes an output directory as `polypath run` does, trained by a small NumPy program.

For the tests of the Python tools, and for looking at figures without the engine:

    /usr/bin/python3 tests/python/make_run.py DIR [--width 64] [--depths 2,3] [--seeds 2] ...

The training is the published algorithm (full batch, sum of squares, paper's eq. 32 data), float64,
with NumPy's own random numbers: the pictures are real, the seeds are not polypath's.
"""
import argparse
import json
import os
from pathlib import Path

os.environ.setdefault("HDF5_USE_FILE_LOCKING", "FALSE")
import h5py
import numpy as np

ACTIVATIONS = {
    "linear": (lambda h: h, lambda h: np.ones_like(h)),
    "tanh": (np.tanh, lambda h: 1 - h * h),
    "relu": (lambda h: np.maximum(h, 0), lambda h: (h > 0).astype(float)),
}
DEFAULTS = dict(depths=(2, 3), width=32, pathways=2, seeds=2, epochs=300, every=10, gain=0.5,
                activation="linear", learning_rate=0.01, diagonal=False, unfinished=(),
                diverged=(), swept=True)


def hierarchy():
    """x (8 examples, 8 inputs) and y (8 examples, 15 outputs) of eq. 32."""
    columns = [[float(start <= e < start + size) for e in range(8)]
               for size in (8, 4, 2, 1) for start in range(0, 8, size)]
    return np.eye(8), np.array(columns).T


def modes(x, y):
    """U (output, mode), S (mode), V (input, mode), group (mode): the canonical basis."""
    correlation = y.T @ x
    _, s, vt = np.linalg.svd(correlation, full_matrices=False)
    groups = np.concatenate([[0], np.cumsum(s[1:] < s[:-1] * (1 - 1e-6))])
    columns = []
    for group in np.unique(groups):
        v = vt[groups == group].T
        basis = []
        for column in (v @ v.T).T:
            residual = column - sum((b * (b @ column) for b in basis), np.zeros(len(column)))
            if np.linalg.norm(residual) > 1e-6 and len(basis) < v.shape[1]:
                basis.append(residual / np.linalg.norm(residual))
        columns += basis
    V = np.array(columns).T
    return correlation @ V / s, s, V, groups.astype(np.int32)


def train(options, depth, seed, x, y, U, V):
    """K (record, pathway, mode, mode_in), outside (record, pathway), loss and epoch (record)."""
    random = np.random.default_rng(seed)
    f, slope = ACTIVATIONS[options["activation"]]
    width = options["width"]
    sizes = [x.shape[1]] + [width] * (depth - 1) + [y.shape[1]]
    sigma = options["gain"] / np.sqrt(width)
    weights = [[random.normal(0, sigma, (m, n)) for n, m in zip(sizes, sizes[1:])]
               for _ in range(options["pathways"])]
    schedule = sorted({*range(0, options["epochs"] + 1, options["every"]), options["epochs"]})
    K, outside, losses = [], [], []
    for epoch in range(options["epochs"] + 1):
        states = []
        for pathway in weights:
            h = [x.T]
            for weight in pathway:
                h.append(f(weight @ h[-1]))
            states.append(h)
        error = sum(h[-1] for h in states) - y.T
        if epoch in schedule:
            omega = np.array([h[-1] @ x for h in states])
            K.append(U.T @ omega @ V)
            outside.append(np.linalg.norm(omega - U @ K[-1] @ V.T, axis=(-2, -1)))
            losses.append((error**2).sum())
        for pathway, h in zip(weights, states):
            delta = 2 * error
            for layer in reversed(range(depth)):
                delta = delta * slope(h[layer + 1])
                update = delta @ h[layer].T
                delta = pathway[layer].T @ delta
                pathway[layer] -= options["learning_rate"] * update
    return np.array(K), np.array(outside), np.array(losses), np.array(schedule, dtype=np.int64)


def resolved_config(options, depth):
    return "\n".join([
        "[data]", 'task = "hierarchy"', "[network]", f"pathways = {options['pathways']}",
        f"depth = {depth}", f"width = {options['width']}",
        f'activation = "{options["activation"]}"', "[init]", "seed = 1", "[train]",
        f"learning_rate = {options['learning_rate']}", f"epochs = {options['epochs']}",
        "[record]", f"every = {options['every']}", "[sweep]", f"seeds = {options['seeds']}", ""])


def put(file, name, values, dims, units="1", meaning=""):
    """A data set with its scales attached; extendible and chunked along records."""
    values = np.asarray(values)
    storage = {}
    if "epoch" in dims:
        axis = dims.index("epoch")
        shape = tuple(None if i == axis else n for i, n in enumerate(values.shape))
        storage = dict(maxshape=shape, chunks=True, shuffle=True, compression="gzip",
                       fletcher32=True)
    dataset = file.create_dataset(name, data=values, **storage)
    dataset.attrs["units"] = units
    dataset.attrs["meaning"] = meaning or name
    for axis, dim in enumerate(dims):
        dataset.dims[axis].attach_scale(file[dim])


def write_cell(path, index, depth, options, results, basis, status, stopped):
    U, S, V, groups = basis
    K, outside, loss, epoch = results
    with h5py.File(path, "w") as file:
        sizes = {"member": K.shape[0], "epoch": K.shape[1], "pathway": K.shape[2],
                 "mode": len(S), "mode_in": len(S), "input": len(V), "output": len(U)}
        for name, length in sizes.items():
            first = 1 if name.startswith("mode") else 0
            values = epoch if name == "epoch" else np.arange(first, first + length)
            file.create_dataset(name, data=values, chunks=True,
                                maxshape=(None,) if name == "epoch" else (length,))
            file[name].make_scale(name)
        if options["diagonal"]:
            put(file, "K_diagonal", np.diagonal(K, axis1=-2, axis2=-1),
                ("member", "epoch", "pathway", "mode"))
        else:
            put(file, "K", K, ("member", "epoch", "pathway", "mode", "mode_in"))
        put(file, "outside", outside, ("member", "epoch", "pathway"))
        put(file, "loss", loss, ("member", "epoch"))
        put(file, "seed", np.arange(1, K.shape[0] + 1, dtype=np.uint64), ("member",))
        put(file, "status", np.array(status, dtype=np.int8), ("member",))
        file["status"].attrs["flag_values"] = np.array([0, 1, 2], dtype=np.int8)
        file["status"].attrs["flag_meanings"] = "finished diverged unfinished"
        put(file, "stopped_epoch", np.array(stopped, dtype=np.int64), ("member",), "epoch")
        put(file, "U", U, ("output", "mode"))
        put(file, "S", S, ("mode",))
        put(file, "V", V, ("input", "mode"))
        put(file, "target", np.diag(S), ("mode", "mode_in"))
        put(file, "mode_group", groups, ("mode",))
        file["rank"] = np.int32(len(S))
        swept = {"network.depth": depth} if options["swept"] else {}
        file.attrs.update(
            schema_version=2, resolved_config=resolved_config(options, depth), cell=index,
            swept=json.dumps(swept), program_version="0.1.0", git_revision="unknown",
            backend="numpy", device="cpu", simd_target="none", precision="float64",
            start_time="2024-01-01T00:00:00Z", end_time="2024-01-01T00:01:00Z")


def write_index(directory, rows):
    with h5py.File(directory / "index.h5", "w") as file:
        members = file.create_group("members")
        for name in rows[0] if rows else ():
            members[name] = np.array([row[name] for row in rows])
        if rows:
            members["cell_file"] = np.array([f"cells/cell-{row['cell']:05d}.h5" for row in rows],
                                            dtype="S")


def make_run(directory, **settings):
    """Write the directory; settings as in DEFAULTS. Returns its Path.

    `unfinished`: indices of cells left as .h5.part with half of their records.
    `diverged`: (cell, member) pairs whose later half is NaN.
    """
    options = {**DEFAULTS, **settings}
    directory = Path(directory)
    (directory / "cells").mkdir(parents=True)
    x, y = hierarchy()
    basis = modes(x, y)
    rows = []
    for index, depth in enumerate(options["depths"]):
        runs = [train(options, depth, seed + 1, x, y, basis[0], basis[2])
                for seed in range(options["seeds"])]
        K, outside, loss = (np.array([run[i] for run in runs]) for i in range(3))
        epoch = runs[0][3]
        part = index in options["unfinished"]
        keep = len(epoch) // 2 + 1 if part else len(epoch)
        for array in (K, outside, loss):  # all records are there from the start, NaN until written
            array[:, keep:] = np.nan
            if part and len(K) > 2:
                array[0] = np.nan  # a member that has not begun
        status, stopped = [2 if part else 0] * len(K), [-1] * len(K)
        for member in [m for c, m in options["diverged"] if c == index]:
            half = keep // 2
            for array in (K, outside, loss):
                array[member, half:] = np.nan
            status[member], stopped[member] = 1, int(epoch[half])
        name = f"cell-{index:05d}.h5" + (".part" if part else "")
        write_cell(directory / "cells" / name, index, depth, options, (K, outside, loss, epoch),
                   basis, status, stopped)
        if not part:
            for member in range(len(K)):
                row = {"cell": index, "seed": member + 1, "status": status[member],
                       "epochs_done": int(epoch[-1]), "stopped_epoch": stopped[member],
                       "final_loss": loss[member, -1]}
                rows.append({**row, "swept/network.depth": depth} if options["swept"] else row)
    write_index(directory, rows)
    (directory / "resolved.toml").write_text(resolved_config(options, options["depths"][0]))
    return directory


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("directory")
    parser.add_argument("--depths", default=(2, 3), type=lambda t: [int(d) for d in t.split(",")])
    parser.add_argument("--activation", default="linear", choices=ACTIVATIONS)
    for key in ("width", "pathways", "seeds", "epochs", "every", "gain"):
        kind = type(DEFAULTS[key])
        parser.add_argument(f"--{key}", type=kind, default=DEFAULTS[key])
    given = vars(parser.parse_args())
    print(make_run(given.pop("directory"), **given))
