"""Tests of tools/polypath.py: reading, measures, conversion.

    /usr/bin/python3 -m unittest discover -s tests/python
"""
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import h5py
import numpy as np

from tool_test import HERE, TOOLS, Folder, call

import polypath
from make_run import make_run, put


class Installed(Folder):
    def test_the_program_of_the_same_installation_is_used(self):
        tools = self.folder / "share" / "polypath" / "tools"
        shutil.copytree(TOOLS / "polypath_lib", tools / "polypath_lib")
        program = self.folder / "bin" / "polypath"
        program.parent.mkdir()
        program.touch()
        found = subprocess.run(
            [sys.executable, "-c",
             "from polypath_lib.statistics import program; print(program())"],
            cwd=tools, env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=True)
        self.assertEqual(Path(found.stdout.strip()).resolve(), program.resolve())


class Reading(Folder):
    def test_round_trip_as_xarray_and_h5py(self):
        run = self.run_directory()
        dataset = polypath.open_run(run)
        self.assertEqual(dict(dataset["K"].sizes), {"cell": 2, "member": 2, "epoch": 11,
                                                    "pathway": 2, "mode": 8, "mode_in": 8})
        self.assertEqual(dataset["network.depth"].values.tolist(), [2, 3])
        self.assertEqual(dataset["mode"].values[0], 1)
        self.assertEqual(dataset["pathway"].values[0], 0)
        with polypath.open_cell_h5(run, 1) as file:
            np.testing.assert_array_equal(file["K"][()], dataset["K"].sel(cell=1).values)
        cell = polypath.open_cell(run, 1)
        self.assertEqual(cell.attrs["swept"], {"network.depth": 3})
        self.assertEqual(cell["epoch"].dims, ("epoch",))
        self.assertEqual(cell["seed"].values.tolist(), [1, 2])
        self.assertEqual(int(cell["rank"]), 8)

    def test_table_of_members(self):
        table = polypath.cells(self.run_directory())
        self.assertEqual(table["cell"].tolist(), [0, 0, 1, 1])
        self.assertEqual(table["network.depth"].tolist(), [2, 2, 3, 3])
        self.assertEqual(list(table)[:3], ["cell", "seed", "status"])

    def test_the_table_names_the_files_of_the_cells(self):
        run = self.run_directory()
        named = polypath.cells(run)["cell_file"].tolist()
        self.assertEqual(named, ["cells/cell-00000.h5"] * 2 + ["cells/cell-00001.h5"] * 2)
        for name in named:
            self.assertTrue((run / name).is_file())

    def test_cells_that_record_at_other_epochs_are_joined_by_epoch(self):
        run = self.run_directory(depths=(2,))
        other = self.run_directory("other", depths=(2, 2), epochs=30, every=10)
        shutil.copy(other / "cells/cell-00001.h5", run / "cells/cell-00001.h5")
        joined = polypath.open_run(run)
        self.assertEqual(joined["epoch"].values.tolist(),
                         sorted({*range(0, 41, 4), *range(0, 31, 10)}))
        for index, epochs in ((0, range(0, 41, 4)), (1, range(0, 31, 10))):
            cell = polypath.open_cell(run, index)
            here = joined["K"].sel(cell=index)
            np.testing.assert_array_equal(here.sel(epoch=list(epochs)).values, cell["K"].values)
            rest = here.sel(epoch=[e for e in joined["epoch"].values if e not in epochs])
            self.assertTrue(np.isnan(rest.values).all())

    def test_cells_of_unequal_shape_are_padded(self):
        run = self.run_directory(depths=(2, 3))
        with h5py.File(run / "cells/cell-00001.h5", "r+") as file:
            for name, count in (("layer", 3), ("pathway_extra", 2)):
                file.create_dataset(name, data=np.arange(1, count + 1)).make_scale(name)
            put(file, "gain", np.ones((2, 2, 3)), ("member", "pathway", "layer"))
            put(file, "code", np.array([7, 8]), ("pathway_extra",))
        with h5py.File(run / "cells/cell-00000.h5", "r+") as file:
            file.create_dataset("layer", data=np.arange(1, 3)).make_scale("layer")
            put(file, "gain", np.zeros((2, 2, 2)), ("member", "pathway", "layer"))
        joined = polypath.open_run(run)
        self.assertEqual(joined["gain"].dims, ("cell", "member", "pathway", "layer"))
        self.assertEqual(joined["layer"].values.tolist(), [1, 2, 3])
        np.testing.assert_array_equal(joined["gain"].sel(cell=0).values[..., :2], 0)
        self.assertTrue(np.isnan(joined["gain"].sel(cell=0).values[..., 2]).all())
        np.testing.assert_array_equal(joined["gain"].sel(cell=1).values, 1)
        np.testing.assert_array_equal(joined["code"].values, [[np.nan, np.nan], [7, 8]])
        self.assertEqual(joined["status"].dtype, np.int8, "what fits stays as it is")

    def test_axes_of_plots_have_short_labels(self):
        from xarray.plot.utils import label_from_attrs
        run = polypath.open_run(HERE.parent / "golden/layout1")
        self.assertEqual([label_from_attrs(run[name]) for name in ("K", "epoch", "loss")],
                         ["K", "epoch", "loss"])
        self.assertIn("input-output map", run["K"].attrs["description"])
        self.assertEqual(label_from_attrs(run["stopped_epoch"]), "stopped_epoch [epoch]")

    def test_files_of_layout_1_are_read_as_those_of_layout_2(self):
        run = HERE.parent / "golden/layout1"
        with h5py.File(run / "cells/cell-00000.h5") as file:
            self.assertEqual(file.attrs["schema_version"], 1)
            stored = file["K"][()]
        cell = polypath.open_cell(run, 0)
        self.assertEqual(cell["K"].dims, ("member", "epoch", "pathway", "mode", "mode_in"))
        self.assertEqual(cell["epoch"].values.tolist(), [0, 5, 10, 15, 20])
        self.assertNotIn("record", cell.variables)
        np.testing.assert_array_equal(cell["K"].values, stored)
        joined = polypath.open_run(run)
        self.assertEqual(joined["record.every"].values.tolist(), [5, 10])
        np.testing.assert_array_equal(
            np.isfinite(joined["loss"].values).all(axis=1),
            [[True] * 5, [True, False, True, False, True]])
        self.assertEqual(polypath.cells(run)["cell"].tolist(), [0, 0, 1, 1])

    def test_running_cell(self):
        run = self.run_directory(unfinished=(1,))
        cell = polypath.open_cell(run, 1)
        self.assertEqual((cell.attrs["finished"], cell.sizes["epoch"]), (0, 6))
        self.assertEqual(polypath.open_run(run).sizes["cell"], 1)
        status, out, _ = call(polypath, "show", run)
        self.assertEqual(status, 0)
        self.assertIn("cell 1: not finished, last record at epoch 20", out)

    def test_running_cell_with_space_for_records_to_come(self):
        run = self.run_directory(depths=(2,), unfinished=(0,))
        with h5py.File(run / "cells/cell-00000.h5.part", "r+") as file:
            file["epoch"][4:] = 0
            file["loss"][:, 4:] = np.nan
        self.assertEqual(polypath.open_cell(run, 0).sizes["epoch"], 4)

    def test_some_variables_only(self):
        cell = polypath.open_cell(self.run_directory(), 0, variables=["loss"])
        self.assertEqual(set(cell.data_vars), {"loss"})
        with self.assertRaisesRegex(polypath.ToolError, "has no `speed`"):
            polypath.open_cell(self.folder / "run", 0, variables=["speed"])

    def expect(self, code, words, function, *arguments):
        with self.assertRaisesRegex(polypath.ToolError, words) as caught:
            function(*arguments)
        self.assertEqual(caught.exception.code, code)

    def test_errors(self):
        self.expect(66, "no such directory", polypath.open_run, self.folder / "none")
        self.expect(66, "not an output directory", polypath.open_run, self.folder)
        run = self.run_directory(unfinished=(0, 1))
        self.expect(66, "no finished cell yet", polypath.open_run, run)
        self.expect(66, r"no cell 7 \(cells there: 0, 1\)", polypath.open_cell, run, 7)
        (run / "index.h5").unlink()
        self.expect(66, "index.h5: no such file", polypath.cells, run)
        (run / "cells/cell-00000.h5").write_text("not HDF5")
        self.expect(74, "does not open as HDF5", polypath.open_cell, run, 0)


