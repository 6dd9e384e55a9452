"""Arrays and tables into a data file for the engine: x (example, input), y (example, output)."""
import io
import os
import re
import struct
import tempfile
import zipfile
import zlib
from pathlib import Path

from .messages import (BAD_DATA, CANNOT_CREATE, IO_ERROR, NO_INPUT, UNAVAILABLE, USAGE, ToolError,
                       need)
from .outputs import is_same
from .text_tables import read_table

numpy = need("numpy")

# What numpy.load and zipfile raise for bytes that are not what they should be: a header that does
# not parse, a wrong checksum, a broken stream, an unknown or encrypted compression, absurd sizes.
DAMAGED = (ValueError, EOFError, SyntaxError, KeyError, RuntimeError, MemoryError, OverflowError,
           zipfile.BadZipFile, zlib.error, struct.error)


def read_npz(path):
    """(x, y) from the keys `x` and `y` of an NPZ archive."""
    if not zipfile.is_zipfile(path):
        raise ToolError(f"{path}: not an NPZ file (an archive with x and y); make one with "
                        "numpy.savez(path, x=..., y=...)")
    try:
        with open(path, "rb") as file, numpy.load(file, allow_pickle=False) as archive:
            missing = [key for key in ("x", "y") if key not in archive.files]
            if missing:
                keys = ", ".join(archive.files) or "nothing"
                raise ToolError(f"{path}: no key `{missing[0]}` (it holds {keys}); save with "
                                "numpy.savez(path, x=..., y=...)")
            return archive["x"], archive["y"]
    except DAMAGED as error:
        if "allow_pickle" in str(error):
            raise ToolError(f"{path}: x or y is not numeric (an object array); make it a plain "
                            "array of floats") from error
        raise ToolError(f"{path}: a damaged NPZ file; make it again with numpy.savez") from error


def read_npy(path):
    try:
        with open(path, "rb") as file:
            return numpy.load(file, allow_pickle=False)
    except DAMAGED as error:
        raise ToolError(f"{path}: not a NPY file of numbers, or a damaged one; make it again with "
                        "numpy.save") from error


def read_mat(path):
    """(x, y, notes) of a MATLAB file: version 7.3 is HDF5, with the axes in reverse order."""
    h5py = need("h5py")
    if not h5py.is_hdf5(path):
        return read_old_mat(path)
    with h5py.File(path, "r") as file:
        return (*(read_mat_variable(path, file, name, h5py) for name in ("x", "y")),
                [f"{path}: MATLAB keeps axes in reverse order; x and y are transposed back"])


def read_mat_variable(path, file, name, h5py):
    if name not in file:
        raise ToolError(f"{path}: no variable `{name}` (it holds {', '.join(file) or 'nothing'}); "
                        "in MATLAB: save('data.mat', 'x', 'y', '-v7.3')")
    variable = file[name]
    if not isinstance(variable, h5py.Dataset):
        how = f"full({name})" if "MATLAB_sparse" in variable.attrs else f"a matrix in place of {name}"
        raise ToolError(f"{path}: {name} is sparse or a struct, not a full matrix; save {how}")
    kind = variable.attrs.get("MATLAB_class", b"double")
    kind = kind.decode() if isinstance(kind, bytes) else str(kind)
    if not re.fullmatch(r"double|single|u?int\d+|logical", kind):
        raise ToolError(f"{path}: {name} is of MATLAB class {kind}; numbers are needed")
    return variable[()].T


def read_old_mat(path):
    """Of versions 5 to 7, which only SciPy reads."""
    try:
        from scipy.io import loadmat
        from scipy.sparse import issparse
    except ImportError as error:
        raise ToolError(f"{path}: a MATLAB file before version 7.3 (or none); save it with "
                        "save('data.mat', 'x', 'y', '-v7.3'), or install SciPy (apt install "
                        "python3-scipy), which reads it", UNAVAILABLE) from error
    try:
        with open(path, "rb") as file:
            found = loadmat(io.BytesIO(file.read()))
    except (OSError, TypeError, *DAMAGED) as error:
        raise ToolError(f"{path}: not a MATLAB file, or a damaged one; save it again") from error
    missing = [name for name in ("x", "y") if name not in found]
    if missing:
        names = ", ".join(name for name in found if not name.startswith("__")) or "nothing"
        raise ToolError(f"{path}: no variable `{missing[0]}` (it holds {names})")
    return (*(found[n].toarray() if issparse(found[n]) else found[n] for n in ("x", "y")), [])


def check_matrix(name, matrix, where):
    """A finite float64 matrix (example, unit), or an error that names the first bad entry."""
    matrix = numpy.asarray(matrix)
    if matrix.dtype.kind not in "biuf":
        what = {"c": "complex numbers: take the real part, or real and imaginary parts as columns",
                "V": "a structured array: make a plain one of its fields (numpy.column_stack)",
                "M": "dates: make numbers of them", "m": "time differences: make numbers of them"}
        raise ToolError(f"{where}: {name} is not numeric (dtype {matrix.dtype}); "
                        f"{what.get(matrix.dtype.kind, 'real numbers are needed')}")
    if matrix.ndim != 2:
        hint = f"; {name}.reshape(-1, 1) makes one column of it" if matrix.ndim == 1 else ""
        raise ToolError(f"{where}: {name} has shape {matrix.shape}; two axes are needed, "
                        f"(example, unit){hint}")
    if 0 in matrix.shape:
        raise ToolError(f"{where}: {name} is empty, shape {matrix.shape}")
    matrix = matrix.astype(float)
    bad = numpy.argwhere(~numpy.isfinite(matrix))
    if len(bad):
        row, column = (int(v) for v in bad[0])
        raise ToolError(f"{where}: {name} has {len(bad)} NaN or infinite value(s), the first in "
                        f"example {row + 1}, column {column + 1}; training needs finite numbers")
    return matrix


