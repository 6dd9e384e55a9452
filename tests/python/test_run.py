"""`polypath run` from config to files: sweeps, resume, interruption, full disks, divergence."""

import json
import os
import re
import shutil
import signal
import subprocess
import time
import unittest

import h5py
import numpy as np

from program import ROOT, SMALL, ProgramTest

SWEEP = SMALL + """
[sweep]
seeds = 3
"network.depth, train.epochs" = [[2, 40], [3, 60]]
"network.width" = [10, 14]
"""


def cells(folder):
    return sorted(path.name for path in (folder / "out" / "cells").iterdir())


class Sweeps(ProgramTest):
    def test_one_file_a_cell_and_an_index(self):
        result = self.run_config(text=SWEEP)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(cells(self.folder), [f"cell-0000{i}.h5" for i in range(4)])
        with h5py.File(self.folder / "out" / "index.h5") as index:
            members = index["members"]
            self.assertEqual(list(members["cell"]), [c for c in range(4) for _ in range(3)])
            self.assertEqual(list(members["seed"]), [1, 2, 3] * 4)
            self.assertEqual(list(members["swept/network.depth"]), [2] * 6 + [3] * 6)
            self.assertEqual(list(members["swept/network.width"]), ([10] * 3 + [14] * 3) * 2)
            named = members["cell_file"].asstr()[()].tolist()
            self.assertEqual(named, [f"cells/cell-0000{c}.h5" for c in range(4) for _ in range(3)])
        with h5py.File(self.folder / "out" / named[6]) as cell:
            self.assertEqual(cell["K"].shape, (3, 7, 2, 8, 8))

    def test_resume_skips_finished_cells_and_gives_the_same_bits(self):
        self.run_config(text=SWEEP)
        kept = self.folder / "out" / "cells" / "cell-00001.h5"
        with h5py.File(kept) as file:
            expected = file["K"][:]
        other = (self.folder / "out" / "cells" / "cell-00000.h5")
        time_of_other = other.stat().st_mtime_ns
        kept.unlink()
        result = self.run_config(text=SWEEP)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(result.stderr.count("finished before"), 3)
        self.assertEqual(other.stat().st_mtime_ns, time_of_other)
        with h5py.File(kept) as file:
            np.testing.assert_array_equal(file["K"][:], expected)

    def test_resume_of_a_directory_of_layout_1_keeps_its_cells(self):
        out = self.folder / "out"
        shutil.copytree(ROOT / "tests/golden/layout1", out)
        with h5py.File(out / "cells/cell-00001.h5") as file:
            expected = file["K"][:]
        (out / "cells/cell-00001.h5").unlink()
        result = self.polypath("run", out / "config.toml", "-o", out)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("cell 0: record.every = 5: finished before", result.stderr)
        for cell, layout in ((0, 1), (1, 2)):
            with h5py.File(out / f"cells/cell-0000{cell}.h5") as file:
                self.assertEqual(file.attrs["schema_version"], layout)
        with h5py.File(out / "cells/cell-00001.h5") as file:
            rounding = 64 * np.finfo(np.float32).eps * np.abs(expected).max()
            np.testing.assert_allclose(file["K"][:], expected, rtol=0, atol=rounding)
        with h5py.File(out / "index.h5") as index:
            self.assertEqual(list(index["members/cell"]), [0, 0, 1, 1])

    def test_threads_do_not_change_a_bit(self):
        self.run_config("--threads", 1, text=SWEEP)
        with h5py.File(self.folder / "out" / "cells" / "cell-00003.h5") as file:
            expected = file["K"][:], file["loss"][:]
        self.run_config("--threads", 2, "--restart", text=SWEEP)
        with h5py.File(self.folder / "out" / "cells" / "cell-00003.h5") as file:
            np.testing.assert_array_equal(file["K"][:], expected[0])
            np.testing.assert_array_equal(file["loss"][:], expected[1])

    def test_other_settings_are_refused_with_the_keys(self):
        self.run_config()
        result = self.run_config("--set", "train.epochs=61")
        self.assert_fails(result, 73, "train.epochs", "60", "61", "--restart")
        result = self.run_config("--set", "train.epochs=61", "--restart")
        self.assertEqual(result.returncode, 0, result.stderr)
        with h5py.File(self.folder / "out" / "cells" / "cell-00000.h5") as file:
            self.assertEqual(file["epoch"][-1], 61)

    def test_two_writers_are_refused(self):
        slow = SMALL.replace("epochs = 60", "epochs = 100000000")
        first = subprocess.Popen(
            [str(self.program), "run", str(self.config(slow)), "-o", str(self.folder / "out")],
            stderr=subprocess.DEVNULL,
        )
        try:
            self.wait_for(self.folder / "out" / "progress.json")
            self.assert_fails(self.run_config(text=slow), 73, str(first.pid))
        finally:
            first.kill()
            first.wait()

    def wait_for(self, path):
        for _ in range(200):
            if path.exists():
                return
            time.sleep(0.05)
        self.fail(f"{path} did not appear")


