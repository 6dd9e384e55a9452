"""`polypath analyse` and `polypath theory` from outside, the figures and the report made of them."""

import contextlib
import csv
import io
import json
import math
import re
import shutil
import sys
import unittest

from unittest import mock

import h5py
import numpy as np

from program import ROOT, ProgramTest

sys.path.insert(0, str(ROOT / "tools"))

import figures  # noqa: E402
import report  # noqa: E402
from make_run import make_run  # noqa: E402
from polypath_lib.measures import dominance, escape_epoch  # noqa: E402
from polypath_lib.messages import run_command  # noqa: E402

SWEEP = """
[network]
pathways = 2
[record]
every = 4
[sweep]
seeds = 4
"network.depth, train.epochs" = [[2, 120], [3, 240]]
"network.width, init.sigma" = [[40, 0.05], [80, 0.0353]]
"""

MIXED = """
[network]
width = 12
depth = 2
[init]
sigma = 0.1
[train]
epochs = 60
[sweep]
seeds = 2
"train.learning_rate" = [0.01, 5.0]
"""


def call(module, *arguments):
    """(exit status, standard output, standard error) of a tool's command."""
    out, error = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(error):
        status = run_command(module.__name__ + ".py", module.main, [str(a) for a in arguments])
    return status, out.getvalue(), error.getvalue()


class AnalysisTest(ProgramTest):
    def setUp(self):
        super().setUp()
        figures.say.__defaults__[0].clear()
        patch = mock.patch.dict("os.environ", {"POLYPATH_BINARY": str(self.program)})
        patch.start()
        self.addCleanup(patch.stop)

    def ensemble(self, text=SWEEP):
        result = self.run_config(text=text)
        self.assertIn(result.returncode, (0, 70), result.stderr)
        return self.folder / "out"

    def analysis(self, run):
        result = self.polypath("analyse", run, "--json", self.folder / "a.json", "--csv",
                               self.folder / "a.csv")
        self.assertEqual(result.returncode, 0, result.stderr)
        return result, json.loads((self.folder / "a.json").read_text())


