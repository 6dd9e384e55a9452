"""tools/compare_runs.py: K of two directories of one config."""
import unittest

import h5py

from tool_test import Folder, call

import compare_runs


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

    def test_directories_that_hold_different_cells(self):
        first, second = self.pair()
        (second / "cells" / "cell-00000.h5").unlink()
        status, _, error = call(compare_runs, first, second)
        self.assertEqual(status, 64, error)
        self.assertIn("same config", error)
        self.assertEqual(call(compare_runs, first, self.folder / "none")[0], 66)


if __name__ == "__main__":
    unittest.main()