class Interruption(ProgramTest):
    def test_ctrl_c_keeps_finished_cells_and_says_how_to_go_on(self):
        text = SMALL + '[sweep]\n"train.epochs" = [20, 100000000]\n'
        run = subprocess.Popen(
            [str(self.program), "run", str(self.config(text)), "-o", str(self.folder / "out")],
            stderr=subprocess.PIPE,
            text=True,
        )
        first = self.folder / "out" / "cells" / "cell-00000.h5"
        second = self.folder / "out" / "cells" / "cell-00001.h5.part"
        for _ in range(400):
            if first.exists() and second.exists():
                break
            time.sleep(0.05)
        run.send_signal(signal.SIGINT)
        _, errors = run.communicate(timeout=30)
        self.assertEqual(run.returncode, 75, errors)
        self.assertIn("1 of 2 cells are finished", errors)
        self.assertIn("same command", errors)
        self.assertTrue(first.exists())
        info = self.polypath("info", self.folder / "out")
        self.assertEqual(info.returncode, 0)
        self.assertIn("interrupted", info.stdout)
        with h5py.File(self.folder / "out" / "index.h5") as index:
            self.assertEqual(list(index["members/cell"]), [0])

    def test_a_killed_run_leaves_readable_files_and_resumes(self):
        text = SMALL.replace("epochs = 60", "epochs = 3000000") + "[record]\nevery = 100\n"
        run = subprocess.Popen(
            [str(self.program), "run", str(self.config(text)), "-o", str(self.folder / "out")],
            stderr=subprocess.DEVNULL,
        )
        part = self.folder / "out" / "cells" / "cell-00000.h5.part"
        for _ in range(400):
            if part.exists() and part.stat().st_size > 600_000:
                break
            time.sleep(0.05)
        run.send_signal(signal.SIGKILL)
        run.wait()
        self.assertIn("killed", self.polypath("info", self.folder / "out").stdout)
        with h5py.File(part) as file:
            self.assertTrue(np.isfinite(file["K"][0, 10]).all())
            self.assertEqual(file["status"][0], 2)


