"""record.layers: the layer quantities of a cell file as h5py sees them, and the theory made of them."""

import re
import unittest

import h5py
import numpy as np

from program import SMALL, ProgramTest, axis_names

UNEVEN = """
[[network.pathway]]
hidden = [20, 15]
[[network.pathway]]
hidden = []
[[network.pathway]]
hidden = [25]
[init]
sigma = 0.1
[train]
epochs = 60
precision = "float64"
[record]
layers = "all"
weights = "final"
[sweep]
seeds = 2
"""

SPLIT = """
[network]
depth = 2
width = 300
[init]
sigma = 0.018
[train]
epochs = 150
[record]
every = 2
[sweep]
seeds = 24
"""

NAMES = ("gain", "p", "forward_gain", "backward_gain")


def cell(folder, number=0):
    return h5py.File(folder / "cells" / f"cell-{number:05d}.h5")


class LayerQuantities(ProgramTest):
    def run_ok(self, out, *arguments, text):
        result = self.polypath("run", self.config(text), "-o", self.folder / out, *arguments)
        self.assertEqual(result.returncode, 0, result.stderr)
        return self.folder / out

    def test_axes_and_missing_layers(self):
        out = self.run_ok("out", text=UNEVEN)
        with cell(out) as file:
            self.assertEqual(list(file["layer"]), [1, 2, 3])
            axes = ["member", "epoch", "pathway", "layer", "mode"]
            for name in ("gain", "forward_gain", "backward_gain"):
                self.assertEqual(axis_names(file[name]), axes)
                self.assertEqual(file[name].shape, (2, 7, 3, 3, 8))
            self.assertEqual(axis_names(file["p"]), ["member", "epoch", "pathway", "mode"])
            self.assertEqual(axis_names(file["balance_drift"]), axes[:4])
            layers = {0: 3, 1: 1, 2: 2}  # of the pathways
            for a, depth in layers.items():
                for d in range(3):
                    for name, last in (("gain", depth - 1), ("forward_gain", depth),
                                       ("backward_gain", depth)):
                        missing = np.isnan(file[name][:, :, a, d])
                        self.assertTrue((missing == (d >= last)).all(), (name, a, d))
                    missing = np.isnan(file["balance_drift"][:, :, a, d])
                    self.assertTrue((missing == (d >= depth - 1)).all(), (a, d))
            drift = file["balance_drift"][:]
            self.assertTrue((drift[:, 0][~np.isnan(drift[:, 0])] == 0).all())
            self.assertGreater(np.nanmin(drift[:, -1]), 0)
            # A pathway of one matrix: p is K itself.
            K = np.diagonal(file["K"][:, :, 1], axis1=-2, axis2=-1)
            np.testing.assert_allclose(file["p"][:, :, 1], K, rtol=0, atol=1e-13)

    def test_the_last_record_is_that_of_the_final_weights(self):
        out = self.run_ok("out", text=UNEVEN)
        with cell(out) as file, h5py.File(out / "cells" / "weights-00000-2.h5") as kept:
            matrices = {tuple(item.shape): item[()] for item in found(kept) if item.ndim == 2}
            W1, W2 = matrices[25, 8], matrices[15, 25]
            u, v = file["U"][()], file["V"][()]
            forward, backward = file["forward_gain"][1, -1, 2], file["backward_gain"][1, -1, 2]
            norms = [np.linalg.norm(x, axis=0) for x in (v, W1 @ v, W2 @ W1 @ v)]
            np.testing.assert_allclose(forward[0], norms[1] / norms[0], rtol=1e-12)
            np.testing.assert_allclose(forward[1], norms[2] / norms[1], rtol=1e-12)
            norms = [np.linalg.norm(x, axis=0) for x in (u, W2.T @ u, W1.T @ W2.T @ u)]
            np.testing.assert_allclose(backward[1], norms[1] / norms[0], rtol=1e-12)
            np.testing.assert_allclose(backward[0], norms[2] / norms[1], rtol=1e-12)

    def test_initial_is_the_first_record_of_all_and_none_is_nothing(self):
        everything = self.run_ok("all", text=UNEVEN)
        start = self.run_ok("start", "--set", "record.layers=initial", text=UNEVEN)
        nothing = self.run_ok("none", "--set", "record.layers=none", text=UNEVEN)
        with cell(everything) as a, cell(start) as b, cell(nothing) as c:
            for name in NAMES:
                np.testing.assert_array_equal(b[name][()], a[name][:, 0])
                self.assertNotIn("epoch", axis_names(b[name]))
                self.assertNotIn(name, c)
            self.assertNotIn("balance_drift", b)
            self.assertNotIn("layer", c)
            np.testing.assert_array_equal(a["K"][()], c["K"][()])
            np.testing.assert_array_equal(b["K"][()], c["K"][()])

    def test_nonlinear_members_are_measured_alike_on_any_number_of_threads(self):
        one = self.run_ok("one", "--threads", "1", "--set", "network.activation=relu", text=UNEVEN)
        two = self.run_ok("two", "--threads", "2", "--set", "network.activation=relu", text=UNEVEN)
        with cell(one) as a, cell(two) as b:
            for name in (*NAMES, "balance_drift"):
                np.testing.assert_array_equal(a[name][()], b[name][()])
            self.assertFalse((a["gain"][0, 0] == a["gain"][1, 0]).any())

    def test_a_narrow_network_has_the_gains_of_the_wide_one(self):
        text = "[network]\ndepth = 4\nwidth = 300\n[init]\nsigma = 0.018\n[train]\nepochs = 60\n"
        wide = self.run_ok("wide", "--set", "train.precision=float64", text=text)
        narrow = self.run_ok("narrow", "--set", "init.method=projected", text=text)
        with cell(wide) as a, cell(narrow) as b:
            for name in NAMES:
                # The narrow network starts with the images of all modes, to float32 weights.
                difference = np.nanmax(np.abs(a[name][()] - b[name][()]))
                self.assertLess(difference, 1e-6 * np.nanmax(np.abs(a[name][()])), name)

    def test_a_dry_run_knows_that_measuring_takes_time(self):
        wide = SMALL.replace("width = 12", "width = 500").replace("epochs = 60", "epochs = 600")
        seconds = {}
        for layers in ("none", "all"):
            text = wide + f'[record]\nevery = 1\nlayers = "{layers}"\n'
            told = self.run_config("--dry-run", text=text).stdout
            number, unit = re.search(r"time +about ([\d.]+) (s|min)", told).groups()
            seconds[layers] = float(number) * {"s": 1, "min": 60}[unit]
        # Seen: 36 processor seconds with, half a one without.
        self.assertGreater(seconds["all"], 5 * seconds["none"])

    def test_what_is_not_a_choice(self):
        self.assert_fails(self.run_config("--set", "record.layers=some"), 65,
                          "record.layers", '"none", "initial", "all"')
        self.assert_nothing_written()