class Measures(unittest.TestCase):
    def test_by_hand(self):
        target = np.array([4.0, 2.0, 0.0])
        k = np.array([[3.0, 0.01, 0.0], [1.0, 0.01, 0.0]])  # (pathway, mode)
        np.testing.assert_allclose(polypath.share(k, target)[:, 0], [0.75, 0.25])
        self.assertTrue(np.isnan(polypath.share(k, target)[:, 1:]).all())
        self.assertAlmostEqual(polypath.dominance(k, target)[0], 0.5)
        self.assertAlmostEqual(polypath.dominance(k[::-1], target, signed=True)[0], -0.5)
        self.assertEqual(polypath.winner(k, target).tolist(), [0, -1, -1])
        self.assertTrue(np.isnan(polypath.dominance(k[:1], target)).all())
        three = np.array([[2.0], [1.0], [1.0]])
        self.assertAlmostEqual(polypath.dominance(three, target[:1])[0], 0.25)
        self.assertAlmostEqual(polypath.participation_ratio(np.ones((4, 1)))[0], 4)
        self.assertAlmostEqual(polypath.entropy(np.ones((4, 1)))[0], np.log(4))
        self.assertAlmostEqual(float(polypath.off_diagonal([[3.0, 4.0], [0.0, 0.0]])), 0.8)

    def test_escape_is_interpolated(self):
        k = np.zeros((4, 2, 2))  # (record, pathway, mode)
        k[:, 0, 0], k[:, 1, 0] = [0, 0.5, 2, 4], [0, 0.5, 1, 0]
        epoch = [0, 10, 20, 30]
        escape = polypath.escape_epoch(k, epoch, np.array([4.0, 2.0]))
        self.assertAlmostEqual(escape[0], 15)
        self.assertTrue(np.isnan(escape[1]))
        self.assertEqual(polypath.escape_epoch(k + 9, epoch, np.array([4.0, 2.0]))[0], 0)

    def test_on_a_trained_cell(self):
        with tempfile.TemporaryDirectory() as folder:
            run = make_run(Path(folder) / "run", epochs=200, width=16)
            cell = polypath.open_cell(run, 0)
            total = polypath.diagonal(cell)[:, -1].sum(axis=1)
            np.testing.assert_allclose(total[:, :2], [polypath.target_diagonal(cell)[:2]] * 2,
                                       rtol=1e-2)
            result = polypath.measures(cell)
            self.assertEqual(result["dominance"].dims, ("member", "epoch", "mode"))
            self.assertTrue((result["escape_epoch"].values[:, 0] > 0).all())
            np.testing.assert_allclose(result["share"].values[:, -1].sum(axis=1), 1)
            whole = polypath.measures(polypath.open_run(run))
            self.assertEqual(whole["dominance"].dims, ("cell", "member", "epoch", "mode"))
            self.assertEqual(whole["network.depth"].values.tolist(), [2, 3])
            for name in result:
                np.testing.assert_array_equal(whole[name].sel(cell=0).values, result[name].values)

    def test_of_a_run_whose_cells_record_at_other_epochs(self):
        run = HERE.parent / "golden/layout1"
        whole = polypath.measures(polypath.open_run(run))
        for index in (0, 1):
            alone = polypath.measures(polypath.open_cell(run, index))
            np.testing.assert_array_equal(whole["escape_epoch"].sel(cell=index).values,
                                          alone["escape_epoch"].values)


