"""The time that a dry run tells, against the processor time that the run then takes."""

import re
import resource
import unittest

from program import ProgramTest

CONFIG = """
[network]
depth = {depth}
width = {width}
[init]
method = "{method}"
sigma = {sigma}
[train]
epochs = {epochs}
[record]
every = {every}
[sweep]
seeds = {seeds}
"""

CASES = [
    dict(depth=3, width=200, method="gaussian", sigma=0.02236, epochs=3000, every=10, seeds=4),
    # Records, not epochs, take the time.
    dict(depth=2, width=30, method="gaussian", sigma=0.0577, epochs=1000, every=1, seeds=20),
    # Finding the narrow network does.
    dict(depth=4, width=100000, method="sampled", sigma=0.001, epochs=1200, every=10, seeds=5),
]


class DryRunTimes(ProgramTest):
    def processor_seconds(self, *arguments):
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
        result = self.polypath("run", *arguments, "--threads", 1, "--restart")
        self.assertEqual(result.returncode, 0, result.stderr)
        return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before

    def ratio(self, case):
        """What is foretold over what is taken beside starting the program."""
        config = self.config(CONFIG.format(**case))
        out = self.folder / "out"
        told = self.polypath("run", config, "-o", out, "--dry-run", "--threads", 1).stdout
        seconds = float(re.search(r"^in all .*about ([\d.]+) s$", told, re.M)[1])
        idle = self.processor_seconds(config, "-o", self.folder / "idle", "--set",
                                      "train.epochs=0", "--set", "sweep.seeds=1")
        return seconds / (self.processor_seconds(config, "-o", out) - idle)

    def test_within_a_factor_of_one_and_a_half(self):
        for case in CASES:
            with self.subTest(**case):
                # Other programs share caches and hyperthreads with either: the median of three.
                ratios = sorted(self.ratio(case) for _ in range(3))
                self.assertGreater(ratios[1], 1 / 1.5, ratios)
                self.assertLess(ratios[1], 1.5, ratios)


if __name__ == "__main__":
    unittest.main()
