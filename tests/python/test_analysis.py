"""`polypath analyse` from outside."""

import csv
import json
import shutil
import sys
import unittest

import h5py
import numpy as np

from analysis_runs import MIXED, SWEEP, AnalysisTest
from program import ROOT, axis_names

sys.path.insert(0, str(ROOT / "tools"))

from polypath_lib.measures import dominance, escape_epoch  # noqa: E402


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
            self.assertEqual(members["metrics/share/mode_1/pathway_0"].shape, (16,))

    def test_the_index_has_the_statistics_of_the_report(self):
        run = self.ensemble()
        _, found = self.analysis(run)
        with h5py.File(run / "index.h5") as file:
            group = file["statistics"]
            labels = [text.decode() for text in group["statistic"][()]]
            self.assertEqual(list(group["cell"]), [0, 1, 2, 3])
            self.assertEqual(axis_names(group["share"]),
                             ["cell", "mode", "pathway", "statistic"])
            self.assertIn("Student's t on a scale", group["statistic"].attrs["long_name"])
            table = group["dominance"][3]
            wins = group["wins"][3]
        entries = [q for q in found["cells"][3]["quantities"] if q["quantity"] == "dominance"]
        self.assertEqual({q["interval_method"] for q in entries}, {"student_t_logit"})
        for name, place in (("mean", labels.index("mean")), ("maximum", labels.index("maximum"))):
            np.testing.assert_array_equal(table[:, place], [q[name] for q in entries])
        np.testing.assert_array_equal(table[:, labels.index("mean_high")],
                                      [q["mean_interval"][1] for q in entries])
        expected = [[w["members"], w["probability"], *w["interval"]]
                    for w in found["cells"][3]["winners"] if w["mode"]]
        np.testing.assert_array_equal(wins.reshape(-1, 4), expected)

    def test_learned_leaves_out_members_that_did_not_learn(self):
        run = self.ensemble(SWEEP.replace("[2, 120]", "[2, 400]"))
        with h5py.File(run / "cells/cell-00000.h5", "r+") as file:
            file["K"][0, -1] *= 0.5  # member 0 has half of every mode
        plain, found = self.analysis(run)
        self.assertIn("of 4 finished members, less than 99 % was learned by 1 in mode 1", plain.stdout)
        cell = found["cells"][0]
        self.assertEqual(cell["learned_members"], [3] * 8)
        entry = next(q for q in cell["quantities"] if q["quantity"] == "learned")
        self.assertEqual((entry["members"], entry["learned"]["members"]), (4, 3))
        self.assertAlmostEqual(entry["learned"]["mean"], 1, places=3)
        self.assertEqual(cell["winner_correlations"][0]["members"], 3)
        self.assertEqual(found["fits"][0]["members"][0], 4)
        self.assertEqual(found["learned_fits"][0]["members"][0], 3)
        learned = self.polypath("analyse", run, "--learned", "--csv", self.folder / "l.csv")
        self.assertIn("they are left out", learned.stdout)
        with open(self.folder / "l.csv", newline="", encoding="utf-8") as file:
            rows = [r for r in csv.DictReader(file) if r["quantity"] == "learned"]
        self.assertEqual((rows[0]["members"], rows[0]["learned"]), ("3", "3"))
        info = self.polypath("info", run).stdout
        self.assertIn("1 learned less than 99 %", info)

    def test_info_prints_the_means_of_analyse(self):
        # A narrow network with large weights starts with K far from 0, of either sign.
        run = self.ensemble(MIXED.replace("epochs = 60", "epochs = 0").replace("sigma = 0.1",
                            "sigma = 0.7").replace("width = 12", "width = 4"))
        _, found = self.analysis(run)
        lines = [line for line in self.polypath("info", run).stdout.splitlines()
                 if line.startswith("  mode ")]
        modes = [(cell, mode) for cell in found["cells"] for mode in (1, 8)]
        self.assertEqual(len(lines), len(modes))
        signs = set()
        for line, (cell, mode) in zip(lines, modes):
            mean = {q["quantity"]: q for q in cell["quantities"] if q["mode"] == mode
                    and q["pathway"] is None}
            self.assertIn(f"learned {100 * mean['learned']['mean']:.1f} %", line)
            signs.add(mean["learned"]["mean"] < 0)
            told = f"|dominance| {mean['dominance']['mean'] or 0:.3f}"
            (self.assertIn if mean["dominance"]["members"] else self.assertNotIn)(told, line)
        self.assertIn(True, signs)

    def test_one_member_has_no_interval(self):
        run = self.ensemble(MIXED.replace("seeds = 2", "seeds = 1").replace("5.0", "0.02"))
        result, found = self.analysis(run)
        entry = found["cells"][0]["quantities"][0]
        self.assertEqual((entry["mean_interval"], entry["interval_method"]), ([None, None], None))
        with open(self.folder / "a.csv", newline="", encoding="utf-8") as file:
            row = next(csv.DictReader(file))
        self.assertEqual((row["mean_low"], row["interval_method"]), ("nan", ""))
        self.assertIn("1 of 1 members", result.stdout)

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
        self.assert_fails(self.polypath("analyse", run), 66, "no cell that can be read",
                          "2 cells with 4 members are planned, none of which")
        (run / "cells").rmdir()
        self.assert_fails(self.polypath("analyse", run), 66, "2 cells with 4 members are planned")

    def test_output_that_cannot_be_written_is_told_before_the_reading(self):
        run = self.ensemble(MIXED)
        for option in ("--csv", "--json"):
            result = self.polypath("analyse", run, option, self.folder / "no/a.out")
            self.assert_fails(result, 74, "a.out")
            self.assertEqual(result.stdout, "")

    def test_a_probed_output_leaves_nothing_behind(self):
        run = self.ensemble(MIXED)
        self.analysis(run)
        self.assertEqual({p.name for p in self.folder.glob("a.*")}, {"a.csv", "a.json"})

    def test_a_complete_run_has_no_note(self):
        run = self.ensemble(MIXED.replace("5.0", "0.02"))
        result, found = self.analysis(run)
        self.assertEqual(result.stderr, "")
        self.assertEqual(found["coverage"], {"cells": 2, "cells_planned": 2, "members": 4,
                                             "members_planned": 4, "missing": []})

    def test_one_line_tells_what_is_missing(self):
        run = self.ensemble(SWEEP)
        cells = run / "cells"
        (cells / "cell-00000.h5").unlink()
        (cells / "cell-00001.h5").write_bytes(b"")
        with h5py.File(cells / "cell-00002.h5", "r+") as file:
            file["status"][:3] = [1, 1, 2]
        result, found = self.analysis(run)
        self.assertEqual(result.stderr.splitlines()[0],
                         "note: 2 of 4 cells and 5 of 16 members are in these statistics; missing: "
                         "cell 0 (no file), cell 1 (left out), cell 2 (2 diverged and 1 unfinished "
                         "of 4 members)")
        self.assertEqual(found["coverage"]["missing"][0], "cell 0 (no file)")
        # Depth 3 has both widths; of depth 2 there is neither.
        for fit in found["fits"]:
            self.assertEqual((fit["against"], fit["cells"], fit["members"], fit["absent"]),
                             ("width", [2, 3], [1, 4], []))

    def test_a_leftover_beside_a_finished_cell_does_not_count(self):
        run = self.ensemble(MIXED.replace("5.0", "0.02"))
        before = self.analysis(run)[1]
        shutil.copy(run / "cells/cell-00001.h5", run / "cells/cell-00001.h5.part")
        result, after = self.analysis(run)
        self.assertEqual(after["cells"], before["cells"])
        self.assertIn("cell-00001.h5.part is passed over", result.stdout)

    def test_a_fit_names_the_cells_that_learned_nothing(self):
        text = SWEEP.replace("[3, 240]", "[3, 240], [4, 8]").replace(", [80, 0.0353]", "")
        _, found = self.analysis(self.ensemble(text))
        fits = [f for f in found["fits"] if f["against"] == "depth"]
        self.assertEqual(len(fits), 8)
        for fit in fits:
            self.assertEqual((fit["cells"], fit["x"], fit["members"]), ([0, 1], [2, 3], [4, 4]))
            self.assertEqual(fit["absent"], [{"cell": 2, "x": 4, "why": "nothing learned"}])
            self.assertAlmostEqual(fit["slope"], fit["mean"][1] - fit["mean"][0], places=14)

    def test_a_damaged_cell_is_told_how_to_be_had_again(self):
        run = self.ensemble(MIXED)
        (run / "cells/cell-00001.h5").write_bytes(b"no HDF5")
        result, _ = self.analysis(run)
        self.assertIn("the same polypath run command trains the cell again", result.stdout)
        self.assertNotIn("convert", result.stdout)

    def test_cells_without_their_settings(self):
        run = self.ensemble(MIXED)
        (run / "resolved.toml").unlink()
        for command in (("analyse", run), ("theory", run, "-o", self.folder / "t.h5")):
            self.assert_fails(self.polypath(*command), 66, "no resolved.toml", "Put it back")


if __name__ == "__main__":
    unittest.main()
