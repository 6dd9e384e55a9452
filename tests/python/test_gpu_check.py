"""tools/gpu_check in a bundle of stand-ins: what it does when steps hang, fail or are killed. The real
programs: `tools/gpu_check --simulated`, which `tools/test --nightly` runs."""

import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

from program import ROOT

SCRIPT = ROOT / "tools" / "gpu_check"
# All that the script may ask of a system: bash, coreutils, grep, sed, awk, and the C library's.
TOOLS = """awk bash cat cp cut date dirname du env getconf grep head ldd ls mkdir mktemp nproc paste
readlink rm sed sleep sort tail tee timeout tr uname wc xargs""".split()
MOST_FILES = 8

POLYPATH = """
case "$1" in
  doctor) echo "cuda       a stand-in" ;;
  run) while [ "$1" != -o ]; do shift; done; mkdir -p "$2" ;;
  info) echo "directory  $2"; echo "state      ${STATE:-finished}, 100 %"; echo "backend    ${BACKEND:-cuda}: a stand-in" ;;
esac
"""
TESTS = 'echo "[==========] 3 tests ran."'
HANGING = "echo started; trap '' TERM; while :; do sleep 0.2; done"
WORKING = {"polypath_backend_test": TESTS, "polypath_cuda_device_test": TESTS,
           "polypath_compare_runs": 'echo "cell 0: 1.00e-05 of the largest target"',
           "polypath_epochs": "echo 0.1 ms/epoch", "polypath_card_limits": "echo 3000 GB/s"}

# What ncu writes with --csv --page raw --print-units base, names and numbers with commas in them.
NCU = '''
echo "==PROF== Connected to process 7"
echo '"ID","Kernel Name","dram__bytes_read.sum","dram__bytes_write.sum","gpu__time_duration.sum"'
echo '"","","byte","byte","ns"'
echo '"0","void gemm<float, 3>(Params)","1,000,000","500,000","2,500"'
echo '"1","polypath::cuda::tanh(float*)","8","0","1,000"'
echo '"2","void gemm<float, 3>(Params)","1,000,000","500,000","1,500"'
'''


