"""What surrounds the program is broken: descriptors, disks, limits, signals, directories."""
import os
import pathlib
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
import unittest

import h5py

from program import ROOT, SMALL, ProgramTest

LONG = SMALL.replace("epochs = 60", "epochs = 100000000") + "[record]\nevery = 1000000\n"


class Descriptors(ProgramTest):
    def test_any_of_the_three_may_be_closed(self):
        config = self.config()
        for closed in ((0,), (1,), (2,), (0, 1), (0, 2), (1, 2), (0, 1, 2)):
            out = self.folder / ("out" + "".join(map(str, closed)))

            def close():
                for descriptor in closed:
                    os.close(descriptor)

            done = subprocess.run([str(self.program), "run", config, "-o", out, "--log", "json"],
                                  preexec_fn=close, stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL, timeout=100, check=False)
            self.assertEqual(done.returncode, 0, closed)
            with h5py.File(out / "cells/cell-00000.h5") as file:
                self.assertEqual(file["epoch"][-1], 60)

    def test_full_standard_output(self):
        config, out = self.config(SMALL + "[sweep]\nseeds = 3\n\"network.depth\" = [2, 3, 4]\n"), self.folder / "out"
        self.assertEqual(self.polypath("run", config, "-o", out).returncode, 0)
        for command in (["analyse", out], ["info", out], ["run", config, "--dry-run"], ["doctor"],
                        ["keys"], ["--help"], ["--version"], ["help", "run"]):
            with open("/dev/full", "wb") as full:
                done = subprocess.run([str(self.program), *map(str, command)], stdout=full,
                                      stderr=subprocess.PIPE, text=True, timeout=100, check=False)
            self.assertEqual(done.returncode, 74, (command, done.stderr))
            self.assertIn("cannot write to standard output (No space left on device)", done.stderr)
            self.assertEqual(done.stderr.count("\n"), 1, done.stderr)

    def test_a_reader_that_has_gone_is_told_nothing(self):
        end, start = os.pipe()
        os.close(end)
        done = subprocess.run([str(self.program), "keys"], stdout=start, stderr=subprocess.PIPE,
                              text=True, timeout=100, check=False)
        os.close(start)
        self.assertEqual((done.returncode, done.stderr), (74, ""))


class FullDisk(ProgramTest):
    def test_of_reports_is_one_line_and_leaves_nothing(self):
        text = SMALL + "[sweep]\nseeds = 4\n\"network.depth\" = [2, 3, 4]\n"
        self.assertEqual(self.run_config(text=text).returncode, 0)
        out, target = self.folder / "out", self.folder / "target"
        target.mkdir()
        for command, limit in ((["analyse", out, "--csv", target / "t.csv"], 2000),
                               (["analyse", out, "--json", target / "t.json"], 4000),
                               (["theory", out, "-o", target / "t.h5"], 4000)):
            result = self.polypath(*command, file_limit=limit)
            self.assertEqual(result.returncode, 74, (command, result.stderr))
            self.assertIn(str(target), result.stderr)
            self.assertIn("File too large", result.stderr)
            self.assertEqual(sorted(target.iterdir()), [], command)
        self.assertEqual([p.name for p in out.iterdir() if p.name.endswith(".tmp")], [])