class Convert(Folder):
    def expect(self, code, words, *arguments):
        status, out, error = call(polypath, "convert", *arguments, "-o", self.folder / "o.h5")
        self.assertEqual((status, out), (code, ""), error)
        self.assertRegex(error, words)
        self.assertEqual(error.count("\n"), 1, "one line")
        self.assertFalse((self.folder / "o.h5").exists())

    def text(self, name, content):
        (self.folder / name).write_text(content)
        return self.folder / name

    def archive(self, **arrays):
        np.savez(self.folder / "in.npz", **arrays)
        return self.folder / "in.npz"

    def test_npz(self):
        x, y = np.eye(3), np.arange(6, dtype=np.int32).reshape(3, 2)
        status, out, _ = call(polypath, "convert", self.archive(x=x, y=y), "-o",
                              self.folder / "d.h5")
        self.assertEqual((status, "3 examples x 3 inputs -> 2 outputs, rank 2" in out), (0, True))
        with h5py.File(self.folder / "d.h5") as file:
            np.testing.assert_array_equal(file["x"][()], x)
            np.testing.assert_array_equal(file["y"][()], y)
            self.assertEqual(file["y"].dtype, np.float64)
            self.assertEqual([d.label for d in file["x"].dims], ["example", "input"])
        status, _, error = call(polypath, "convert", self.folder / "in.npz", "-o",
                                self.folder / "d.h5")
        self.assertEqual((status, "--force" in error), (73, True))
        self.assertEqual(call(polypath, "convert", self.folder / "in.npz", "-o",
                              self.folder / "d.h5", "--force")[0], 0)
        self.assertEqual(sorted(p.name for p in self.folder.iterdir()), ["d.h5", "in.npz"])

    def test_csv_with_and_without_names(self):
        x, y = self.text("x.csv", "a, b\n1, 2\n3, 4e-1\n"), self.text("y.csv", "5\n6\n\n")
        self.assertEqual(call(polypath, "convert", x, y, "-o", self.folder / "d.h5")[0], 0)
        with h5py.File(self.folder / "d.h5") as file:
            self.assertEqual(file["x"][()].tolist(), [[1, 2], [3, 0.4]])
            self.assertEqual(file["y"].shape, (2, 1))

    def test_wrong_arrays(self):
        one = np.ones((2, 2))
        self.expect(65, "x has 2 examples and y has 3", self.archive(x=one, y=np.ones((3, 1))))
        self.expect(65, "1 NaN or infinite value.*example 2, column 1",
                    self.archive(x=np.array([[1, 1], [np.nan, 1]]), y=one))
        self.expect(65, "y is not numeric", self.archive(x=one, y=np.array([["a"], ["b"]])))
        self.expect(65, "not numeric", self.archive(x=one, y=np.array([[{}], [1]], dtype=object)))
        self.expect(65, r"x has shape \(2,\)", self.archive(x=np.ones(2), y=one))
        self.expect(65, "y is empty", self.archive(x=one, y=np.ones((2, 0))))
        self.expect(65, r"no key `y` \(it holds x, z\)", self.archive(x=one, z=one))
        self.expect(65, "not an NPZ file", self.text("bad.npz", "hello"))
        whole = self.archive(x=one, y=one).read_bytes()
        (self.folder / "cut.npz").write_bytes(whole.replace(b"NUMPY", b"NIMPY"))
        self.expect(65, "damaged NPZ file", self.folder / "cut.npz")
        with open(self.folder / "array.npz", "wb") as file:
            np.save(file, one)
        self.expect(65, "not an NPZ file", self.folder / "array.npz")

    def test_wrong_text(self):
        good = self.text("good.csv", "1\n2\n")
        self.expect(65, r"x.csv:2: column 2 is not a number: `b`",
                    self.text("x.csv", "1,2\n3,b\n"), good)
        self.expect(65, r"x.csv:2: 1 columns where the lines before have 2",
                    self.text("x.csv", "1,2\n3\n"), good)
        self.expect(65, "NaN", self.text("x.csv", "1\nnan\n"), good)
        self.expect(65, "x.csv: is empty", self.text("x.csv", ""), good)
        (self.folder / "x.csv").write_bytes(b"\xff\xfe\x00\x01")
        self.expect(65, "not a text file", self.folder / "x.csv", good)

    def test_wrong_use(self):
        good = self.text("good.csv", "1\n2\n")
        self.expect(64, "give one .npz", good)
        self.expect(64, "give one .npz", good, good, good)
        self.expect(66, "no such file", self.folder / "none.npz")
        self.assertEqual(call(polypath, "convert", good, good)[0], 64)
        self.assertEqual(call(polypath, "melt")[0], 64)
        for output in (self.folder / "none" / "d.h5", good / "d.h5"):
            status, _, error = call(polypath, "convert", good, good, "-o", output)
            self.assertEqual((status, "cannot be created" in error), (73, True), error)


class MissingPackages(unittest.TestCase):
    def test_one_line_and_exit_69(self):
        for tool in ("polypath.py", "figures.py"):
            blocker = ("import sys; sys.modules['h5py'] = sys.modules['numpy'] = None;"
                       f"sys.argv = ['{tool}', 'show' if 'poly' in '{tool}' else 'DIR'];"
                       "import runpy;"
                       f"sys.argv += ['DIR'] if 'poly' in '{tool}' else ['-o', 'F'];"
                       f"runpy.run_path({str(TOOLS / tool)!r}, run_name='__main__')")
            done = subprocess.run([sys.executable, "-c", blocker], capture_output=True, text=True,
                                  check=False)
            self.assertEqual(done.returncode, 69, done.stderr)
            self.assertIn("apt install", done.stderr)
            self.assertEqual(done.stderr.count("\n"), 1)


if __name__ == "__main__":
    unittest.main()