class InABundle(unittest.TestCase):
    """Programs that answer at once, beside the real script."""

    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = pathlib.Path(scratch.name)
        self.prefix = self.folder / "bundle"
        self.out = self.folder / "out"
        self.tools = self.folder / "tools"
        for folder in ("bin", "libexec/polypath", "lib", "share/polypath/configs"):
            (self.prefix / folder).mkdir(parents=True)
        shutil.copy(SCRIPT, self.prefix / "bin" / "gpu_check")
        shutil.copy(ROOT / "configs" / "quickstart.toml", self.prefix / "share/polypath/configs")
        for name in ("libpolypath_cuda.so", "libpolypath_cuda_sim.so"):
            (self.prefix / "lib" / name).write_text("")
        self.program("bin/polypath", POLYPATH)
        for name, text in WORKING.items():
            self.program(f"libexec/polypath/{name}", text)
        self.tools.mkdir()
        for tool in TOOLS:
            (self.tools / tool).symlink_to(shutil.which(tool))
        self.program("python3", "exit 3")  # has no torch

    def program(self, name, text):
        """A stand-in: a bash script."""
        path = (self.prefix if "/" in name else self.tools) / name
        path.write_text(f"#!/bin/bash\n{text}\n")
        path.chmod(0o755)

    def environment(self):
        kept = {key: value for key, value in os.environ.items()
                if not key.startswith(("POLYPATH", "LD_LIBRARY"))}
        return {**kept, "PATH": str(self.tools), "TMPDIR": str(self.folder)}

    def start(self, *arguments):
        return subprocess.Popen(
            [str(self.prefix / "bin" / "gpu_check"), "--out", str(self.out), *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=self.environment(),
            start_new_session=True)

    def check(self, *arguments):
        child = self.start(*arguments)
        out, error = child.communicate(timeout=60)
        return subprocess.CompletedProcess([], child.returncode, out, error)

    def report(self):
        return (self.out / "report.txt").read_text()

    def wait_for(self, text, name="report.txt"):
        for _ in range(400):
            if (self.out / name).exists() and text in (self.out / name).read_text():
                return
            time.sleep(0.05)
        self.fail(f"`{text}` never came into {name}")

    def test_everything_is_run_in_the_order_of_its_worth(self):
        found = self.check()
        self.assertEqual((found.returncode, found.stderr), (0, ""), found.stdout)
        table = self.report().split("\n\n")[-1].splitlines()
        self.assertRegex(table[-1], r"^0 steps failed; \d+ s; report in ")
        titles = [line[:58].strip() for line in table[:-1]]
        self.assertEqual(titles[:4], ["torch", "machine", "libraries, doctor", "one whole run"])
        self.assertEqual(titles[14:], ["the card's own limits", "whole epochs, beside torch",
                                       "kernels of an epoch", "memcheck of our kernels",
                                       "racecheck of our kernels",
                                       "an ensemble from start to end"])
        for tool in ("torch", "ncu", "compute-sanitizer"):
            self.assertRegex("\n".join(table), f"left out, .*{tool}")
        self.assertIn("3000 GB/s", self.report())
        self.assertLessEqual(len(list(self.out.iterdir())), MOST_FILES)
        self.assertEqual([path.name for path in self.folder.iterdir()
                          if path.name.startswith("tmp.")], [])

    def test_a_step_that_hangs_is_cut_and_the_rest_goes_on(self):
        self.program("libexec/polypath/polypath_backend_test", HANGING)
        begun = time.monotonic()
        found = self.check("--seconds", "24")
        self.assertLess(time.monotonic() - begun, 24 + 5)
        self.assertEqual(found.returncode, 1, found.stdout)
        self.assertRegex(self.report(), r"== conformance of every operation: FAILED, cut at its limit "
                                        r"of 5 s")
        self.assertRegex(self.report(), r"an ensemble from start to end +\d+ s  ok")
        self.assertIn("\n1 steps failed", self.report())

    def test_when_the_time_is_up_the_rest_is_named(self):
        for name in WORKING:
            self.program(f"libexec/polypath/{name}", HANGING)
        found = self.check("--seconds", "5")
        self.assertEqual(found.returncode, 1, found.stdout)
        self.assertRegex(self.report(), r"an ensemble from start to end +\d+ s  not run, no time")

    def test_kill_9_leaves_the_results_so_far(self):
        self.program("libexec/polypath/polypath_epochs", "echo one case done; sleep 100")
        child = self.start("--seconds", "20")
        self.wait_for("one case done", "log.txt")
        os.killpg(child.pid, signal.SIGKILL)
        child.communicate(timeout=30)
        self.assertRegex(self.report(), r"== the card's own limits: ok, \d+ s\n +3000 GB/s")
        self.assertIn("[epochs] one case done", (self.out / "log.txt").read_text())
        self.assertLessEqual(len(list(self.out.iterdir())), MOST_FILES)

    def test_a_signal_is_answered_at_once_with_the_table(self):
        self.program("libexec/polypath/polypath_epochs", "echo started; sleep 100")
        child = self.start()
        self.wait_for("started", "log.txt")
        child.send_signal(signal.SIGTERM)
        out, _ = child.communicate(timeout=15)
        self.assertEqual(child.returncode, 75, out)
        self.assertRegex(out, r"the card's own limits +\d+ s  ok")

    def test_of_failures_enough_is_shown(self):
        self.program("libexec/polypath/polypath_cuda_device_test",
                     'for i in {1..50}; do echo "line $i" >&2; done; exit 1')
        self.program("libexec/polypath/polypath_backend_test", 'echo "[==========] 0 tests ran."')
        self.program("compute-sanitizer",
                     '[ "$1" != --help ] || echo "  --kernel-name arg"; echo "asked: $*"; exit 9')
        self.program("ncu", NCU)
        self.assertEqual(self.check().returncode, 1)
        with self.subTest("the last 40 lines"):
            shown = self.report().split("== golden data: FAILED, exit code 1")[1].split("==")[0]
            self.assertEqual([line.strip() for line in shown.splitlines()[1:]],
                             [f"line {i}" for i in range(11, 51)])
        with self.subTest("tests that ran nothing have failed"):
            self.assertIn("== conformance of every operation: FAILED", self.report())
        with self.subTest("the sanitizer sees our kernels only"):
            self.assertRegex(
                self.report(), r"memcheck of our kernels: FAILED, exit code 9.*\n"
                r" +asked: --tool memcheck --error-exitcode 9 --kernel-name kns=polypath ")
        with self.subTest("kernels are summed up by name"):
            self.assertRegex(
                self.report(), r"256 members, N = 1000, D = 3, delay 1:\n"
                r" +2 launches +4\.0 us +3\.00 MB  void gemm<float, 3>\(Params\)\n"
                r" +1 launches +1\.0 us +0\.00 MB  polypath::cuda::tanh")
            self.assertEqual((self.out / "kernels.csv").read_text().count("gemm"), 4)
        self.assertLessEqual(len(list(self.out.iterdir())), MOST_FILES)

    def test_a_full_disk_is_told_once(self):
        self.out.mkdir()
        (self.out / "report.txt").symlink_to("/dev/full")
        found = self.check()
        self.assertEqual(found.returncode, 74)
        self.assertEqual(len(found.stderr.splitlines()), 1, found.stderr)
        self.assertIn("disk full", found.stderr)

    def test_a_disk_that_fills_up_is_told_once(self):
        self.out.mkdir()
        unshare = [shutil.which("unshare") or "/bin/false", "-rm", "/bin/sh", "-c"]
        small = f"/bin/mount -t tmpfs -o size=16k small {self.out}"
        if subprocess.run([*unshare, small], capture_output=True).returncode:
            self.skipTest("this system mounts no small disk for a test")
        self.program("libexec/polypath/polypath_backend_test",
                     'for i in {1..9999}; do echo "line $i"; done')
        child = subprocess.run(
            [*unshare, f"{small} && exec {self.prefix}/bin/gpu_check --out {self.out}"],
            capture_output=True, text=True, env=self.environment(), timeout=60)
        self.assertEqual(child.returncode, 74, child.stdout)
        self.assertEqual(len(child.stderr.splitlines()), 1, child.stderr)
        self.assertIn("disk full", child.stderr)

    def test_a_result_that_is_lost_is_a_failure(self):
        self.program("libexec/polypath/polypath_card_limits", 'rm "$GC_SCRATCH"/results/04')
        found = self.check()
        self.assertEqual(found.returncode, 1, found.stdout)
        self.assertRegex(self.report(), r"\none whole run +- s  FAILED, left no result\n")
        self.assertIn("\n1 steps failed", self.report())

    def test_a_full_scratch_disk_is_told_once(self):
        self.program("libexec/polypath/polypath_card_limits",
                     'rm -r "$GC_SCRATCH/results"; : >"$GC_SCRATCH/results"')
        found = self.check()
        self.assertEqual(found.returncode, 74, found.stdout)
        self.assertEqual(len(found.stderr.splitlines()), 1, found.stderr)
        self.assertRegex(found.stderr, f"{self.folder}.* full.*TMPDIR")

    def test_what_outlives_its_step_holds_up_nothing(self):
        self.program("libexec/polypath/polypath_card_limits",
                     f"echo 3000 GB/s; {shutil.which('setsid')} sleep 45 &")
        begun = time.monotonic()
        found = self.check()
        self.assertLess(time.monotonic() - begun, 30)
        self.assertEqual(found.returncode, 0, found.stdout)
        self.assertIn("3000 GB/s", self.report())

    def resume(self, run, state="finished"):
        """The outcome of the step where `run` is what the program does at first in `cut`."""
        self.program("bin/polypath", f"STATE={state}" + POLYPATH.replace(
            'mkdir -p "$2"', f'[ "${{2##*/}}" = cut ] && [ ! -e "$2" ] && first=1; '
            f'mkdir -p "$2/cells"; [ -z "${{first:-}}" ] || {{ {run}; }}'))
        found = self.check()
        return found.returncode, self.report().split("== interrupt and resume: ")[1].split("==")[0]

    def test_a_run_is_interrupted_and_goes_on(self):
        code, said = self.resume("trap 'exit 75' TERM; for i in {1..60}; do sleep 0.1; done")
        self.assertEqual(code, 0, said)
        self.assertRegex(said, "^ok, [0-9]+ s\n.*exit code 75")

    def test_a_program_deaf_to_the_signal_has_failed(self):
        code, said = self.resume("trap '' TERM; for i in {1..30}; do sleep 0.1; done")
        self.assertEqual(code, 1, said)
        self.assertRegex(said, "^FAILED, exit code 1.*\n.*exit code 0, must be 75")

    def test_a_run_done_before_the_signal_is_said_so(self):
        code, said = self.resume(":")
        self.assertEqual(code, 0, said)
        self.assertIn("ok, but the run was done before it could be interrupted", said)

    def test_a_run_that_stopped_by_itself_has_failed(self):
        code, said = self.resume(":", "interrupted")
        self.assertEqual(code, 1, said)
        self.assertIn("is not finished", said)

    def with_torch(self, compare):
        """A python3 that has torch, and a stand-in for compare_pytorch.py: `compare` in bash."""
        (self.prefix / "share/polypath/bench").mkdir()
        (self.prefix / "share/polypath/bench/compare_pytorch.py").write_text("")
        self.program("python3", f"""case "$*" in
  *torch.cuda*) echo torch 9.9 ;;
  *--table*) echo "| a table |"; echo "Not timed: N = 1000 D = 7 members = 32 (no time was left)" ;;
  *--json*) {compare} ;;
esac""")

    def test_cases_without_a_time_are_named_in_the_outcome(self):
        self.with_torch('echo "{}" >"$GC_OUT/epochs.json"')
        found = self.check()
        self.assertEqual(found.returncode, 0, found.stdout)
        self.assertRegex(self.report(), r"whole epochs, beside torch +\d+ s  ok, but not timed: N = 1000 "
                                        r"D = 7 members = 32 \(no time was left\)")

    def test_after_a_cut_there_is_a_table_of_what_was_timed(self):
        self.with_torch('echo "{}" >"$GC_OUT/epochs.json"; sleep 100')
        found = self.check("--seconds", "12")
        self.assertEqual(found.returncode, 1, found.stdout)
        self.assertRegex(self.report(), r"== whole epochs, beside torch: FAILED, cut at its limit of 3 s; "
                                        r"not timed: N = 1000(.*\n)+? +\| a table \|")

    def test_a_broken_torch_is_left_out_with_the_reason(self):
        (self.prefix / "share/polypath/bench").mkdir()
        (self.prefix / "share/polypath/bench/compare_pytorch.py").write_text("")
        package = self.folder / "broken"
        package.mkdir()
        (package / "torch.py").write_text("raise OSError('libcudart.so.99: no such file')")
        self.program("python3", f'PYTHONPATH={package} exec {sys.executable} "$@"')
        found = self.check()
        self.assertEqual(found.returncode, 0, found.stdout)
        self.assertRegex(self.report(), r"\ntorch +\d+ s  left out, torch does not work: OSError: "
                                        r"libcudart.so.99: no such file")
        self.program("python3", "echo an abort >&2; kill -ABRT $$")
        self.assertEqual(self.check().returncode, 0)
        self.assertRegex(self.report(), r"\ntorch +\d+ s  left out, python3 ended with exit code 134 ")

    def test_torch_is_started_without_the_libraries_that_were_found_for_us(self):
        self.with_torch('echo "rival sees ${LD_LIBRARY_PATH:-nothing}; $*"; echo "{}" >"$GC_OUT/epochs.json"')
        places = self.folder / "cu13"
        places.mkdir()
        (places / "libcublas.so.13").write_text("")
        python = (self.tools / "python3").read_text()
        self.program("python3", python.replace('case "$*" in', f'case "$*" in *glob*) echo {places} ;;', 1))
        self.program("bin/polypath", 'if [[ ${LD_LIBRARY_PATH:-} != *cu13* ]]; then '
                     'echo "cuda       not available: no libcublas.so.13"; fi' + POLYPATH)
        self.check()
        self.assertRegex((self.out / "log.txt").read_text(),
                         r"rival sees nothing; .*--library-path \S*/cu13:?")

    def test_a_card_for_one_process_gets_one_at_a_time(self):
        self.program("nvidia-smi", 'case "$*" in *noheader*) echo Exclusive_Process ;; '
                     '*-l*) sleep 100 ;; esac')
        busy = self.folder / "busy"
        self.program("libexec/polypath/polypath_cuda_device_test",
                     f"mkdir {busy} || exit 1; sleep 0.3; rm -r {busy}; {TESTS}")
        self.program("libexec/polypath/polypath_backend_test",
                     f"mkdir {busy} || exit 1; sleep 0.3; rm -r {busy}; {TESTS}")
        (self.tools / "nproc").unlink()
        self.program("nproc", "echo 4")
        found = self.check()
        self.assertEqual(found.returncode, 0, found.stdout)
        self.assertIn("compute mode Exclusive_Process", self.report())

    def test_a_run_that_took_the_cpu_has_failed(self):
        self.program("bin/polypath", "BACKEND=cpu" + POLYPATH)
        found = self.check()
        self.assertEqual(found.returncode, 1)
        for title in ("one whole run", "tanh beside the CPU", "an ensemble from start to end"):
            self.assertIn(f"== {title}: FAILED", self.report())

    def test_a_device_that_cannot_be_used(self):
        self.program("bin/polypath", 'echo "cuda       not available: no driver is loaded"')
        found = self.check()
        self.assertEqual(found.returncode, 69)
        self.assertIn("no driver is loaded", self.report())
        self.assertNotIn("conformance", self.report())

    def test_libraries_that_the_program_does_not_find_are_named_and_the_rest_goes_on(self):
        places = self.folder / "site-packages" / "nvidia" / "cu13" / "lib"
        places.mkdir(parents=True)
        (places / "libcublas.so.13").write_text("")
        self.program("python3", f'[ "$1" = -c ] && [[ $2 == *glob* ]] && echo {places} || exit 3')
        self.program("bin/polypath", 'if [[ ${LD_LIBRARY_PATH:-} != *cu13* ]]; then '
                     'echo "cuda       not available: no libcublas.so.13"; fi' + POLYPATH)
        found = self.check()
        self.assertEqual(found.returncode, 1, found.stdout)  # a user would have to set it
        self.assertIn("== libraries, doctor: FAILED", self.report())
        self.assertRegex(self.report(), r"== libraries, doctor, with LD_LIBRARY_PATH: ok")
        self.assertRegex(self.report(), r"an ensemble from start to end +\d+ s  ok")

    def test_the_card_is_watched(self):
        self.program("nvidia-smi", 'echo "a card, 580.1"; [ "$1" != -l ] || sleep 100')
        self.program("ncu", NCU)
        found = self.check()
        self.assertEqual(found.returncode, 0, found.stdout)
        self.assertIn("a card", (self.out / "machine.txt").read_text())
        self.assertIn("a card", (self.out / "clocks.csv").read_text())
        self.assertLessEqual(len(list(self.out.iterdir())), MOST_FILES)
        self.assertEqual(subprocess.run(["pgrep", "-f", str(self.tools / "nvidia-smi")],
                                        capture_output=True).stdout, b"")

    def test_a_profiler_that_may_not_look_is_left_out(self):
        self.program("ncu", 'echo "==ERROR== ERR_NVGPUCTRPERM"; exit 1')
        self.program("compute-sanitizer", 'echo "Error: Device not supported"; exit 1')
        found = self.check()
        self.assertEqual(found.returncode, 0, found.stdout)
        self.assertIn("kernels of an epoch: left out", self.report())
        self.assertIn("memcheck of our kernels: left out", self.report())

    def test_simulated_says_so(self):
        for tool in ("ncu", "compute-sanitizer"):
            self.program(tool, "exit 1")
        found = self.check("--simulated")
        self.assertEqual(found.returncode, 0, found.stdout)
        self.assertTrue(self.report().startswith("SIMULATED DEVICE"))
        self.assertIn("left out, the device is simulated", self.report())

    def test_a_mistaken_command_line(self):
        for arguments in (["--nothing"], ["--seconds", "0"], ["--seconds"], ["--out", ""]):
            found = self.check(*arguments)
            self.assertEqual(found.returncode, 64, arguments)
            self.assertIn("usage", found.stderr)


if __name__ == "__main__":
    unittest.main()
