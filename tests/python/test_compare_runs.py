"""tools/compare_runs.py and polypath_compare_runs: K of two directories of one config."""
import subprocess
import unittest

import h5py

from tool_test import Folder, call

import compare_runs
from program import SMALL, ProgramTest


class CompareRuns(Folder):
    def pair(self):
        return [self.run_directory(name) for name in ("first", "second")]

    def test_equal_runs_agree(self):
        status, told, error = call(compare_runs, *self.pair(), "--tolerance", "0")
        self.assertEqual(status, 0, error)
        self.assertIn("cell 0: 0.00e+00", told)

    def test_a_difference_is_measured_in_targets(self):
        first, second = self.pair()
        with h5py.File(second / "cells" / "cell-00000.h5", "r+") as file:
            file["K"][0, 3, 1, 2, 0] += 0.01 * abs(file["target"][()]).max()
        status, told, _ = call(compare_runs, first, second)
        self.assertEqual(status, 1)
        self.assertRegex(told, r"cell 0: (1\.00|9\.99)e-0[23] .*MORE THAN ALLOWED")
        self.assertEqual(call(compare_runs, first, second, "--tolerance", "0.02")[0], 0)

    def test_a_member_that_ended_differently_is_no_match(self):
        first, second = self.pair()
        with h5py.File(second / "cells" / "cell-00000.h5", "r+") as file:
            file["status"][0] = 1
        self.assertEqual(call(compare_runs, first, second, "--tolerance", "9")[0], 1)

    def test_settings_that_differ_are_named(self):
        first = self.run_directory("first", learning_rate=0.01)
        second = self.run_directory("second", learning_rate=0.02, depths=(2, 4))
        status, told, _ = call(compare_runs, first, second)
        self.assertEqual(status, 1)
        self.assertIn("cell 0: other settings: train.learning_rate = 0.01, 0.02\n", told)
        self.assertIn("cell 1: other settings: network.depth = 3, 4; train.learning_rate = ", told)
        self.assertNotIn("other settings", call(compare_runs, first, first)[1])

    def test_directories_that_hold_different_cells(self):
        first, second = self.pair()
        (second / "cells" / "cell-00000.h5").unlink()
        status, _, error = call(compare_runs, first, second)
        self.assertEqual(status, 64, error)
        self.assertIn("same config", error)
        self.assertEqual(call(compare_runs, first, self.folder / "none")[0], 66)


class WithoutPython(ProgramTest):
    """The program gives the answers of the script."""

    def setUp(self):
        super().setUp()
        self.compare = self.program.resolve().parent / "tests" / "support" / "polypath_compare_runs"
        if not self.compare.exists():
            self.skipTest("polypath_compare_runs is not built")
        text = SMALL + '\n[sweep]\nseeds = 2\n"network.width" = [8, 12]\n'
        for name in ("first", "second"):
            done = self.polypath("run", self.config(text), "-o", self.folder / name, "--quiet")
            self.assertEqual(done.returncode, 0, done.stderr)
        self.pair = [self.folder / "first", self.folder / "second"]

    def change(self, change, cell=1):
        with h5py.File(self.pair[1] / "cells" / f"cell-{cell:05}.h5", "r+") as file:
            change(file)

    def both(self, *arguments):
        """What both said, which is the same, and their exit status."""
        done = subprocess.run([self.compare, *self.pair, *arguments], capture_output=True, text=True)
        status, told, _ = call(compare_runs, *self.pair, *arguments)
        self.assertEqual((done.returncode, done.stdout), (status, told), done.stderr)
        return status, told

    def test_equal_runs_agree(self):
        self.assertEqual(self.both("--tolerance", "0")[0], 0)

    def test_differences_are_those_of_the_script(self):
        def shift(file):
            file["K"][1, 3, 1, 2, 0] += 0.0123 * abs(file["target"][()]).max()
        self.change(shift)
        status, told = self.both()
        self.assertEqual(status, 1)
        self.assertIn("cell 1: 1.23e-02 of the largest target, MORE THAN ALLOWED", told)
        self.assertIn("cell 0: 0.00e+00", told)
        self.assertEqual(self.both("--tolerance", "0.02")[0], 0)

    def test_what_cannot_match_is_infinitely_far(self):
        def diverge(file):
            file["status"][0] = 1

        def lose(file):
            file["K"][0, 2] = float("nan")
        for change in (diverge, lose):
            self.change(change)
            status, told = self.both("--tolerance", "9")
            self.assertEqual(status, 1)
            self.assertIn("cell 1: inf", told)

    def test_other_cells_and_no_cells(self):
        (self.pair[1] / "cells" / "cell-00000.h5").unlink()
        done = subprocess.run([self.compare, *self.pair], capture_output=True, text=True)
        self.assertEqual(done.returncode, call(compare_runs, *self.pair)[0], done.stderr)
        self.assertIn("[0, 1] and [1]", done.stderr)
        self.pair[1] = self.folder
        done = subprocess.run([self.compare, *self.pair], capture_output=True, text=True)
        self.assertEqual(done.returncode, call(compare_runs, *self.pair)[0], done.stderr)


if __name__ == "__main__":
    unittest.main()