class FilesFromBefore(ProgramTest):
    def test_a_run_from_before_the_key_goes_on_and_is_read(self):
        text = SPLIT.replace("seeds = 24", 'seeds = 2\n"network.width" = [20, 30]')
        out = self.folder / "out"
        config = self.config(text)
        self.assertEqual(self.polypath("run", config, "-o", out).returncode, 0)
        resolved = (out / "resolved.toml").read_text()
        (out / "resolved.toml").write_text(resolved.replace('layers = "initial"\n', ""))
        with h5py.File(out / "cells" / "cell-00000.h5", "r+") as file:
            for name in (*NAMES, "layer"):
                del file[name]
        (out / "cells" / "cell-00001.h5").unlink()
        again = self.polypath("run", config, "-o", out)
        self.assertEqual(again.returncode, 0, again.stderr)
        for command in ("info", "analyse"):
            result = self.polypath(command, out)
            self.assertEqual(result.returncode, 0, result.stderr)
        theory = self.polypath("theory", out, "-o", self.folder / "theory.h5")
        self.assertEqual(theory.returncode, 0, theory.stderr)
        with h5py.File(self.folder / "theory.h5") as file:
            self.assertIn("configured", file["cells/cell-00000"].attrs["gains_used"])
            self.assertIn("measured", file["cells/cell-00001"].attrs["gains_used"])


class TheoryFromMeasuredGains(ProgramTest):
    def split(self, layers):
        """Predicted and simulated (K_1 - K_2) / T, member x mode, and the group's attribute."""
        out, file = self.folder / layers, self.folder / f"{layers}.h5"
        run = self.polypath("run", self.config(SPLIT), "-o", out, "--set", f"record.layers={layers}")
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertEqual(self.polypath("theory", out, "-o", file).returncode, 0)
        with h5py.File(file) as theory:
            group = theory["cells/cell-00000"]
            ends = [np.diff(group[name][()], axis=1)[:, 0] / group["target"][()]
                    for name in ("final_K", "final_K_simulated")]
            return *ends, group["gain_used"][()], group.attrs["gains_used"]

    def test_predict_who_wins(self):
        configured, simulated, gain, used = self.split("none")
        self.assertIn("configured", used)
        np.testing.assert_allclose(gain, 0.018 * np.sqrt(300), rtol=1e-12)
        measured, same, gain, used = self.split("initial")
        self.assertIn("measured", used)
        self.assertGreater(gain.std(), 1e-3)
        np.testing.assert_array_equal(simulated, same)
        for mode in (0, 1, 7):
            known = np.isfinite(configured[:, mode]) & np.isfinite(measured[:, mode])
            self.assertGreater(known.sum(), 20)
            correlation = [np.corrcoef(x[known, mode], simulated[known, mode])[0, 1]
                           for x in (configured, measured)]
            # K(0) and the gains decide in equal parts: 1/sqrt(2) of it is known without the gains.
            self.assertLess(correlation[0], 0.95)
            self.assertGreater(correlation[1], 0.97)


def found(file):
    """Every data set of a file."""
    items = []
    file.visititems(lambda _, item: items.append(item) if isinstance(item, h5py.Dataset) else None)
    return items


if __name__ == "__main__":
    unittest.main()
