"""polypath_epochs, polypath_card_limits, and bench/compare_pytorch.py with a stand-in for PyTorch."""

import json
import subprocess
import sys
import unittest

from program import ROOT, ProgramTest

# Answers as bench/comparison/rival.py does, at a speed of its own, and writes down what it is asked.
RIVAL = '''#!/usr/bin/env python3
import json, sys
log = open("{log}", "a")
print(json.dumps(dict(torch="9.9", blas="none", threads=1)), flush=True)
for line in sys.stdin:
    asked = json.loads(line)
    log.write(asked["command"] + " " + asked.get("variant", "") + "\\n")
    log.flush()
    if asked["command"] == "quit":
        break
    if asked["command"] == "prepare" and asked["variant"] == "graph":
        reply = dict(error="no card")
    elif asked["command"] == "prepare":
        reply = dict(key=0, members=asked["members"])
    elif asked["command"] == "time":
        if "{dies}" == "True":
            sys.exit("out of memory")
        reply = dict(seconds=1.0 * asked["epochs"])
    else:
        reply = dict()
    print(json.dumps(reply), flush=True)
'''


class BenchProgram(ProgramTest):
    """Programs beside the one under test."""

    def setUp(self):
        super().setUp()
        self.bench = self.program.resolve().parent / "bench"
        self.epochs = self.bench / "polypath_epochs"
        if not self.epochs.exists():
            self.skipTest("polypath_epochs is not built")

    def call(self, *arguments, standard_input=""):
        return subprocess.run([str(a) for a in arguments], capture_output=True, text=True,
                              timeout=120, input=standard_input)


