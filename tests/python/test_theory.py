"""`polypath theory` from outside."""

import math
import os
import pty
import shutil
import subprocess
import unittest

import h5py
import numpy as np

from analysis_runs import MIXED, SWEEP, AnalysisTest
from program import ROOT, axis_names


class Theory(AnalysisTest):
    def test_figure_3_conserves_the_invariant(self):
        out = self.folder / "figure3.h5"
        result = self.polypath("theory", ROOT / "configs/figure3.toml", "-o", out)
        self.assertEqual(result.returncode, 0, result.stderr)
        with h5py.File(out) as file:
            panels = file["portrait"]
            self.assertEqual(panels["depth"][()].tolist(), [2, 3, 8, 13] * 2)
            self.assertEqual(axis_names(panels["K"])[1], "trajectory")
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

    def test_modes_that_biases_learn_stay_unknown(self):
        run = self.ensemble(SWEEP.replace("pathways = 2", "pathways = 2\nbias = true"))
        out = self.folder / "theory.h5"
        result = self.polypath("theory", run, "-o", out)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("cell 3: mode 1 stays unknown: 100 % of what it adds to the outputs is the same "
                      "for all examples, which biases learn", result.stdout)
        with h5py.File(out) as file:
            cell = file["cells/cell-00003"]
            status = cell["prediction_status"][()]
            self.assertIn(b"biased", np.bytes_(cell["prediction_status"].attrs["flag_meanings"]))
            self.assertEqual(set(status[:, 0]), {4})
            self.assertIn(0, set(status[:, 1]))
            self.assertTrue(np.isnan(cell["escape_epoch"][:, 0]).all())
            self.assertTrue(np.isnan(cell["escape_epoch_from_rest"][0]))
            self.assertTrue(np.isfinite(cell["escape_epoch_from_rest"][1:]).all())
            np.testing.assert_allclose(cell["constant_part"][()], [1] + [0] * 7, atol=1e-14)
            # What the others do is known: biases have no part in it.
            ratio = cell["escape_epoch_simulated"][:, 1] / cell["escape_epoch"][:, 1]
            np.testing.assert_allclose(ratio[np.isfinite(ratio)], 1, atol=0.1)

    def test_says_how_far_it_can_be_trusted(self):
        run = self.ensemble()
        out = self.folder / "theory.h5"
        told = self.polypath("theory", run, "-o", out).stdout
        self.assertIn("cell 3: measured in this run over 4 members", told)
        with h5py.File(out) as file:
            cell = file["cells/cell-00003"]
            self.assertIn(cell.attrs["trust"], told)
            K, simulated = cell["final_K"][()], cell["final_K_simulated"][()]
            for mode in range(8):
                share, there = (k[:, 0, mode] / k[:, :, mode].sum(axis=1) for k in (K, simulated))
                known = np.isfinite(share + there)
                self.assertEqual(cell["compared_members"][mode], known.sum())
                if known.sum() > 2:
                    expected = np.corrcoef(share[known], there[known])[0, 1]
                    self.assertAlmostEqual(cell["split_correlation"][mode], expected, places=10)
                same = (share > 0.5) == (there > 0.5)
                self.assertEqual(cell["same_winner_members"][mode], (same & known).sum())
            ratio = cell["escape_epoch_simulated"][()] / cell["escape_epoch"][()]
            np.testing.assert_allclose(cell["escape_ratio"][()], np.nanmean(ratio, axis=0), rtol=1e-12)
        told = self.polypath("theory", self.config(SWEEP), "-o", out).stdout
        self.assertIn("cell 0: not measured for these settings (D = 2, gain 0.316)", told)

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
            self.assertEqual(axis_names(cell["K"]),
                             ["member", "epoch", "pathway", "mode"])

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
        self.assert_fails(self.polypath("theory", self.folder, "-o", out), 66,
                          "not an output directory", "give a config or")
        self.assert_fails(self.polypath("theory", self.folder / "none.toml", "-o", out), 66)
        linear = self.config("[network]\nwidth = 50\n")
        self.assert_fails(self.polypath("theory", linear, "-o", self.folder / "no/t.h5"), 73)