class Limits(ProgramTest):
    def limited(self, kind, megabytes, *arguments):
        def limit():
            resource.setrlimit(kind, (megabytes << 20, megabytes << 20))

        start = time.monotonic()
        done = subprocess.run([str(self.program), *map(str, arguments)], capture_output=True,
                              text=True, preexec_fn=limit, timeout=60, check=False)
        return done, time.monotonic() - start

    def test_address_space_is_memory(self):
        config = self.config("[network]\nwidth = 6000\ndepth = 3\n[train]\nepochs = 1\n")
        for megabytes in (100, 200, 300, 400, 600, 700):
            done, seconds = self.limited(resource.RLIMIT_AS, megabytes, "run", config, "-o",
                                         self.folder / "out", "--threads", "1")
            self.assertEqual(done.returncode, 71, (megabytes, done.stderr))
            self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
            self.assert_nothing_written()
        self.assertIn("one member needs", done.stderr)

    def test_what_fits_the_address_space_runs(self):
        done, _ = self.limited(resource.RLIMIT_AS, 1500, "run", self.config(), "-o",
                               self.folder / "out", "--threads", "2")
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_more_threads_than_the_address_space_has_room_for(self):
        done, _ = self.limited(resource.RLIMIT_AS, 1500, "run", self.config(), "--dry-run",
                               "--threads", "64")
        self.assert_fails(done, 71, "64 threads", "ulimit -v", "--threads")

    def test_data_segment_is_memory(self):
        config = self.config("[network]\nwidth = 6000\ndepth = 3\n[train]\nepochs = 1\n")
        done, _ = self.limited(resource.RLIMIT_DATA, 500, "run", config, "-o", self.folder / "out",
                               "--threads", "1")
        self.assert_fails(done, 71, "one member needs")
        self.assert_nothing_written()


class Signals(ProgramTest):
    def start(self, ignored=()):
        def ignore():
            for number in ignored:
                signal.signal(number, signal.SIG_IGN)

        run = subprocess.Popen([str(self.program), "run", self.config(LONG), "-o",
                                self.folder / "out"], preexec_fn=ignore, stderr=subprocess.PIPE,
                               stdout=subprocess.DEVNULL, text=True)
        self.addCleanup(run.stderr.close)
        self.addCleanup(run.kill)
        while not list((self.folder / "out").glob("cells/*.part")):
            time.sleep(0.02)
            self.assertIsNone(run.poll())
        return run

    def test_those_that_ask_for_an_end_end_it_well(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1,
                       signal.SIGUSR2, signal.SIGXCPU):
            run = self.start()
            run.send_signal(number)
            self.assertEqual(run.wait(60), 75, number)
            self.assertIn("interrupted", run.stderr.read())
            self.assertTrue((self.folder / "out/index.h5").exists())
            shutil.rmtree(self.folder / "out")

    def test_those_ignored_at_the_start_stay_ignored(self):
        run = self.start(ignored=(signal.SIGINT, signal.SIGHUP))
        run.send_signal(signal.SIGINT)
        run.send_signal(signal.SIGHUP)
        with self.assertRaises(subprocess.TimeoutExpired):
            run.wait(1)
        run.send_signal(signal.SIGTERM)
        self.assertEqual(run.wait(60), 75)


class Directories(ProgramTest):
    def out(self):
        (self.folder / "out").mkdir()
        return self.folder / "out"

    def test_files_of_others_are_in_nobodys_way(self):
        out = self.out()
        names = ("slurm-12.out", ".nfs0000001", "lost+found", "thesis.tex")
        for name in names:
            (out / name).write_text("precious")
        for options in ((), (), ("--restart",)):
            result = self.run_config(*options)
            self.assertEqual(result.returncode, 0, result.stderr)
        self.assertTrue(all((out / name).read_text() == "precious" for name in names))

    def test_files_of_others_that_have_our_names_are_not_overwritten(self):
        out = self.out()
        (out / "cells").mkdir()
        (out / "cells" / "petri.jpg").write_text("precious")
        (out / "thesis.tex").write_text("precious")
        for options in ((), ("--restart",)):
            self.assert_fails(self.run_config(*options), 73, "not made by polypath", "cells",
                              "thesis.tex")
        (out / "cells" / "petri.jpg").unlink()
        (out / "cells").rmdir()
        (out / "thesis.tex").unlink()
        (out / "config.toml").write_text("[another]\nprogram = 1\n")
        self.assert_fails(self.run_config(), 73, "out/config.toml is another config")
        self.assertEqual((out / "config.toml").read_text(), "[another]\nprogram = 1\n")

    def test_the_config_may_lie_in_the_output_directory(self):
        out = self.out()
        (out / "config.toml").write_text(SMALL)
        result = self.polypath("run", out / "config.toml", "-o", out)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual((out / "config.toml").read_text(), SMALL)

    def test_copies_of_cells_are_named(self):
        text = SMALL + "[sweep]\n\"network.depth\" = [2, 3]\n"
        self.assertEqual(self.run_config(text=text).returncode, 0)
        cells = self.folder / "out/cells"
        for name in ("cell-00000 (copy).h5", "cell-00000.copy.h5", "cell-0.h5", "cell-x.h5"):
            shutil.copy(cells / "cell-00000.h5", cells / name)
            for command in (["analyse", self.folder / "out"], ["info", self.folder / "out"]):
                result = self.polypath(*command)
                self.assertEqual(result.returncode, 0, (name, result.stderr))
                self.assertNotIn("internal", result.stdout + result.stderr)
            self.assertIn(name, self.polypath("analyse", self.folder / "out").stdout)
            self.assertEqual(self.run_config(text=text).returncode, 0, name)
            (cells / name).unlink()
        shutil.copy(cells / "cell-00000.h5", cells / "cell-00001.h5")
        self.assert_fails(self.run_config(text=text), 73, "cell-00001.h5 holds cell 0", "renamed copy")

    def test_names_that_are_not_utf8(self):
        out = os.fsencode(self.folder) + b"/d\xe9j\xe0"
        config = self.config()
        for command in (["run", config, "-o", out], ["run", config, "-o", out, "--log", "json"],
                        ["info", out], ["analyse", out, "--json", self.folder / "a.json"],
                        ["theory", out, "-o", self.folder / "t.h5"]):
            done = subprocess.run([str(self.program), *command], capture_output=True, check=False)
            self.assertEqual(done.returncode, 0, (command, done.stderr))
        self.assertGreater(pathlib.Path(self.folder / "a.json").stat().st_size, 1000)