class Epochs(BenchProgram):
    def table(self, *arguments):
        path = self.folder / "epochs.json"
        done = self.call(self.epochs, "cpu", "--rounds", 3, "--seconds", 0.002, "--json", path,
                         *arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(path.read_text()), done.stdout

    def test_every_delay_of_every_case_is_timed(self):
        found, told = self.table("--cases", "16:3:2,24:4:1:4+8", "--delays", "1,auto")
        self.assertEqual([[row["label"] for row in case["results"]] for case in found["cases"]],
                         [["polypath delay 1", "polypath delay 1 (auto)"],
                          ["polypath delay 1", "polypath delay 1 (auto)", "polypath delay 4",
                           "polypath delay 8"]])
        for case in found["cases"]:
            for row in case["results"]:
                self.assertEqual(len(row["rounds_ms"]), 3)
                self.assertGreater(row["min_ms"], 0)
                self.assertLessEqual(row["min_ms"], row["median_ms"])
                self.assertLessEqual(row["median_ms"], row["max_ms"])
                # float32 weights of two pathways 8-N-..-N-15, read twice, then read and written.
                n, d = case["case"]["width"], case["case"]["depth"]
                weights = 2 * (8 * n + (d - 2) * n * n + 15 * n) * 4 * case["case"]["members"]
                delay = row["delay"]
                self.assertIn(f"delay {delay}", row["label"])
                passes = 4 if delay == 1 else 2 + 2 / delay
                seconds = 1e-3 * row["median_ms"] * case["case"]["members"]
                self.assertAlmostEqual(row["gigabytes_per_second"] * seconds * 1e9,
                                       weights * passes, delta=1e-6 * weights)
        self.assertEqual(told.count("polypath delay"), 6)
        self.assertEqual(told.count("ms at first"), 6)

    def test_wider_networks_take_longer(self):
        found, _ = self.table("--cases", "8:3:1,1000:3:1", "--delays", "1")
        narrow, wide = (case["results"][0]["min_ms"] for case in found["cases"])
        self.assertGreater(wide, 10 * narrow)  # there are 4000 times as many weights

    def test_what_cannot_be_a_case_is_refused(self):
        for arguments, word in ((["--cases", "16:3"], "is no case"),
                                (["--cases", "16:x:1"], "depth"),
                                (["--cases", "16:3:1", "--delays", "0"], "delay"),
                                (["--cases", "16:1:1"], "depth of at least 2")):
            done = self.call(self.epochs, "cpu", *arguments)
            self.assertEqual(done.returncode, 64, done.stderr)
            self.assertIn(word, done.stderr)

    def test_plain_epochs_for_a_profiler(self):
        done = self.call(self.epochs, "cpu", "--plain", 2, "--cases", "16:3:2")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("2 epochs of 2 members", done.stdout)

    def test_told_through_a_pipe(self):
        case = {"command": "prepare", "depth": 3, "width": 16, "activation": "tanh", "members": 2,
                "precision": "float64", "delay": "4"}
        steep = {**case, "activation": "linear", "learning_rate": 1e6}
        asked = [case, {"command": "time", "key": 0, "epochs": 20},
                 {"command": "time", "key": 7, "epochs": 5}, {"command": "nonsense"}, steep,
                 {"command": "time", "key": 1, "epochs": 50}, {"command": "drop"},
                 {"command": "time", "key": 0, "epochs": 5}, {"command": "quit"}]
        done = self.call(self.epochs, "cpu", "--serve",
                         standard_input="".join(json.dumps(one) + "\n" for one in asked))
        self.assertEqual(done.returncode, 0, done.stderr)
        about, prepared, timed, unknown, nonsense, _, diverged, dropped, gone = map(
            json.loads, done.stdout.splitlines())
        self.assertEqual(about["backend"], "cpu")
        self.assertEqual((prepared["key"], prepared["members"], prepared["delay"]), (0, 2, 4))
        self.assertGreater(timed["seconds"], 0)
        self.assertEqual(len(timed["warm_up_seconds"]), 3)
        self.assertIn("error", unknown)
        self.assertIn("nonsense", nonsense["error"])
        self.assertIn("diverged", diverged["error"])
        self.assertEqual(dropped, {})
        self.assertIn("error", gone)


class ComparePytorch(BenchProgram):
    def compare(self, *arguments, dies=False):
        self.log = self.folder / "log"
        self.log.write_text("")
        python = self.folder / "python"
        python.write_text(RIVAL.format(log=self.log, dies=dies))
        python.chmod(0o755)
        self.json = self.folder / "compared.json"
        return self.call(sys.executable, ROOT / "bench" / "compare_pytorch.py", "--python", python,
                         "--epochs-program", self.epochs, "--backend", "cpu", "--json", self.json,
                         "--environments", "installed", "--activations", "tanh", "--seconds", 0.002,
                         "--rounds", 3, *arguments)

    def test_in_turn_with_a_child_of_ours(self):
        done = self.compare("--cases", "16:3:2:4+8", "--variants", "ensemble,graph")
        self.assertEqual(done.returncode, 0, done.stderr)
        case, = json.loads(self.json.read_text())["cases"]
        self.assertEqual([row["label"] for row in case["results"]],
                         ["installed ensemble", "polypath delay 1", "polypath delay 1 (auto)"])
        self.assertEqual([row["label"] for row in case["more_delays"]],
                         ["polypath delay 1", "polypath delay 4", "polypath delay 8"])
        self.assertEqual(case["results"][0]["median_ms"], 500.0)  # a second, of two members
        self.assertGreater(case["ratio_installed"]["median"], 100)
        self.assertEqual(case["left_out"], [{"label": "installed graph", "reason": "no card"}])
        # Its memory is freed before the delays are timed by themselves, and once more at the end.
        self.assertEqual(self.log.read_text().count("time"), 1 + 3)
        self.assertEqual(self.log.read_text().count("drop"), 2)

    def test_results_become_a_table(self):
        self.compare("--cases", "16:3:2:16", "--variants", "ensemble,graph")
        report = json.loads(self.json.read_text())
        for row, ms in zip(report["cases"][0]["results"] + report["cases"][0]["more_delays"],
                           (50, 10, 20, 11, 4)):
            row["median_ms"] = ms
        self.json.write_text(json.dumps(report))
        told = self.call(sys.executable, ROOT / "bench" / "compare_pytorch.py", "--table",
                         self.json)
        self.assertEqual(told.returncode, 0, told.stderr)
        self.assertRegex(told.stdout.splitlines()[-1], r"^\| 16 \| 3 \| 2 \| 20 \| 40 \| 8 \| "
                         r"[0-9.e-]+ \| - \| 100 \| - \| 12.5 \| - \|$")
        self.assertIn("PyTorch 9.9", told.stdout)

    def test_one_member_after_the_other_is_no_rival_of_a_batch_on_a_card(self):
        done = self.compare("--device", "cuda", "--cases", "16:3:1,16:3:2", "--variants",
                            "eager,ensemble")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.log.read_text().count("prepare eager"), 1)
        self.assertEqual(self.log.read_text().count("prepare ensemble"), 2)

    def test_a_rival_that_dies_leaves_ours(self):
        done = self.compare("--cases", "16:3:1,16:3:2", "--variants", "ensemble", dies=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        for case in json.loads(self.json.read_text())["cases"]:
            self.assertEqual(case["left_out"][0]["label"], "installed ensemble")
            self.assertEqual(len(case["results"]), 2)
        self.assertIn("out of memory", done.stdout)

    def test_when_the_time_is_up_cases_are_named(self):
        done = self.compare("--cases", "16:3:1,16:3:2", "--variants", "ensemble", "--budget", 1e-9)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual([case["broken_off"] for case in json.loads(self.json.read_text())["cases"]],
                         ["no time was left"] * 2)
        told = self.call(sys.executable, ROOT / "bench" / "compare_pytorch.py", "--table", self.json)
        self.assertEqual(told.stdout.splitlines()[-1],
                         "Not timed: N = 16 D = 3 members = 1 (no time was left), "
                         "N = 16 D = 3 members = 2 (no time was left)", told.stderr)

    def test_the_card_needs_our_program_there_too(self):
        done = self.call(sys.executable, ROOT / "bench" / "compare_pytorch.py", "--device", "cuda")
        self.assertEqual(done.returncode, 2)
        self.assertIn("--epochs-program", done.stderr)


class CardLimits(BenchProgram):
    def test_of_the_simulated_device(self):
        plugin = self.bench.parent / "simulated" / "libpolypath_cuda_sim.so"
        if not plugin.exists():
            self.skipTest("this build has no simulated device")
        path = self.folder / "limits.json"
        done = subprocess.run(
            [str(self.bench / "polypath_card_limits"), "--copies", "65536", "--traffic", "65536",
             "--nodes", "16", "--rounds", "2", "--json", str(path)], capture_output=True, text=True,
            env={"POLYPATH_CUDA_PLUGIN": str(plugin)})
        self.assertEqual(done.returncode, 0, done.stderr)
        found = json.loads(path.read_text())
        self.assertIn("simulated", found["device"])
        self.assertGreater(found["copies"][0]["kernel_gigabytes_per_second"]["median"], 0)
        self.assertEqual(found["graph"]["nodes"], 16)
        self.assertIn("an empty node of a graph", done.stdout)

    def test_without_a_device(self):
        done = subprocess.run([str(self.bench / "polypath_card_limits")], capture_output=True,
                              text=True, env={"POLYPATH_CUDA_PLUGIN": str(self.folder / "none.so")})
        self.assertEqual(done.returncode, 69)
        self.assertIn("none.so", done.stderr)


if __name__ == "__main__":
    unittest.main()