class Resume(ProgramTest):
    def test_a_directory_cut_off_while_it_was_made_is_ours(self):
        cut = self.run_config(file_limit=100)
        self.assertEqual(cut.returncode, 74, cut.stderr)
        again = self.run_config()
        self.assertEqual(again.returncode, 0, again.stderr)

    def test_results_without_their_settings_are_not_deleted(self):
        self.run_config(text=SWEEP)
        run = self.folder / "out"
        settings = (run / "resolved.toml").read_text()
        (run / "resolved.toml").unlink()
        before = {p.name: p.read_bytes() for p in (run / "cells").iterdir()}
        again = self.run_config(text=SWEEP)
        self.assert_fails(again, 73, "no resolved.toml", "cell-00000.h5 and 3 more", "--restart")
        self.assertEqual({p.name: p.read_bytes() for p in (run / "cells").iterdir()}, before)
        self.assertFalse((run / "resolved.toml").exists())
        for path in (run / "cells").iterdir():  # a growing cell counts as well
            path.rename(path.with_suffix(".h5.part")) if "00001" in path.name else path.unlink()
        self.assert_fails(self.run_config(text=SWEEP), 73, "(cell-00001.h5.part)")
        self.assertEqual(self.run_config("--restart", text=SWEEP).returncode, 0)
        self.assertEqual((run / "resolved.toml").read_text(), settings)
        self.assertEqual(cells(self.folder), sorted(before))

    def test_a_directory_with_no_more_than_names_goes_on(self):
        cell_folder = self.folder / "out" / "cells"
        cell_folder.mkdir(parents=True)
        for name in ("cells/cell-00000.tmp", ".lock", "config.toml", "resolved.toml.tmp"):
            (self.folder / "out" / name).write_bytes(b"")
        self.assertEqual(self.run_config(text=SWEEP).returncode, 0)
        self.assertEqual(len(cells(self.folder)), 4)

    def test_a_damaged_cell_is_trained_again(self):
        self.run_config(text=SWEEP)
        path = self.folder / "out" / "cells" / "cell-00002.h5"
        path.write_bytes(path.read_bytes()[:3000])
        result = self.run_config(text=SWEEP)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("cell 2 was finished but cannot be read", result.stderr)
        with h5py.File(path) as file:
            self.assertEqual(list(file["status"]), [0, 0, 0])

    def test_other_data_in_the_same_file_are_refused(self):
        text = '[data]\ntask = "file"\nfile = "data.h5"\n' + SWEEP
        for outputs in (3, 7):
            with h5py.File(self.folder / "data.h5", "w") as file:
                file["x"] = np.eye(4)
                file["y"] = np.arange(4.0 * outputs).reshape(4, outputs)
            result = self.run_config(text=text)
        self.assert_fails(result, 73, "another content", "--restart")

    def test_all_diverged_stays_a_failure(self):
        for _ in range(2):
            self.assert_fails(self.run_config("--set", "train.learning_rate=50"), 70, "every member")

    def test_restart_leaves_other_files_alone(self):
        self.run_config()
        (self.folder / "out" / "notes.txt").write_text("mine")
        self.assertEqual(self.run_config("--restart").returncode, 0)
        self.assertEqual((self.folder / "out" / "notes.txt").read_text(), "mine")


class Trouble(ProgramTest):
    def test_full_disk(self):
        text = SMALL.replace("epochs = 60", "epochs = 30000") + "[record]\nevery = 1\n"
        result = self.run_config(text=text, file_limit=300_000)
        self.assert_fails(result, 74, "cell-00000")
        again = self.run_config(text=text)
        self.assertEqual(again.returncode, 0, again.stderr)

    def test_a_diverging_member_is_marked_and_the_others_go_on(self):
        # At this step size seeds differ: some escape the valley, some do not.
        text = SMALL.replace("sigma = 0.1", "sigma = 0.3") + "[sweep]\nseeds = 12\n"
        for rate in (0.05, 0.07, 0.09, 0.11, 0.13, 0.15, 0.2):
            result = self.run_config("--set", f"train.learning_rate={rate}", "--restart", text=text)
            with h5py.File(self.folder / "out" / "cells" / "cell-00000.h5") as file:
                status = file["status"][:]
                if not 0 < (status == 1).sum() < 12:
                    continue
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assertIn("diverged at epoch", result.stderr)
                bad = int(np.argmax(status == 1))
                good = int(np.argmax(status == 0))
                after = file["epoch"][:] >= file["stopped_epoch"][bad]
                self.assertTrue(np.isnan(file["K"][bad][after]).all())
                self.assertTrue(np.isfinite(file["K"][bad][~after]).all())
                self.assertTrue(np.isfinite(file["K"][good]).all())
                return
        self.fail("no learning rate split the ensemble")

    def test_all_members_diverging_is_a_failure(self):
        result = self.run_config("--set", "train.learning_rate=50")
        self.assert_fails(result, 70, "every member diverged")


class Memory(ProgramTest):
    def test_width_10000_takes_what_the_dry_run_said(self):
        text = "[network]\nwidth = 10000\ndepth = 3\n[train]\nepochs = 5\n"
        plan = self.polypath("run", self.config(text), "--dry-run")
        self.assertEqual(plan.returncode, 0, plan.stderr)
        said = float(re.search(r"memory (\d+) MB of", plan.stdout).group(1)) * 1e6
        timed = subprocess.run(
            ["/usr/bin/time", "-f", "%M", str(self.program), "run", str(self.config(text)), "-o",
             str(self.folder / "out"), "--quiet"],
            capture_output=True, text=True, timeout=300,
        )
        self.assertEqual(timed.returncode, 0, timed.stderr)
        used = 1024.0 * float(timed.stderr.splitlines()[-1])
        self.assertLess(abs(used - said), 0.1 * said, f"said {said:.3g}, used {used:.3g} bytes")
        self.assertLess(used, 0.9e9)


