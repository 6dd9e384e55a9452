"""HDF5 files of other programs: read as their writers meant them, or refused by name."""
import os
import shutil
import unittest

import h5py
import numpy as np

from program import ProgramTest

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(8, 5)), RNG.normal(size=(8, 3))
CONFIG = """
[data]
task = "file"
file = "data.h5"
[network]
width = 5
depth = 2
[train]
epochs = 0
"""


class DataFileTest(ProgramTest):
    def setUp(self):
        super().setUp()
        self.path = self.folder / "data.h5"
        with h5py.File(self.path, "w") as file:
            file["x"], file["y"] = X, Y

    def change(self):
        """The data file, open, without its x."""
        file = h5py.File(self.path, "r+")
        del file["x"]
        return file

    def train(self):
        shutil.rmtree(self.folder / "out", ignore_errors=True)
        return self.run_config(text=CONFIG)

    def refuse(self, *words, code=65):
        result = self.train()
        self.assert_fails(result, code, *words)
        self.assertEqual(result.stderr.count("\n"), 1, result.stderr)
        self.assertFalse((self.folder / "out").exists())

    def accept(self, x, y=Y, note=None):
        """Trained on exactly these data: their modes, singular values and target are in the cell."""
        result = self.train()
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn(f"data: {len(x)} examples x {x.shape[1]} inputs -> {y.shape[1]} outputs, rank ",
                      result.stderr)
        if note is not None:
            self.assertIn(note, result.stderr)
        self.assertEqual("note:" in result.stderr, note is not None, result.stderr)
        with h5py.File(self.folder / "out/cells/cell-00000.h5") as cell:
            U, S, V = cell["U"][()], cell["S"][()], cell["V"][()]
        correlation = y.T.astype(float) @ x.astype(float)
        np.testing.assert_allclose(U * S @ V.T, correlation, atol=1e-12 * abs(correlation).max())
        return result


class Completeness(DataFileTest):
    def test_virtual_data_set_with_all_its_sources(self):
        self.make_virtual()
        self.accept(X)
        os.mkdir(self.folder / "elsewhere")
        for part in (1, 2):
            shutil.move(self.folder / f"part{part}.h5", self.folder / "elsewhere")
        self.refuse("'x'", "is virtual", "'part1.h5'", "missing")

    def make_virtual(self, rows=(4, 4)):
        layout = h5py.VirtualLayout(shape=(8, 5), dtype="f8")
        for part, count in enumerate(rows, start=1):
            with h5py.File(self.folder / f"part{part}.h5", "w") as file:
                file["x"] = X[4 * part - 4:4 * part - 4 + count]
            layout[4 * part - 4:4 * part] = h5py.VirtualSource(f"part{part}.h5", "x", shape=(4, 5))
        with self.change() as file:
            file.create_virtual_dataset("x", layout)

    def test_virtual_source_that_is_moved_smaller_renamed_or_half_written(self):
        self.make_virtual()
        shutil.move(self.folder / "part2.h5", self.folder / "moved.h5")
        self.refuse("'x'", "'part2.h5'", "missing", "zeros")
        self.make_virtual(rows=(4, 3))
        self.refuse("'x'", "part2.h5' is smaller than what is taken of it")
        self.make_virtual()
        with h5py.File(self.folder / "part2.h5", "r+") as file:
            file.move("x", "X")
        self.refuse("its source 'x' in", "part2.h5' is missing")
        with h5py.File(self.folder / "part2.h5", "r+") as file:
            file.create_dataset("x", (4, 5), "f8", chunks=(1, 5))[:2] = 1.0
        self.refuse("part2.h5' has 2 of 4 parts (chunks) that were never written")

    def test_virtual_data_set_with_a_gap(self):
        layout = h5py.VirtualLayout(shape=(8, 5), dtype="f8")
        with h5py.File(self.folder / "part.h5", "w") as file:
            file["x"] = X
        layout[:6] = h5py.VirtualSource("part.h5", "x", shape=(8, 5))[:6]
        with self.change() as file:
            file.create_virtual_dataset("x", layout)
        self.refuse("'x'", "10 of its 40 elements have no source")

    def test_virtual_data_set_of_its_own_file(self):
        layout = h5py.VirtualLayout(shape=(8, 5), dtype="f8")
        layout[:] = h5py.VirtualSource(".", "inner", shape=(8, 5))
        with self.change() as file:
            file["inner"] = X
            file.create_virtual_dataset("x", layout)
        self.accept(X)

    def test_parts_that_were_never_written(self):
        with self.change() as file:
            file.create_dataset("x", (8, 5), "f8", chunks=(2, 5), compression="gzip")[:6] = X[:6]
        self.refuse("'x'", "1 of 4 parts (chunks) that were never written", "d[...] = d[...]")
        with self.change() as file:
            file.create_dataset("x", (8, 5), "f8")
        self.refuse("'x'", "was never written")

    def test_all_parts_written(self):
        for options in ({"chunks": (3, 2)}, {"chunks": (3, 2), "compression": "gzip"},
                        {"chunks": (8, 5), "shuffle": True, "fletcher32": True},
                        {"chunks": (5, 5), "maxshape": (None, 5)}):
            with self.change() as file:
                file.create_dataset("x", data=X, **options)
            self.accept(X)

    def test_a_fill_value_that_was_chosen_is_read_and_told(self):
        sparse = np.zeros((8, 5))
        sparse[:4] = X[:4]
        with self.change() as file:
            file.create_dataset("x", (8, 5), "f8", chunks=(4, 5), fillvalue=0.0)[:4] = X[:4]
        self.accept(sparse, note="1 of 2 parts (chunks) that were never written: they read as 0")
        with h5py.File(self.path, "r+") as file:  # as netCDF's library, which sets one for everything
            file.attrs["_NCProperties"] = "version=2,netcdf=4.9.0,hdf5=1.10.8"
        self.refuse("'x'", "1 of 2 parts (chunks) that were never written")

    def test_a_filter_that_is_not_there(self):
        with self.change() as file:
            file.create_dataset("x", data=np.eye(64), compression="lzf")
            del file["y"]
            file["y"] = np.ones((64, 3))
        self.refuse("'x'", "lzf", "number 32000", "gzip", "HDF5_PLUGIN_PATH")

    def test_links_that_lead_nowhere(self):
        with self.change() as file:
            file["x"] = h5py.SoftLink("/raw/x")
        self.refuse("'x'", "is a link to '/raw/x', which the file does not hold")
        with self.change() as file:
            file["x"] = h5py.ExternalLink("raw.h5", "/x")
        self.refuse("'x'", "is a link to '/x' of the file 'raw.h5'")
        with h5py.File(self.folder / "raw.h5", "w") as file:
            file["x"] = X
        self.accept(X)


