"""Commands that write files beside a run never destroy what they read; reports tell what is missing."""

import os
import subprocess
import sys
import unittest

from program import ROOT, SMALL, ProgramTest

TWO_CELLS = SMALL + '[sweep]\nseeds = 3\n"network.width" = [10, 14]\n'


class Outputs(ProgramTest):
    def setUp(self):
        super().setUp()
        result = self.run_config(text=TWO_CELLS)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.out = self.folder / "out"

    def assert_kept(self, path, *command):
        before = path.read_bytes()
        self.assert_fails(self.polypath(*command), 73, "choose another name")
        self.assertEqual(path.read_bytes(), before)

    def test_analyse_overwrites_nothing_of_the_run(self):
        for name in ("cells/cell-00000.h5", "index.h5", "resolved.toml"):
            for option in ("--csv", "--json"):
                self.assert_kept(self.out / name, "analyse", self.out, option, self.out / name)

    def test_theory_overwrites_nothing_of_the_run_and_not_its_config(self):
        for name in ("cells/cell-00001.h5", "index.h5", "config.toml"):
            self.assert_kept(self.out / name, "theory", self.out, "-o", self.out / name)
        config = self.folder / "config.toml"
        self.assert_kept(config, "theory", config, "-o", config)

    def test_what_is_no_regular_file_is_refused(self):
        self.assert_fails(self.polypath("theory", self.out, "-o", "/dev/null"), 73, "regular")
        self.assert_fails(self.polypath("analyse", self.out, "--json", self.folder), 73, "regular")

    def test_csv_and_json_in_one_file_are_refused(self):
        both = self.folder / "both"
        self.assert_fails(self.polypath("analyse", self.out, "--csv", both, "--json", both), 73,
                          "two files")
        self.assertFalse(both.exists())

    def test_a_file_beside_the_run_is_written_and_replaced(self):
        table = self.out / "table.csv"
        for _ in range(2):
            result = self.polypath("analyse", self.out, "--csv", table)
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertIn("dominance", table.read_text())

    def test_the_report_names_cells_that_have_no_file(self):
        (self.out / "cells" / "cell-00001.h5").unlink()
        page = self.folder / "page.html"
        done = subprocess.run([sys.executable, str(ROOT / "tools" / "report.py"), str(self.out), "-o",
                               str(page)], capture_output=True, text=True, check=False,
                              env={**os.environ, "POLYPATH_BINARY": str(self.program)})
        self.assertEqual(done.returncode, 0, done.stderr)
        text = page.read_text()
        self.assertIn("No file holds cell 1", text)
        self.assertNotIn("every cell and member finished", text)


if __name__ == "__main__":
    unittest.main()
