"""How `polypath run --backend cuda` plans: waves from device memory, what goes to the CPU, why not.

Run by ctest, which says in POLYPATH_BINARY and POLYPATH_SIM_PLUGIN what to test."""

import os
import pathlib
import re
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "python"))

import h5py  # noqa: E402
import numpy as np  # noqa: E402
from program import SMALL, ProgramTest  # noqa: E402

PLUGIN = os.environ["POLYPATH_SIM_PLUGIN"]
SEEDS = SMALL + "\n[sweep]\nseeds = 6\n"


class PlanningOnADevice(ProgramTest):
    def cuda(self, *arguments, backend="cuda", text=SEEDS, **simulator):
        environment = {f"POLYPATH_SIMCUDA_{key}": str(value) for key, value in simulator.items()}
        environment["POLYPATH_CUDA_PLUGIN"] = PLUGIN
        return self.run_config("--backend", backend, *arguments, text=text,
                               environment=environment)

    def facts(self):
        with h5py.File(self.folder / "out" / "cells" / "cell-00000.h5") as file:
            return {key: str(value) for key, value in file.attrs.items()}, file["K"][:]

    def test_dry_run_tells_waves_members_per_gigabyte_and_time(self):
        result = self.cuda("--dry-run", "--set", "network.width=1000", MEMORY="290M")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertRegex(result.stdout, r"6 in [23] waves of [23]\b")
        per_member = float(re.search(r"device +([\d.]+) MB a member", result.stdout)[1])
        members = int(re.search(r"(\d+) members per GB", result.stdout)[1])
        self.assertAlmostEqual(members, 1000 / per_member, delta=1 + 0.01 * members)
        self.assertRegex(result.stdout, r"device +[\d.]+ MB of [\d.]+ MB free")
        self.assertRegex(result.stdout, r"\n  time ")

    def test_waves_give_the_numbers_of_one_batch(self):
        wide = ("--set", "network.width=700", "--set", "init.sigma=0.01")
        self.assertEqual(self.cuda(*wide).returncode, 0)
        together = self.facts()[1]
        result = self.cuda(*wide, "--restart", "--log", "json", MEMORY="280M")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertRegex(result.stderr + result.stdout, r'"members_at_once": ?[1-5]\b')
        np.testing.assert_allclose(self.facts()[1], together, rtol=1e-3, atol=1e-5)

    def test_a_member_that_does_not_fit_is_71_with_a_way_out(self):
        for activation, other in (("linear", "projected"), ("tanh", "smaller network.width")):
            result = self.cuda("--set", "network.width=3000",
                               "--set", f'network.activation="{activation}"', MEMORY="300M")
            self.assert_fails(result, 71, "of device memory", "are free", other, "--backend cpu")
            self.assertFalse((self.folder / "out").exists())

    def test_projected_networks_plan_the_room_for_their_products(self):
        wide = ("--dry-run", "--set", 'init.method="projected"', "--set", "network.width=100000")
        result = self.cuda(*wide)
        self.assertEqual(result.returncode, 0, result.stderr)
        # 64 directions: the vectors that go in, and the sums that come out, 100000 doubles each.
        total = float(re.search(r"device +([\d.]+) MB of", result.stdout)[1])
        self.assertGreater(total, 0.99 * 2 * 64 * 100000 * 8 / 1e6)
        result = self.cuda(*wide, MEMORY="300M")
        self.assert_fails(result, 71, "of device memory", "sampled", "--backend cpu")

    def test_automatic_takes_the_cpu_where_the_card_is_too_small(self):
        result = self.cuda("--dry-run", "--set", "network.width=3000", backend="auto",
                           MEMORY="300M")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("it runs on the CPU", result.stdout)
        self.assertNotIn("members per GB", result.stdout)

    def test_projected_stays_on_a_card_with_fast_float64(self):
        result = self.cuda("--dry-run", "--set", 'init.method="projected"', backend="auto")
        self.assertNotIn("runs on the CPU", result.stdout)
        self.assertIn("members per GB", result.stdout)

    def test_projected_leaves_a_card_with_slow_float64_and_says_so(self):
        result = self.cuda("--set", 'init.method="projected"', backend="auto", CAPABILITY="8.9")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("it runs on the CPU", result.stdout + result.stderr)
        self.assertIn("cpu", self.facts()[0]["backend"])

    def test_who_asks_for_cuda_gets_it(self):
        result = self.cuda("--set", 'init.method="projected"', CAPABILITY="8.9")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("cuda", self.facts()[0]["backend"])

    def test_sampled_runs_on_the_cpu_and_says_so(self):
        result = self.cuda("--set", 'init.method="sampled"', backend="auto")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("they run there", result.stdout + result.stderr)
        self.assertIn("cpu", self.facts()[0]["backend"])


if __name__ == "__main__":
    unittest.main()