def read_files(paths, header, index):
    """(x, y, notes), unchecked, of one file with both or of two files."""
    kinds = [p.suffix.lower() for p in paths]
    if kinds == [".npz"]:
        return (*read_npz(paths[0]), [])
    if kinds == [".mat"]:
        return read_mat(paths[0])
    if kinds == [".npy", ".npy"]:
        return (*map(read_npy, paths), [])
    (x, x_notes), (y, y_notes) = (read_table(path, header, index) for path in paths)
    return x, y, x_notes + y_notes


ONE_FILE = (".npz", ".mat")
TWO_FILES = (".csv", ".tsv", ".txt", ".npy")


def check_paths(paths):
    kinds = [p.suffix.lower() for p in paths]
    fits = (len(kinds) == 1 and kinds[0] in ONE_FILE) or (
        len(kinds) == 2 and kinds[0] in TWO_FILES and (kinds[0] == ".npy") == (kinds[1] == ".npy")
        and kinds[1] in TWO_FILES)
    if not fits:
        raise ToolError("give one .npz or .mat with x and y, or two .csv (.tsv, .txt) or .npy "
                        f"files, inputs then outputs (got: {' '.join(map(str, paths))})", USAGE)
    for path in paths:
        if not path.is_file():
            raise ToolError(f"{path}: no such file", NO_INPUT)


def load_inputs(paths, header="guess", index="guess"):
    """(x, y, notes): checked float64 matrices, and what was done to them that a user should know.

    `header`, `index`: see read_table()."""
    paths = [Path(p) for p in paths]
    check_paths(paths)
    try:
        x, y, notes = read_files(paths, header, index)
    except OSError as error:
        raise ToolError(f"{error.filename or paths[0]}: cannot be read: {error.strerror or error}",
                        NO_INPUT) from error
    x, y = check_matrix("x", x, paths[0]), check_matrix("y", y, paths[-1])
    if len(x) != len(y):
        other_way = x.shape[1] == y.shape[1]
        raise ToolError(f"x has {len(x)} examples and y has {len(y)}; row i of both must be "
                        f"example i{'; both may have to be transposed' if other_way else ''}",
                        BAD_DATA)
    return x, y, notes


def rank_of(x, y):
    """The number of modes to learn, counted as the engine does: S >= 1e-10 S_1 of y^T x."""
    scale = max(abs(x).max(), 1e-300) * max(abs(y).max(), 1e-300)
    values = numpy.linalg.svd(y.T @ (x / scale), compute_uv=False)
    return int((values >= 1e-10 * values[0]).sum()) if values[0] > 0 else 0


def describe(x, y):
    """One sentence that says what the data are taken for."""
    return (f"{len(x)} examples x {x.shape[1]} inputs -> {y.shape[1]} outputs, "
            f"rank {rank_of(x, y)}")


def preview(x, y, rows=5, columns=6):
    """The first examples as text, inputs and outputs."""
    def part(name, values):
        shown = " ".join(f"{value:10.4g}" for value in values[:columns])
        return f"{name} {shown}{' ...' if len(values) > columns else ''}"
    lines = [f"example {i + 1}: {part('x', x[i])} | {part('y', y[i])}"
             for i in range(min(rows, len(x)))]
    return "\n".join(lines + (["..."] if len(x) > rows else []))


def data_file_bytes(x, y, source):
    """The data file, made in memory: HDF5 takes a disk that fills up badly."""
    h5py = need("h5py")
    with h5py.File("data.h5", "w", driver="core", backing_store=False) as file:
        file.attrs["source"] = source
        for name, length in (("example", len(x)), ("input", x.shape[1]), ("output", y.shape[1])):
            file[name] = numpy.arange(length)
            file[name].make_scale(name)
        for name, matrix, unit in (("x", x, "input"), ("y", y, "output")):
            file[name] = matrix
            for axis, scale in enumerate(("example", unit)):
                file[name].dims[axis].label = scale
                file[name].dims[axis].attach_scale(file[scale])
        file.flush()
        return file.id.get_file_image()


def write_data_file(path, x, y, source):
    """Write x (example, input) and y (example, output) with scales; renamed into place when whole,
    and nothing is left when it cannot be written."""
    content, path = data_file_bytes(x, y, source), Path(path)
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as error:
        raise ToolError(f"{path}: cannot be created: {error.strerror}", CANNOT_CREATE) from error
    try:
        with open(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(temporary, 0o666 & ~mask)
    except OSError as error:
        os.unlink(temporary)
        raise ToolError(f"{path}: cannot be written ({error.strerror}); nothing is left of it: free "
                        "space, or choose another place", IO_ERROR) from error
    try:
        os.replace(temporary, path)
    except OSError as error:
        os.unlink(temporary)
        raise ToolError(f"{path}: cannot be created: {error.strerror}", CANNOT_CREATE) from error


def convert(paths, output, force=False, header="guess", index="guess"):
    """The command `convert`: check the inputs, write the data file, return (x, y, notes)."""
    x, y, notes = load_inputs(paths, header, index)
    output = Path(output)
    if output.exists() and (output.is_dir() or not force):
        raise ToolError(f"{output}: exists already; choose another name or add --force",
                        CANNOT_CREATE)
    if any(is_same(output, Path(path)) for path in paths):
        raise ToolError(f"{output} is what is converted; choose another name", CANNOT_CREATE)
    write_data_file(output, x, y, " ".join(Path(p).name for p in paths))
    return x, y, notes