class Reports(ProgramTest):
    def test_dry_run_writes_nothing_and_tells_the_plan(self):
        result = self.polypath("run", self.config(SWEEP), "--dry-run")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(result.stdout.count("network "), 4)
        for word in ("members", "waves", "memory", "disk", "time", "nothing was written"):
            self.assertIn(word, result.stdout)
        self.assertEqual(os.listdir(self.folder), ["config.toml"])

    def test_dry_run_of_a_huge_input_ends(self):
        with h5py.File(self.folder / "wide.h5", "w") as file:
            file["x"] = np.ones((2, 3_000_000), dtype="f4")
            file["y"] = np.eye(2)
        text = '[data]\ntask = "file"\nfile = "wide.h5"\n[network]\nwidth = 3\n'
        result = self.polypath("run", self.config(text), "--dry-run")
        self.assertEqual(result.returncode, 0, result.stderr)

    def test_the_header_says_why_the_cpu_was_taken(self):
        nowhere = {"POLYPATH_CUDA_PLUGIN": "/no/such/plugin.so"}
        reason = "no GPU is used: POLYPATH_CUDA_PLUGIN names /no/such/plugin.so"
        config = self.config()
        chosen = self.polypath("run", config, "-o", self.folder / "a", environment=nowhere)
        self.assertIn(reason, chosen.stderr)
        asked = ("run", config, "-o", self.folder / "b", "--backend", "cpu")
        self.assertNotIn("no GPU is used", self.polypath(*asked, environment=nowhere).stderr)

    def test_json_log_is_one_object_a_line(self):
        result = self.run_config("--log", "json", text=SWEEP)
        events = [json.loads(line) for line in result.stderr.splitlines()]
        names = [event["event"] for event in events]
        self.assertEqual(names[0], "run_started")
        self.assertEqual(names[-1], "run_finished")
        self.assertEqual(names.count("cell_finished"), 4)
        done = next(event for event in events if event["event"] == "cell_finished")
        self.assertGreater(done["train_seconds"], 0.0)
        self.assertEqual(done["epochs"], 40)

    def test_json_errors_carry_the_exit_code(self):
        result = self.run_config("--log", "json", text="[train]\nepoch = 3\n")
        event = json.loads(result.stderr)
        self.assertEqual((event["event"], event["exit_code"]), ("failed", 65))

    def test_quiet_says_nothing(self):
        # Long enough for every mode: a warning is told under --quiet too.
        self.assertEqual(self.run_config("--quiet", "--set", "train.epochs=600").stderr, "")

    def test_info_and_doctor(self):
        self.run_config(text=SWEEP)
        info = self.polypath("info", self.folder / "out")
        self.assertEqual(info.returncode, 0, info.stderr)
        self.assertIn("4 of 4 cells finished", info.stdout)
        self.assertIn("network.depth = 3", info.stdout)
        doctor = self.polypath("doctor")
        self.assertEqual(doctor.returncode, 0, doctor.stderr)
        for word in ("SIMD", "OpenBLAS", "core", "HDF5", "memory"):
            self.assertIn(word, doctor.stdout)

    def test_provenance_is_in_every_cell(self):
        self.run_config()
        with h5py.File(self.folder / "out" / "cells" / "cell-00000.h5") as file:
            for name in ("resolved_config", "program_version", "git_revision", "backend", "device",
                         "simd_target", "libraries", "precision", "start_time", "end_time", "schema_version"):
                self.assertIn(name, file.attrs)
            self.assertIn("OpenBLAS", file.attrs["libraries"])

    def test_final_weights_start_another_run(self):
        self.run_config("--set", "record.weights=final", "--set", "train.precision=float64")
        weights = self.folder / "out" / "cells" / "weights-00000-1.h5"
        self.assertTrue(weights.exists())
        text = SMALL.replace("sigma = 0.1", f'method = "file"\nfile = "{weights}"')
        again = self.polypath("run", self.config(text, "again.toml"), "-o", self.folder / "again",
                              "--set", "train.precision=float64")
        self.assertEqual(again.returncode, 0, again.stderr)
        with h5py.File(self.folder / "out" / "cells" / "cell-00000.h5") as first:
            with h5py.File(self.folder / "again" / "cells" / "cell-00000.h5") as second:
                np.testing.assert_allclose(second["K"][0, 0], first["K"][0, -1], rtol=0, atol=1e-12)


if __name__ == "__main__":
    unittest.main()
