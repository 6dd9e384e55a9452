"""NPZ and CSV into a data file that the engine reads: x (example, input), y (example, output)."""
import csv
import os
import tempfile
import zipfile
from pathlib import Path

from .messages import BAD_DATA, CANNOT_CREATE, NO_INPUT, USAGE, ToolError, need

numpy = need("numpy")


def read_npz(path):
    """(x, y) from the keys `x` and `y` of an NPZ archive."""
    if not zipfile.is_zipfile(path):
        raise ToolError(f"{path}: not an NPZ file (an archive with x and y); make one with "
                        "numpy.savez(path, x=..., y=...)")
    try:
        with numpy.load(path, allow_pickle=False) as archive:
            missing = [key for key in ("x", "y") if key not in archive.files]
            if missing:
                keys = ", ".join(archive.files) or "nothing"
                raise ToolError(f"{path}: no key `{missing[0]}` (it holds {keys}); save with "
                                "numpy.savez(path, x=..., y=...)")
            return archive["x"], archive["y"]
    except (ValueError, zipfile.BadZipFile, EOFError) as error:
        if "allow_pickle" in str(error):
            raise ToolError(f"{path}: x or y is not numeric (an object array); make it a plain "
                            "array of floats") from error
        raise ToolError(f"{path}: a damaged NPZ file; make it again with numpy.savez") from error


def is_number(text):
    try:
        float(text)
        return True
    except ValueError:
        return False


def read_csv(path):
    """A matrix from comma-separated text, one example a line; a first line of names is skipped."""
    rows, width = [], None
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:
            for number, fields in enumerate(csv.reader(file), start=1):
                fields = [field.strip() for field in fields]
                if not any(fields) or fields[0].startswith("#"):
                    continue
                if width is None:
                    width = len(fields)
                    if not any(map(is_number, fields)):
                        continue  # column names
                if len(fields) != width:
                    raise ToolError(f"{path}:{number}: {len(fields)} columns where the lines "
                                    f"before have {width}; every example needs the same")
                for column, field in enumerate(fields, start=1):
                    if not is_number(field):
                        raise ToolError(f"{path}:{number}: column {column} is not a number: "
                                        f"`{field[:40]}`")
                rows.append([float(field) for field in fields])
    except (UnicodeDecodeError, csv.Error) as error:
        raise ToolError(f"{path}: not a text file of comma-separated numbers") from error
    return numpy.array(rows, dtype=float).reshape(len(rows), width or 0)


def check_matrix(name, matrix, where):
    """A finite float64 matrix (example, unit), or an error that names the first bad entry."""
    matrix = numpy.asarray(matrix)
    if matrix.dtype.kind not in "biuf":
        raise ToolError(f"{where}: {name} is not numeric (dtype {matrix.dtype}); "
                        "real numbers are needed")
    if matrix.ndim != 2:
        raise ToolError(f"{where}: {name} has shape {matrix.shape}; two axes are needed, "
                        "(example, unit)")
    if 0 in matrix.shape:
        raise ToolError(f"{where}: {name} is empty, shape {matrix.shape}")
    matrix = matrix.astype(float)
    bad = numpy.argwhere(~numpy.isfinite(matrix))
    if len(bad):
        row, column = (int(v) for v in bad[0])
        raise ToolError(f"{where}: {name} has {len(bad)} NaN or infinite value(s), the first in "
                        f"example {row + 1}, column {column + 1}; training needs finite numbers")
    return matrix


def load_inputs(paths):
    """(x, y) as checked float64 matrices from one NPZ or two CSV files."""
    paths = [Path(p) for p in paths]
    kinds = [p.suffix.lower() for p in paths]
    if kinds not in ([".npz"], [".csv", ".csv"]):
        raise ToolError("give one .npz with keys x and y, or two .csv files, inputs then outputs "
                        f"(got: {' '.join(map(str, paths))})", USAGE)
    for path in paths:
        if not path.is_file():
            raise ToolError(f"{path}: no such file", NO_INPUT)
    try:
        x, y = read_npz(paths[0]) if kinds == [".npz"] else map(read_csv, paths)
    except OSError as error:
        raise ToolError(f"{error.filename or paths[0]}: cannot be read: {error.strerror or error}",
                        NO_INPUT) from error
    x, y = check_matrix("x", x, paths[0]), check_matrix("y", y, paths[-1])
    if len(x) != len(y):
        raise ToolError(f"x has {len(x)} examples and y has {len(y)}; row i of both must be "
                        "example i", BAD_DATA)
    return x, y


def write_data_file(path, x, y, source):
    """Write x (example, input) and y (example, output) with scales; renamed into place."""
    h5py = need("h5py")
    path = Path(path)
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        os.close(handle)
    except OSError as error:
        raise ToolError(f"{path}: cannot be created: {error.strerror}", CANNOT_CREATE) from error
    try:
        with h5py.File(temporary, "w") as file:
            file.attrs["source"] = source
            for name, length in (("example", len(x)), ("input", x.shape[1]),
                                 ("output", y.shape[1])):
                file[name] = numpy.arange(length)
                file[name].make_scale(name)
            for name, matrix, unit in (("x", x, "input"), ("y", y, "output")):
                file[name] = matrix
                for axis, scale in enumerate(("example", unit)):
                    file[name].dims[axis].label = scale
                    file[name].dims[axis].attach_scale(file[scale])
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(temporary, 0o666 & ~mask)
        os.replace(temporary, path)
    except OSError as error:
        raise ToolError(f"{path}: cannot be created: {error.strerror or error}",
                        CANNOT_CREATE) from error
    finally:
        if os.path.exists(temporary):
            os.unlink(temporary)


def convert(paths, output, force=False):
    """The command `convert`: check the inputs, write the data file, return (x, y)."""
    x, y = load_inputs(paths)
    output = Path(output)
    if output.exists() and (output.is_dir() or not force):
        raise ToolError(f"{output}: exists already; choose another name or add --force",
                        CANNOT_CREATE)
    write_data_file(output, x, y, " ".join(Path(p).name for p in paths))
    return x, y