class Analyse(AnalysisTest):
    def test_numbers_are_those_of_the_python_tools(self):
        run = self.ensemble()
        result, found = self.analysis(run)
        self.assertIn("4 of 4 members", result.stdout)
        with h5py.File(run / "cells/cell-00003.h5") as file:
            k = np.diagonal(file["K"][()], axis1=-2, axis2=-1)
            target = np.diagonal(file["target"][()])
            expected = {"dominance": dominance(k[:, -1], target).mean(axis=0),
                        "escape_epoch": escape_epoch(k, file["epoch"][()], target).mean(axis=0)}
        cell = found["cells"][3]
        for name, values in expected.items():
            here = [q["mean"] for q in cell["quantities"] if q["quantity"] == name]
            np.testing.assert_allclose(here, values, rtol=1e-12)
        self.assertEqual(cell["settings"]["depths"], [3, 3])
        self.assertEqual(cell["finished"], 4)
        self.assertEqual({(f["against"], f["mode"]) for f in found["fits"]},
                         {(a, m) for a in ("width", "depth") for m in range(1, 9)})

    def test_csv_is_tidy(self):
        run = self.ensemble()
        self.analysis(run)
        with open(self.folder / "a.csv", newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        self.assertNotIn(None, rows[0])
        one = [r for r in rows if r["quantity"] == "dominance" and r["mode"] == "1"]
        self.assertEqual([r["cell"] for r in one], ["0", "1", "2", "3"])
        self.assertEqual([r["network.depth"] for r in one], ["2", "2", "3", "3"])
        for row in one:
            self.assertLessEqual(float(row["mean_low"]), float(row["mean"]))
            self.assertGreaterEqual(float(row["mean_high"]), float(row["mean"]))

    def test_the_index_gets_the_metrics(self):
        run = self.ensemble()
        self.analysis(run)
        with h5py.File(run / "index.h5") as file:
            members = file["members"]
            self.assertEqual(members["metrics/dominance/mode_1"].shape, (16,))
            self.assertTrue(np.isfinite(members["metrics/escape_epoch/mode_8"][()]).all())
            self.assertEqual(members["swept/network.depth"].shape, (16,))

    def test_diverged_members_are_left_out_and_counted(self):
        run = self.ensemble(MIXED)
        result, found = self.analysis(run)
        self.assertEqual([(c["finished"], c["diverged"]) for c in found["cells"]], [(2, 0), (0, 2)])
        self.assertIn("cell 1: 2 of 2 members left out (2 diverged, 0 unfinished)", result.stdout)

    def test_directories_that_hold_nothing(self):
        self.assert_fails(self.polypath("analyse", self.folder), 66, "not an output directory")
        run = self.ensemble(MIXED)
        shutil.rmtree(run / "cells")
        (run / "cells").mkdir()
        self.assert_fails(self.polypath("analyse", run), 66, "no cell that can be read")

    def test_output_that_cannot_be_written(self):
        run = self.ensemble(MIXED)
        self.assert_fails(self.polypath("analyse", run, "--csv", self.folder / "no/a.csv"), 74,
                          "a.csv")


class Theory(AnalysisTest):
    def test_figure_3_conserves_the_invariant(self):
        out = self.folder / "figure3.h5"
        result = self.polypath("theory", ROOT / "configs/figure3.toml", "-o", out)
        self.assertEqual(result.returncode, 0, result.stderr)
        with h5py.File(out) as file:
            panels = file["portrait"]
            self.assertEqual(panels["depth"][()].tolist(), [2, 3, 8, 13] * 2)
            self.assertEqual(panels["K"].dims[1].label, "trajectory")
            self.assertEqual(panels["K"].shape[1], 100)
            np.testing.assert_allclose(panels["gain"][()], 1, rtol=1e-12)
            np.testing.assert_allclose(panels["S"][()], 10, rtol=1e-12)
            p, K, depth = panels["p"][()], panels["K"][()], panels["depth"][()]
        for panel in range(8):
            n = depth[panel] - 1
            F = invariant(p[panel], n)
            drift = np.nanmax(np.abs((F[..., 0] - F[..., 1])
                                     - (F[:, :1, 0] - F[:, :1, 1])))
            self.assertLess(drift, 1e-10)
            ends = [path[np.isfinite(path[:, 0])][-1].sum() for path in K[panel]]
            np.testing.assert_allclose(ends, 10, rtol=1e-8)
        # one row's starts are the same in every panel
        np.testing.assert_array_equal(p[0][:, 0], p[3][:, 0])
        np.testing.assert_allclose(p[4][:, 0] * 10, p[0][:, 0], rtol=1e-14)

    def test_predictions_stand_beside_the_run(self):
        run = self.ensemble()
        out = self.folder / "theory.h5"
        result = self.polypath("theory", run, "-o", out)
        self.assertEqual(result.returncode, 0, result.stderr)
        with h5py.File(out) as file:
            cell = file["cells/cell-00003"]
            K, simulated = cell["K"][()], cell["K_simulated"][()]
            predicted = cell["prediction_status"][()] == 0
            self.assertGreater(predicted.mean(), 0.7)
            np.testing.assert_allclose(K[:, 0][predicted[:, None].repeat(2, 1)],
                                       simulated[:, 0][predicted[:, None].repeat(2, 1)], rtol=1e-12)
            residual = np.sqrt(((K - simulated) ** 2).mean(axis=(1, 2)))
            np.testing.assert_allclose(cell["residual_rms"][()], residual, rtol=1e-12)
            self.assertTrue((np.isnan(residual) == ~predicted).all())
            ends = cell["final_K"][()].sum(axis=1)
            targets = np.broadcast_to(cell["target"][()], ends.shape)
            np.testing.assert_allclose(ends[predicted], targets[predicted], rtol=1e-8)
            ratio = cell["escape_epoch"][()] / cell["escape_epoch_simulated"][()]
            self.assertLess(np.nanmax(np.abs(ratio[:, 0] - 1)), 0.25)
            self.assertEqual(cell.attrs["network.depth"], "3")
            self.assertEqual([d.label for d in cell["K"].dims],
                             ["member", "record", "pathway", "mode"])

    def test_escapes_of_a_config_need_no_run(self):
        text = ("[network]\npathways = 2\nwidth = 1000\n[sweep]\n"
                "\"network.depth\" = [2, 7]\n")
        out = self.folder / "theory.h5"
        result = self.polypath("theory", self.config(text), "-o", out)
        self.assertEqual(result.returncode, 0, result.stderr)
        with h5py.File(out) as file:
            cell = file["cells/cell-00001"]
            self.assertAlmostEqual(cell["gain"][0], 0.01 * math.sqrt(1000))
            self.assertLess(abs(cell["escape_epoch_from_rest"][0] / 1118 - 1), 0.01)
            self.assertLess(abs(cell["escape_epoch_from_rest_paper"][0] / 2415 - 1), 0.01)

    def test_what_the_theory_does_not_cover(self):
        out = self.folder / "theory.h5"
        relu = self.config("[network]\nactivation = \"relu\"\n")
        self.assert_fails(self.polypath("theory", relu, "-o", out), 65, "linear pathways only")
        self.assertFalse(out.exists())
        self.assert_fails(self.polypath("theory", self.folder, "-o", out), 66, "not one of polypath")
        self.assert_fails(self.polypath("theory", self.folder / "none.toml", "-o", out), 66)
        linear = self.config("[network]\nwidth = 50\n")
        self.assert_fails(self.polypath("theory", linear, "-o", self.folder / "no/t.h5"), 73)


def invariant(p, n):
    """F of (22): I_n(p) by the recurrence from asinh and arctan."""
    if n == 1:
        return np.arcsinh(p)
    value, k = (np.arctan(p), 2) if n % 2 == 0 else (np.arcsinh(p), 1)
    while k < n:
        value = (p * (1 + p * p) ** (-k / 2) + (k - 1) * value) / k
        k += 2
    return value


class Figures(AnalysisTest):
    def test_all_figures_of_an_ensemble(self):
        run = self.ensemble()
        status, _, error = call(figures, run, "-o", self.folder / "f", "--figure", "all")
        self.assertEqual(status, 0, error)
        there = {path.stem for path in (self.folder / "f").glob("*.png")}
        self.assertEqual(there, {"figure4_first_epochs", "figure5_linear", "figure6_seeds",
                                 "heat_maps", "dominance_depth", "dominance_width",
                                 "share_histograms", "figure3_phase_portraits", "predicted_split"})
        from matplotlib import image
        for path in (self.folder / "f").glob("*.png"):
            pixels = image.imread(path)[..., :3]
            self.assertGreater(pixels.std(), 0.05, path)
            for edge in (pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]):
                self.assertTrue((edge == 1).all(), path)

    def test_a_theory_file_alone(self):
        out = self.folder / "figure3.h5"
        self.polypath("theory", ROOT / "configs/figure3.toml", "-o", out)
        status, listed, error = call(figures, out, "-o", self.folder / "f")
        self.assertEqual((status, listed.count(".png")), (0, 1), error)
        self.assertEqual(call(figures, out, "-o", self.folder / "f", "--figure", "5")[0], 64)
        status, _, error = call(figures, out, "-o", self.folder / "f", "--figure", "split")
        self.assertEqual(status, 65, error)

    def test_without_the_program(self):
        run = make_run(self.folder / "run", epochs=40, every=4, width=12)
        with mock.patch.dict("os.environ", {"POLYPATH_BINARY": str(self.folder / "none")}):
            status, _, error = call(figures, run, "-o", self.folder / "f", "--figure", "depth")
        self.assertEqual(status, 69)
        self.assertIn("cannot be run", error)