class TheoryOfARun(AnalysisTest):
    def theory(self, source, name="theory.h5"):
        """The open file, and standard error."""
        result = self.polypath("theory", source, "-o", self.folder / name)
        self.assertEqual(result.returncode, 0, result.stderr)
        file = h5py.File(self.folder / name)
        self.addCleanup(file.close)
        return file, result.stderr

    def test_says_which_run_it_belongs_to(self):
        run = self.ensemble()
        file, _ = self.theory(run)
        self.assertEqual(file.attrs["resolved_config"], (run / "resolved.toml").read_text())
        with h5py.File(run / "cells/cell-00002.h5") as cell:
            self.assertEqual(file["cells/cell-00002"].attrs["settings_hash"],
                             cell.attrs["settings_hash"])
        of_config, _ = self.theory(self.folder / "config.toml", "config.h5")
        self.assertEqual(of_config.attrs["settings_hash"], file.attrs["settings_hash"])
        self.assertEqual(of_config["cells/cell-00002"].attrs["settings_hash"],
                         file["cells/cell-00002"].attrs["settings_hash"])
        other, _ = self.theory(self.config(SWEEP.replace("120", "121")), "other.h5")
        self.assertNotEqual(other.attrs["settings_hash"], file.attrs["settings_hash"])

    def test_weights_from_a_file_are_predicted_from_measured_gains(self):
        text = "[network]\ndepth = 3\nwidth = 40\n[init]\nsigma = 0.05\n[train]\nepochs = {}\n"
        self.run_config("--set", "record.weights=final", text=text.format(0))
        weights = self.folder / "out/cells/weights-00000-1.h5"
        loaded = text.format(200).replace("sigma = 0.05", f'method = "file"\nfile = "{weights}"')
        runs = {}
        for name, config in (("drawn", text.format(200)), ("loaded", loaded)):
            out = self.folder / name
            self.assertEqual(self.polypath("run", self.config(config), "-o", out).returncode, 0)
            runs[name] = self.theory(out, name + ".h5")[0]["cells/cell-00000"]
        drawn, loaded = runs["drawn"], runs["loaded"]
        self.assertIn("measured", loaded.attrs["gains_used"])
        self.assertTrue(np.isnan(loaded["gain"][()]).all())
        self.assertTrue(np.isnan(loaded["escape_epoch_from_rest"][()]).all())
        self.assertTrue((loaded["prediction_status"][()] == 0).all())
        for name in ("gain_used", "K_start", "final_K", "escape_epoch", "winner"):
            # the same weights in float32, but for the rounding of the file's float64
            np.testing.assert_allclose(loaded[name][()], drawn[name][()], rtol=1e-12, err_msg=name)

    def test_weights_from_a_file_without_measured_gains(self):
        self.run_config("--set", "record.weights=final")
        weights = self.folder / "out/cells/weights-00000-1.h5"
        config = self.config("[network]\ndepth = 3\nwidth = 12\n[init]\nmethod = \"file\"\n"
                             f"file = \"{weights}\"\n[train]\nepochs = 5\n"
                             "[record]\nlayers = \"none\"\n")
        out = self.folder / "loaded"
        self.assertEqual(self.polypath("run", config, "-o", out).returncode, 0)
        for source in (config, out):
            self.assert_fails(self.polypath("theory", source, "-o", self.folder / "t.h5"), 65,
                              'record.layers = "initial"')
        self.assertFalse((self.folder / "t.h5").exists())

    def test_a_leftover_beside_a_finished_cell_is_passed_over(self):
        run = self.ensemble()
        before, _ = self.theory(run, "before.h5")
        shutil.copy(run / "cells/cell-00001.h5", run / "cells/cell-00001.h5.part")
        after, error = self.theory(run)
        self.assertIn("cell-00001.h5.part is passed over", error)
        self.assertEqual(list(after["cells"]), list(before["cells"]))
        np.testing.assert_array_equal(after["cells/cell-00001/final_K"][()],
                                      before["cells/cell-00001/final_K"][()])

    def test_one_line_tells_what_is_missing(self):
        run = self.ensemble()
        self.assertNotIn("missing", self.theory(run, "complete.h5")[1])
        (run / "cells/cell-00000.h5").unlink()
        with h5py.File(run / "cells/cell-00002.h5", "r+") as file:
            file["status"][:2] = [1, 2]
        file, error = self.theory(run)
        self.assertIn("note: 3 of 4 cells and 10 of 16 members are in these predictions; missing: "
                      "cell 0 (no file), cell 2 (1 diverged and 1 unfinished of 4 members)\n", error)
        self.assertEqual(file["cells/cell-00002/seed"][()].tolist(), [3, 4])

    def test_a_single_layer_has_no_gain(self):
        run = self.ensemble("[network]\ndepth = 1\n[init]\nsigma = 0.1\n[train]\nepochs = 30\n"
                            "[record]\nevery = 1\n")
        cell = self.theory(run)[0]["cells/cell-00000"]
        self.assertEqual(cell["gain"][()].tolist(), [1, 1])
        self.assertTrue((cell["gain_used"][()] == 1).all())
        self.assertIn("depth 1", cell.attrs["gains_used"])
        self.assertNotIn("measured", cell.attrs["gains_used"])
        self.assertIn("1 at depth 1", cell["gain"].attrs["long_name"])
        # dK/dt = T - sum K for each: the half is reached when 2 t = log 2, t = 0.02 epochs.
        np.testing.assert_allclose(cell["escape_epoch_from_rest"][()], math.log(2) / 2 / 0.02,
                                   rtol=1e-9)


class Progress(AnalysisTest):
    def test_is_rewritten_on_a_terminal_and_plain_elsewhere(self):
        run = self.ensemble()
        arguments = [str(self.program), "theory", str(run), "-o", str(self.folder / "t.h5")]
        plain = subprocess.run(arguments, capture_output=True, text=True, check=True)
        self.assertEqual(plain.stderr, "theory of 4 cells and 16 members\n")
        reader, writer = pty.openpty()
        with subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=writer) as process:
            os.close(writer)
            shown = b""
            with os.fdopen(reader, "rb", buffering=0) as terminal:
                try:
                    while piece := terminal.read(4096):
                        shown += piece
                except OSError:  # the other end has been closed
                    pass
        self.assertEqual(process.returncode, 0)
        text = shown.decode()
        for cell in range(1, 5):
            self.assertIn(f"\rcell {cell} of 4, {4 * (cell - 1)} of 16 members predicted", text)
        # nothing of it is left on the line
        self.assertRegex(text, "\r *\r$")


def invariant(p, n):
    """F of (22): I_n(p) by the recurrence from asinh and arctan."""
    if n == 1:
        return np.arcsinh(p)
    value, k = (np.arctan(p), 2) if n % 2 == 0 else (np.arcsinh(p), 1)
    while k < n:
        value = (p * (1 + p * p) ** (-k / 2) + (k - 1) * value) / k
        k += 2
    return value


if __name__ == "__main__":
    unittest.main()
