"""What configs/README.md says is in configs/claims.toml, and (nightly) still so."""

import os
import unittest

import numpy as np

from analysis_runs import AnalysisTest
from claims import CONFIGS, analyse, cell_of, holds, load, measured, need_theory, runs_of
from program import ProgramTest


def words(text):
    return " ".join(text.split())


class Claims(unittest.TestCase):
    def test_each_is_in_the_readme_and_about_a_config_there(self):
        for claim in load():
            with self.subTest(claim["text"]):
                readme = CONFIGS / claim.get("readme", "README.md")
                self.assertIn(words(claim["text"]), words(readme.read_text(encoding="utf-8")))
                self.assertTrue((CONFIGS / claim["config"]).is_file(), claim["config"])
                self.assertTrue(claim["low"] <= claim["value"] <= claim["high"])

    def test_a_run_is_made_once(self):
        self.assertEqual(sum(map(len, runs_of(load()).values())), len(load()))
        self.assertLess(len(runs_of(load())), len(load()))


class Comparison(AnalysisTest):
    def test_numbers_are_those_of_analyse(self):
        _, found = self.analysis(self.ensemble())
        here = {"network.depth": 3, "network.width": 80}
        cell = cell_of(found, here)
        self.assertEqual(cell["cell"], 3)
        entry = next(q for q in cell["quantities"]
                     if (q["quantity"], q["mode"]) == ("dominance", 2))
        claim = {"quantity": "dominance", "mode": 2, "cell": here}
        self.assertEqual(measured(found, claim), (entry["mean"], *entry["mean_interval"]))
        pair = cell["winner_correlations"][1]
        claim = {"quantity": "same_winner", "mode": 1, "other_mode": 3, "cell": here}
        self.assertEqual(measured(found, claim), (pair["same_probability"], *pair["same_interval"]))
        won = cell["winners"][1]
        claim = {"quantity": "wins", "mode": 1, "pathway": 1, "cell": here}
        self.assertEqual(measured(found, claim)[0], won["probability"])
        fit = found["fits"][0]
        claim = {"quantity": "exponent", "mode": 1, "held": fit["held"]}
        self.assertEqual(measured(found, claim), (fit["slope"], *fit["interval"]))

    def test_a_config_is_run_with_its_changes(self):
        found = analyse(self, "contests.toml", ["sweep.seeds=2", "network.bias=true"], self.folder)
        self.assertEqual({cell["members"] for cell in found["cells"]}, {2})
        self.assertEqual(len(found["cells"]), 6)

    def test_correlations_of_the_theory_have_fishers_interval(self):
        found = analyse(self, "contests.toml", ["sweep.seeds=5"], self.folder, with_theory=True)
        cell = found["cells"][5]
        claim = {"quantity": "split_correlation", "mode": 2, "cell": cell["swept"]}
        value, low, high = measured(found, claim)
        self.assertEqual(value, found["theory"][5][1][0])
        self.assertTrue(-1 <= low < value < high <= 1)
        self.assertAlmostEqual(np.arctanh(high) - np.arctanh(value), 1.959964 / 2 ** 0.5)
        self.assertTrue(need_theory([claim]))

    def test_a_claim_that_is_not_about_one_number_is_an_error(self):
        _, found = self.analysis(self.ensemble())
        for change in ({"cell": {"network.depth": 2}}, {"mode": 99}, {"quantity": "nonsense"}):
            claim = {"quantity": "dominance", "mode": 1, "cell": {"network.depth": 3,
                     "network.width": 80}, **change}
            with self.assertRaises(ValueError):
                measured(found, claim)

    def test_a_number_beyond_its_interval_does_not_hold(self):
        claim = {"low": 0.1, "high": 0.2}
        self.assertEqual([holds(claim, v) for v in (0.1, 0.15, 0.21, 0.09, None)],
                         [True, True, False, False, False])


@unittest.skipUnless(os.environ.get("POLYPATH_NIGHTLY"), "hours; POLYPATH_NIGHTLY=1 runs it")
class NightlyClaims(ProgramTest):
    def test_each_still_holds(self):
        for number, ((config, overrides), claims) in enumerate(runs_of(load()).items()):
            folder = self.folder / str(number)
            folder.mkdir()
            analysis = analyse(self, config, overrides, folder, need_theory(claims))
            for claim in claims:
                with self.subTest(claim["text"], config=config):
                    value = measured(analysis, claim)[0]
                    self.assertTrue(holds(claim, value), f"{value} in {claim}")


if __name__ == "__main__":
    unittest.main()