class Report(AnalysisTest):
    def page(self, run, *arguments):
        out = self.folder / "report.html"
        status, _, error = call(report, run, "-o", out, *arguments)
        self.assertEqual(status, 0, error)
        text = out.read_text(encoding="utf-8")
        # self-contained: nothing is fetched
        self.assertEqual(re.findall(r"(?:src|href)=\"(?!data:image/png;base64,)", text), [])
        return text

    def test_of_a_finished_run(self):
        text = self.page(self.ensemble())
        self.assertIn("Complete: every cell and member finished.", text)
        self.assertEqual(text.count("<img "), 9)
        for words in ("network.width, init.sigma", "program_version", "escape epoch",
                      "exponent of N", "Cell 3", "P(first pathway wins)"):
            self.assertIn(words, text)

    def test_of_an_empty_run(self):
        run = self.ensemble(MIXED)
        shutil.rmtree(run / "cells")
        (run / "cells").mkdir()
        text = self.page(run)
        self.assertIn("No cell has been recorded yet", text)
        self.assertIn("train.learning_rate", text)
        self.assertNotIn("<img ", text)

    def test_of_a_run_with_diverged_members_and_a_damaged_cell(self):
        run = self.ensemble(MIXED)
        (run / "cells/cell-00005.h5").write_text("not HDF5")
        text = self.page(run)
        self.assertIn("Cell 1: 2 of 2 members diverged", text)
        self.assertIn("Cell 5 is left out", text)
        self.assertIn("<img ", text)
        self.assertIn("2 of 2 members", text)

    def test_of_a_running_run(self):
        run = self.ensemble(MIXED)
        cells = run / "cells"
        (cells / "cell-00001.h5").rename(cells / "cell-00001.h5.part")
        with h5py.File(cells / "cell-00001.h5.part", "r+") as file:
            file["status"][()] = 2
        state = json.loads((run / "progress.json").read_text())
        (run / "progress.json").write_text(json.dumps({**state, "state": "running",
                                                       "cells_done": 1, "cells": 2}))
        text = self.page(run)
        self.assertIn("The run goes on: 1 of 2 cells", text)
        self.assertIn("Cell 1 is not finished", text)

    def test_where_no_member_has_finished(self):
        run = self.ensemble(MIXED)
        for path in (run / "cells").iterdir():
            with h5py.File(path, "r+") as file:
                file["status"][()] = 2
        text = self.page(run)
        self.assertIn("No member has finished", text)

    def test_without_the_program(self):
        run = self.ensemble(MIXED)
        with mock.patch.dict("os.environ", {"POLYPATH_BINARY": str(self.folder / "none")}):
            text = self.page(run)
        self.assertIn("No statistics: ", text)
        self.assertIn("<img ", text)
        self.assertNotIn("<h2>Statistics", text)

    def test_errors(self):
        self.assertEqual(call(report, self.folder / "none")[0], 66)
        self.assertEqual(call(report, self.folder)[0], 66)
        self.assertEqual(call(report)[0], 64)
        run = self.ensemble(MIXED)
        self.assertEqual(call(report, run, "-o", self.folder / "no/r.html")[0], 73)

    def test_text_is_escaped(self):
        run = self.ensemble(MIXED)
        (run / "resolved.toml").write_text("# <script>alert(1)</script>\n")
        self.assertNotIn("<script>", self.page(run))


if __name__ == "__main__":
    unittest.main()