class Finished(ProgramTest):
    """Workflow engines look at times: what is finished is not written again."""

    def times(self):
        out = self.folder / "out"
        return {str(path): path.stat().st_mtime_ns for path in [out, *out.rglob("*")]}

    def test_run_and_analyse_touch_nothing(self):
        text = SMALL + "[sweep]\n\"network.depth\" = [2, 3]\n"
        self.assertEqual(self.run_config(text=text).returncode, 0)
        before, out = self.times(), self.folder / "out"
        self.assertIn(str(out / "index.h5"), before)
        for command in (["run", self.folder / "config.toml", "-o", out], ["analyse", out],
                        ["info", out], ["theory", out, "-o", self.folder / "t.h5"]):
            time.sleep(0.02)
            self.assertEqual(self.polypath(*command).returncode, 0)
            self.assertEqual(self.times(), before, command)

    def test_report_is_not_written_again(self):
        self.assertEqual(self.run_config().returncode, 0)
        out, before = self.folder / "out", None
        for made in ("2001-02-03 04:05", "2001-02-03 04:06"):
            done = subprocess.run([sys.executable, ROOT / "tools" / "report.py", out], check=False,
                                  capture_output=True, text=True,
                                  env={**os.environ, "POLYPATH_BINARY": str(self.program)})
            self.assertEqual(done.returncode, 0, done.stderr)
            page = out / "report.html"
            self.assertEqual(self.times(), before or self.times())
            times = page.stat()
            page.write_text(re.sub("report of [-0-9]+ [:0-9]+ UTC", f"report of {made} UTC",
                                   page.read_text(encoding="utf-8")), encoding="utf-8")
            os.utime(page, ns=(times.st_atime_ns, times.st_mtime_ns))
            before = self.times()
        self.assertIn("report of 2001-02-03 04:06 UTC", page.read_text(encoding="utf-8"))

    def test_what_is_missing_or_old_is_made_again(self):
        text = SMALL + "[sweep]\n\"network.depth\" = [2, 3]\n"
        self.assertEqual(self.run_config(text=text).returncode, 0)
        out = self.folder / "out"
        for command in (["run", self.folder / "config.toml", "-o", out], ["analyse", out]):
            (out / "index.h5").unlink()
            self.assertEqual(self.polypath(*command).returncode, 0)
            self.assertTrue((out / "index.h5").exists(), command)
            (out / "index.h5").write_bytes(b"damaged")
            self.assertEqual(self.polypath(*command).returncode, 0)
            with h5py.File(out / "index.h5") as file:
                self.assertEqual(len(file["members/cell"]), 2)
        (out / "cells/cell-00001.h5").unlink()
        self.assertEqual(self.polypath("analyse", out).returncode, 0)
        with h5py.File(out / "index.h5") as file:
            self.assertEqual(len(file["members/cell"]), 1)
        self.assertEqual(self.run_config(text=text).returncode, 0)
        with h5py.File(out / "index.h5") as file:
            self.assertEqual(len(file["members/cell"]), 2)