class Conventions(DataFileTest):
    def matlab(self, name="double", **variables):
        """As save -v7.3 leaves it: axes reversed, the class as an attribute, 512 bytes in front."""
        with h5py.File(self.path, "w", userblock_size=512) as file:
            for key, value in variables.items():
                file[key] = np.ascontiguousarray(value.T)
                file[key].attrs["MATLAB_class"] = np.bytes_(name)
        with open(self.path, "r+b") as file:
            file.write(b"MATLAB 7.3 MAT-file".ljust(124) + b"\x00\x02IM")

    def test_matlab_is_transposed_back_and_said(self):
        square = RNG.normal(size=(8, 5))
        self.matlab(x=X, y=square)  # as many inputs as outputs: row counts would not show it
        result = self.accept(X, square, note="was written by MATLAB")
        self.assertIn("transposed back", result.stderr)
        self.matlab(x=X, y=Y)
        self.accept(X, Y, note="was written by MATLAB")
        self.matlab(x=X > 0, y=Y > 0, name="logical")
        self.accept(X > 0, Y > 0, note="was written by MATLAB")

    def test_matlab_classes_that_are_not_numbers(self):
        self.matlab(x=(X > 0).astype("u2"), y=Y, name="char")
        self.refuse("data set x", "MATLAB class char")
        self.matlab(y=Y)
        with h5py.File(self.path, "r+") as file:
            file.create_group("x").attrs["MATLAB_sparse"] = np.uint64(8)
        self.refuse("'x'", "full(x)")

    def test_netcdf_packing_is_undone_and_said(self):
        stored = np.round(X * 1000).astype("i2")
        with self.change() as file:
            file["x"] = stored
            file["x"].attrs["scale_factor"] = 0.001
            file["x"].attrs["add_offset"] = np.array([0.5], "f4")
            file["x"].attrs["_FillValue"] = np.int16(-32768)
        self.accept(stored * 0.001 + 0.5, note="is packed: its numbers are taken times 0.001 plus 0.5")

    def test_netcdf_unsigned_numbers(self):
        stored = (np.arange(40).reshape(8, 5) * 6 + (X > 0)).astype("u1")
        with self.change() as file:
            file["x"] = stored.view("i1")
            file["x"].attrs["_Unsigned"] = "true"
        self.accept(stored.astype(float), note="negative ones as unsigned")

    def test_netcdf_missing_values_are_named(self):
        for attribute, value in (("_FillValue", -999.0), ("missing_value", [-999.0, -998.0]),
                                 ("valid_min", -900.0), ("valid_range", [-900.0, 900.0])):
            with self.change() as file:
                x = X.copy()
                x[3, 2] = -999.0
                file["x"] = x
                file["x"].attrs[attribute] = value
            self.refuse("'x'", "missing value (-999", "row 3, column 2")
        with self.change() as file:
            file["x"] = X
            file["x"].attrs["scale_factor"] = "0.1"
        self.refuse("x", "scale_factor is not a number")

    def test_every_kind_of_real_number(self):
        whole = np.arange(40).reshape(8, 5) % 7 % 2
        for kind in ("?", "i1", "u1", ">i2", "<u4", ">i8", "f2", ">f4", ">f8", "longdouble"):
            with self.change() as file:
                file["x"] = whole.astype(kind)
            self.accept(whole)

    def test_other_kinds_are_named_with_a_way_out(self):
        fields = np.zeros((8, 5), [("weight", "f8"), ("height", "f8")])
        for value, words in ((X * 1j, ("complex", "real part")),
                             (fields, ("weight, height", "columns")),
                             (np.full((8, 5), b"1.5"), ("text",))):
            with self.change() as file:
                file["x"] = value
            self.refuse("'x'", "not numeric", *words)
        with self.change() as file:
            file.create_dataset("x", (8, 5), h5py.ref_dtype)
        self.refuse("'x'", "references")
        with self.change() as file:
            file["x"] = X[:, 0]
        self.refuse("'x'", "1 dimensions", "x.reshape(-1, 1)")

    def test_layouts_of_other_programs(self):
        for attribute, words in (("pandas_type", ("pandas", "to_numpy", "convert")),
                                 ("OCTAVE_NEW_FORMAT", ("Octave", "save -7"))):
            with self.change() as file:
                file.create_group("x").attrs[attribute] = "frame"
            self.refuse("'x'", *words)

    def test_other_formats_by_their_first_bytes(self):
        np.savez(self.folder / "d.npz", x=X, y=Y)
        for start, words in ((b"CDF\x01", "nccopy -k nc4"), (b"MATLAB 5.0 MAT-file", "-v7.3"),
                             ((self.folder / "d.npz").read_bytes(), "convert"),
                             (b"\x93NUMPY\x01", "X.npy Y.npy"), (b"\x1f\x8b\x08", "gzip"),
                             (b"version https://git-lfs.github.com/spec/v1", "git lfs pull")):
            self.path.write_bytes(start + bytes(100))
            self.refuse("data.h5", "not an HDF5 file", words)


