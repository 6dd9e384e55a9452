"""The figures and the report made of an ensemble, from outside."""

import json
import re
import shutil
import unittest
from unittest import mock

import h5py

from analysis_runs import MIXED, AnalysisTest
from make_run import make_run
from program import ROOT, SMALL
from tool_test import call

import figures
import report


class ToolTest(AnalysisTest):
    def setUp(self):
        super().setUp()
        patch = mock.patch.dict("os.environ", {"POLYPATH_BINARY": str(self.program)})
        patch.start()
        self.addCleanup(patch.stop)


class Figures(ToolTest):
    def test_all_figures_of_an_ensemble(self):
        run = self.ensemble()
        status, _, error = call(figures, run, "-o", self.folder / "f", "--figure", "all")
        self.assertEqual(status, 0, error)
        there = {path.stem for path in (self.folder / "f").glob("*.png")}
        self.assertEqual(there, {"figure4_first_epochs", "figure5_linear", "figure6_seeds",
                                 "heat_maps", "dominance_depth", "dominance_width",
                                 "share_histograms", "same_winner", "figure3_phase_portraits",
                                 "predicted_split", "loss", "mean_k", "dominance_over_time"})
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

    def test_the_theory_of_another_run_is_refused(self):
        run = self.ensemble(SMALL)
        own, other = self.folder / "own.h5", self.folder / "other.h5"
        self.polypath("theory", run, "-o", own)
        self.polypath("theory", self.config(SMALL.replace("0.1", "0.2")), "-o", other)
        for tool, output in ((figures, self.folder / "f"), (report, self.folder / "r.html")):
            arguments = (tool, run, "-o", output, "--theory")
            self.assertEqual(call(*arguments, own)[0], 0)
            status, _, error = call(*arguments, other)
            self.assertEqual(status, 65, error)
            self.assertIn("made for", error)
            self.assertIn(str(run), error)
            status, _, error = call(*arguments, self.folder / "none.h5")
            self.assertEqual((status, error.count("no such file")), (66, 1), error)

    def test_without_the_program(self):
        run = make_run(self.folder / "run", epochs=40, every=4, width=12)
        with mock.patch.dict("os.environ", {"POLYPATH_BINARY": str(self.folder / "none")}):
            status, _, error = call(figures, run, "-o", self.folder / "f", "--figure", "depth")
        self.assertEqual(status, 69)
        self.assertIn("cannot be run", error)


class Report(ToolTest):
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
        self.assertEqual(text.count("<img "), 13)
        for words in ("network.width, init.sigma", "program_version", "escape epoch",
                      "exponent of N", "Cell 3", "P(pathway 0 wins)"):
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