class CommandLine(ProgramTest):
    def test_commands_that_do_not_exist_name_the_nearest(self):
        for word, command in (("trian", "run"), ("train", "run"), ("analyze", "analyse"),
                              ("analysis", "analyse"), ("inof", "info"), ("benhc", "bench"),
                              ("docter", "doctor"), ("resume", "run"), ("status", "info")):
            self.assert_fails(self.polypath(word), 64, f"`{word}`", f"polypath {command}?", "--help")
        self.assert_fails(self.polypath("xyzzy"), 64, "run, info, analyse, theory, keys")

    def test_options_that_do_not_exist_name_the_nearest(self):
        self.assert_fails(self.run_config("--backed", "cpu"), 64, "--backed", "--backend?")
        self.assert_fails(self.polypath("analyse", "x", "--cvs", "t"), 64, "--csv?", "analyse --help")

    def test_help(self):
        for words in (("help",), ("--help",)):
            result = self.polypath(*words)
            self.assertEqual(result.returncode, 0)
            self.assertIn("analyse", result.stdout)
        self.assertEqual(self.polypath("help", "run").stdout, self.polypath("run", "--help").stdout)
        self.assertIn("--dry-run", self.polypath("help", "run").stdout)

    def test_gpu_is_called_cuda(self):
        self.assert_fails(self.run_config("--backend", "gpu"), 64, "gpu", "--backend cuda")

    def test_a_list_where_a_number_belongs_points_to_the_sweep(self):
        result = self.run_config(text="[train]\nlearning_rate = [0.1, 0.01]\n")
        self.assert_fails(result, 65, "config.toml:2", '"train.learning_rate" = [0.1, 0.01] in [sweep]')

    def test_values_that_stand_twice_on_an_axis(self):
        result = self.run_config(text='[sweep]\n"train.learning_rate" = [0.1, 0.01, 1e-1]\n')
        self.assert_fails(result, 65, "config.toml:2", "entries 1 and 3", "train.learning_rate", "0.1")

    def test_many_diverging_members_are_one_line(self):
        text = SMALL.replace("epochs = 60", "epochs = 60\nlearning_rate = 10.0") + "[sweep]\nseeds = 60\n"
        result = self.run_config(text=text)
        self.assertEqual(result.returncode, 70, result.stderr)
        lines = [line for line in result.stderr.splitlines() if "diverged at epoch" in line]
        self.assertEqual(len(lines), 1, result.stderr)
        self.assertIn("60 of 60 members (seeds 1, 2, 3, 4, 5, 6, 7, 8, ...) diverged at epoch", lines[0])

    def test_keys_list_every_key_and_are_a_config(self):
        listing = self.polypath("keys").stdout
        for key in ("data.examples", "data.inputs", "data.outputs", "data.singular_values",
                    "data.seed", "network.pathway", "record.layers", "sweep.seeds"):
            self.assertIn(f"{key} = ", listing)
        resolved = []
        for name, text in (("listed", listing), ("empty", "")):
            result = self.polypath("run", self.config(text + "\n", name + ".toml"), "--dry-run",
                                   "--set", "network.width=5", "--set", "train.epochs=1")
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertNotIn("note:", result.stdout)
            resolved.append([line for line in result.stdout.splitlines() if "network" in line])
        self.assertEqual(*resolved)

    def test_keys_with_a_pattern(self):
        listing = self.polypath("keys", "SINGULAR").stdout
        self.assertIn("# data.singular_values = [1.0]", listing)
        self.assertEqual(listing.count("\n"), 2)
        self.assert_fails(self.polypath("keys", "learning_rat3"), 64, "train.learning_rate")


if __name__ == "__main__":
    unittest.main()