class InitialWeights(ProgramTest):
    """init.file is looked at in the same way."""

    TEXT = '[network]\ndepth = 1\npathways = 1\nbias = true\n[train]\nepochs = 1\n[init]\nmethod = "file"\nfile = "w.h5"\n'

    def run_with(self, make):
        shutil.rmtree(self.folder / "out", ignore_errors=True)
        with h5py.File(self.folder / "w.h5", "w") as file:
            make(file)
        return self.run_config(text=self.TEXT)

    def test_kinds(self):
        name, weights = "initial_weights/pathway_0/layer_1", RNG.normal(size=(15, 8))

        def half_written(file):
            file.create_dataset(name, (15, 8), "f8", chunks=(5, 8))[:5] = weights[:5]

        def broken_bias(file):
            file[name] = weights
            file["initial_biases/pathway_0/layer_1"] = h5py.SoftLink("/nowhere")

        def of_matlab(file):
            file[name] = weights.T
            file[name].attrs["MATLAB_class"] = np.bytes_("double")

        self.assert_fails(self.run_with(half_written), 65, name, "never written")
        self.assert_fails(self.run_with(broken_bias), 65, "initial_biases", "/nowhere")
        self.assertEqual(self.run_with(of_matlab).returncode, 0)


if __name__ == "__main__":
    unittest.main()
