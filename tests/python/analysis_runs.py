"""A test with an ensemble of its own, for the tests of its statistics, theory, figures and report."""

import json

from program import ProgramTest

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


class AnalysisTest(ProgramTest):
    def ensemble(self, text=SWEEP):
        result = self.run_config(text=text)
        self.assertIn(result.returncode, (0, 70), result.stderr)
        return self.folder / "out"

    def analysis(self, run):
        result = self.polypath("analyse", run, "--json", self.folder / "a.json", "--csv",
                               self.folder / "a.csv")
        self.assertEqual(result.returncode, 0, result.stderr)
        return result, json.loads((self.folder / "a.json").read_text())
