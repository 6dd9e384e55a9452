"""The program with `--backend cuda`, its plug-in built on the simulated device.

Run by ctest, which says in POLYPATH_BINARY and POLYPATH_SIM_PLUGIN what to test."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time
import unittest
import unittest.mock

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "python"))

import h5py  # noqa: E402
import numpy as np  # noqa: E402
from program import SMALL, ProgramTest  # noqa: E402

PLUGIN = os.environ["POLYPATH_SIM_PLUGIN"]
ENSEMBLE = SMALL.replace("depth = 3", 'depth = 3\nactivation = "tanh"') + """
[sweep]
seeds = 3
"network.width" = [10, 14]
"""


class OnTheSimulatedDevice(ProgramTest):
    def cuda(self, *arguments, plugin=PLUGIN, backend="cuda", text=ENSEMBLE, **simulator):
        environment = {f"POLYPATH_SIMCUDA_{key}": str(value) for key, value in simulator.items()}
        environment["POLYPATH_CUDA_PLUGIN"] = str(plugin)
        return self.run_config(
            "--backend", backend, *arguments, text=text, environment=environment
        )

    def read(self, cell=0):
        with h5py.File(self.folder / "out" / "cells" / f"cell-0000{cell}.h5") as file:
            return file["K"][:], dict(file.attrs)

    def test_a_sweep_gives_the_trajectories_of_the_cpu(self):
        result = self.cuda()
        self.assertEqual(result.returncode, 0, result.stderr)
        found, facts = self.read(1)
        self.assertIn(facts["backend"], (b"cuda", "cuda"))
        self.assertIn("simulated device", str(facts["device"]))
        result = self.run_config("--restart", "--backend", "cpu", text=ENSEMBLE)
        self.assertEqual(result.returncode, 0, result.stderr)
        expected, _ = self.read(1)
        self.assertEqual(found.shape, expected.shape)
        np.testing.assert_allclose(found, expected, atol=2e-3)
        self.assertGreater(np.abs(expected).max(), 0.1)

    def test_projected_networks_are_compressed_on_the_device(self):
        text = SMALL.replace("width = 12", "width = 90")
        text = text.replace("[init]", '[init]\nmethod = "projected"')
        report = self.folder / "report.json"
        result = self.cuda(text=text, REPORT=report)
        self.assertEqual(result.returncode, 0, result.stderr)
        found, _ = self.read()
        kernels = json.loads(report.read_text())["launches_by_kernel"]
        self.assertTrue(any("normal_product" in name for name in kernels), kernels)
        result = self.run_config("--restart", "--backend", "cpu", text=text)
        self.assertEqual(result.returncode, 0, result.stderr)
        expected, _ = self.read()
        # Both are within init.tolerance = 1e-3 of the wide network, relative to the largest target.
        with h5py.File(self.folder / "out" / "cells" / "cell-00000.h5") as file:
            largest = np.abs(np.diagonal(file["target"][:])).max()
        np.testing.assert_allclose(found, expected, rtol=0, atol=2e-3 * largest)
        self.assertGreater(np.abs(expected).max(), 0.1 * largest)

    def test_info_says_that_the_device_was_simulated(self):
        self.assertEqual(self.cuda().returncode, 0)
        info = self.polypath("info", self.folder / "out")
        self.assertIn("cuda: simulated device", info.stdout)

    def test_automatic_takes_a_usable_device(self):
        self.assertEqual(self.cuda(backend="auto").returncode, 0)
        self.assertIn("simulated device", str(self.read()[1]["device"]))

    def test_automatic_without_a_device_is_the_cpu(self):
        self.assertEqual(self.cuda(backend="auto", DEVICES=0).returncode, 0)
        self.assertIn(self.read()[1]["backend"], (b"cpu", "cpu"))

    def test_doctor_knows_the_device_and_the_reason(self):
        environment = {"POLYPATH_CUDA_PLUGIN": PLUGIN}
        self.assertIn("simulated device", self.polypath("doctor", environment=environment).stdout)
        environment["POLYPATH_SIMCUDA_DEVICES"] = "0"
        told = self.polypath("doctor", environment=environment).stdout
        self.assertIn("CUDA_VISIBLE_DEVICES", told)

    def test_cuda_without_a_device_is_69_and_names_the_reason(self):
        self.assert_fails(self.cuda(DEVICES=0), 69, "no CUDA device", "--backend cpu")
        self.assert_nothing_written()

    def test_a_device_that_this_build_has_no_code_for(self):
        result = self.cuda(FAIL_API="cudaLaunchKernelExC:1:209")
        self.assert_fails(result, 69, "architecture", "of the card, 80",
                          "CMAKE_CUDA_ARCHITECTURES", "--arch")

    def test_automatic_is_the_cpu_where_the_device_cannot_be_used(self):
        for fault in ("cudaLaunchKernelExC:1:209", "cudaGetDeviceCount:1:35"):
            with self.subTest(fault):
                result = self.cuda("--restart", backend="auto", FAIL_API=fault)
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assertIn(self.read()[1]["backend"], (b"cpu", "cpu"))

    def test_a_driver_that_is_too_old(self):
        result = self.cuda(FAIL_API="cudaGetDeviceCount:1:35")
        self.assert_fails(result, 69, "driver is too old", "update the driver")

    def test_a_plugin_that_is_not_there_or_is_none(self):
        missing = self.folder / "libmissing.so"
        self.assert_fails(self.cuda(plugin=missing), 69, "libmissing.so", "no such file", "unset")
        text = self.folder / "text.so"
        text.write_text("no library")
        self.assert_fails(self.cuda(plugin=text), 69, "text.so", "cannot be loaded")
        other = next(pathlib.Path("/lib").glob("*/libm.so.6"))
        self.assert_fails(self.cuda(plugin=other), 69, "not a CUDA plug-in")

    def test_a_card_that_others_have_filled(self):
        result = self.cuda(MEMORY="200M")
        self.assert_fails(result, 69, "200 of 200 MiB free", "256 are needed", "nvidia-smi")
        self.assertEqual(self.cuda(backend="auto", MEMORY="200M").returncode, 0)
        self.assertIn(self.read()[1]["backend"], (b"cpu", "cpu"))

    def test_ctrl_c_ends_a_run_soon_and_keeps_what_is_finished(self):
        text = SMALL + '[record]\nevery = 100000\n[sweep]\n"train.epochs" = [20, 100000000]\n'
        with subprocess.Popen(
            [self.program, "run", self.config(text), "-o", self.folder / "out", "--backend", "cuda"],
            stderr=subprocess.PIPE, text=True,
            env={**os.environ, "POLYPATH_CUDA_PLUGIN": PLUGIN},
        ) as run:
            cells = self.folder / "out" / "cells"
            deadline = time.monotonic() + 60
            while not (cells / "cell-00001.h5.part").exists() and time.monotonic() < deadline:
                time.sleep(0.05)
            time.sleep(2)  # until blocks are replayed
            run.send_signal(signal.SIGINT)
            errors = run.communicate(timeout=60)[1]
        self.assertEqual(run.returncode, 75, errors)
        self.assertIn("1 of 2 cells are finished", errors)
        self.assertTrue((cells / "cell-00000.h5").exists())

    def test_the_loss_at_divergence_does_not_depend_on_how_far_the_device_was_ahead(self):
        text = SMALL.replace("epochs = 60", "epochs = 60\nlearning_rate = 0.5")
        text += "[record]\nevery = 1\n[sweep]\nseeds = 6\n"
        found = []
        for backend, mode in (("cuda", "eager"), ("cuda", "deferred"), ("cpu", "eager")):
            result = self.cuda("--restart", backend=backend, text=text, MODE=mode)
            self.assertIn(result.returncode, (0, 70), result.stderr)
            with h5py.File(self.folder / "out" / "cells" / "cell-00000.h5") as file:
                self.assertGreater((file["status"][:] == 1).sum(), 2)
                found.append(file["final_loss"][:])
        np.testing.assert_array_equal(found[0], found[1])
        np.testing.assert_array_equal(np.isfinite(found[0]), np.isfinite(found[2]))

    def test_layer_quantities_are_those_of_the_cpu(self):
        text = SMALL + '[record]\nevery = 20\nlayers = "all"\n'
        found = {}
        for backend in ("cuda", "cpu"):
            result = self.cuda("--restart", backend=backend, text=text)
            self.assertEqual(result.returncode, 0, result.stderr)
            with h5py.File(self.folder / "out" / "cells" / "cell-00000.h5") as file:
                found[backend] = {name: file[name][:] for name in ("gain", "p", "forward_gain")}
        for name, values in found["cpu"].items():
            np.testing.assert_allclose(found["cuda"][name], values, rtol=2e-3, atol=1e-4)
            self.assertGreater(np.nanmax(np.abs(values)), 0.01)

    def test_cells_of_two_backends_in_one_directory_are_told_apart(self):
        self.assertEqual(self.cuda().returncode, 0)
        (self.folder / "out" / "cells" / "cell-00001.h5").unlink()
        result = self.cuda(backend="cpu")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("computed by cuda: simulated device", result.stderr)
        info = self.polypath("info", self.folder / "out").stdout
        self.assertIn("backend    cuda: simulated device", info)
        self.assertIn("backend    cpu: ", info)

    def test_a_device_lost_mid_run_keeps_finished_cells_and_resumes(self):
        calls = self.calls_of_a_run()
        result = self.cuda(LOSE_DEVICE_AT=calls * 3 // 4)
        self.assert_fails(result, 70, "the GPU stopped working", "resumes")
        cells = self.folder / "out" / "cells"
        self.assertTrue((cells / "cell-00000.h5").exists())
        result = self.cuda()
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("finished before", result.stderr)
        self.assertTrue((cells / "cell-00001.h5").exists())

    def calls_of_a_run(self):
        """How many CUDA calls the ensemble takes, from the simulator's report."""
        report = self.folder / "report.json"
        self.assertEqual(self.cuda(REPORT=report).returncode, 0)
        shutil.rmtree(self.folder / "out")
        counters = json.loads(report.read_text())
        self.assertEqual(sum(counters["live"].values()), 0)
        return counters["api_calls"]

    def test_orders_of_execution_do_not_change_a_bit(self):
        self.assertEqual(self.cuda().returncode, 0)
        expected, _ = self.read()
        for order, mode in (("reverse", "eager"), ("random", "deferred")):
            (self.folder / "out").rename(self.folder / f"out-{order}")
            self.assertEqual(self.cuda(ORDER=order, MODE=mode).returncode, 0)
            np.testing.assert_array_equal(self.read()[0], expected)


    def decompositions(self, *settings, **simulator):
        """Runs SMALL; how often cuSOLVER was called, what was noted, and K."""
        report = self.folder / "report.json"
        changes = [word for setting in settings for word in ("--set", setting)]
        result = self.cuda("--restart", *changes, text=SMALL, REPORT=report, **simulator)
        self.assertEqual(result.returncode, 0, result.stderr)
        calls = json.loads(report.read_text())["calls_by_api"]
        return calls.get("cusolverDnDgesvd", 0), result.stderr, self.read()[0]

    def test_the_svd_goes_to_the_device_when_it_is_large_or_asked(self):
        large = ("data.task=random", "data.inputs=512", "data.examples=512", "train.epochs=1")
        for settings, calls in (
            ((), 0),
            (("data.svd=device",), 1),
            ((*large, "data.outputs=511"), 0),
            ((*large, "data.outputs=512"), 1),
            ((*large, "data.outputs=512", "data.svd=host"), 0),
        ):
            found, told, _ = self.decompositions(*settings)
            self.assertEqual(found, calls, settings)
            self.assertNotIn("LAPACK", told)

    def test_a_failed_svd_falls_back_to_lapack_with_a_note(self):
        _, _, expected = self.decompositions("data.svd=host")
        for simulator, reason in (
            ({"SVD_DIVERGES": 1}, "did not converge"),
            ({"FAIL_API": "cusolverDnCreate:1:2"}, "too little memory"),
            ({"FAIL_API": "cusolverDnCreate:1:999"}, "cusolverDnCreate"),
            ({"FAIL_API": "cusolverDnDgesvd:1:719"}, "cusolverDnDgesvd"),
        ):
            _, told, found = self.decompositions("data.svd=device", **simulator)
            self.assertIn("LAPACK made the SVD", told)
            self.assertIn(reason, told)
            np.testing.assert_array_equal(found, expected)

    def test_a_device_svd_without_a_device_is_noted(self):
        result = self.cuda("--set", "data.svd=device", backend="cpu")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn('data.svd = "device", but the cell runs on the CPU', result.stderr)

    def test_variables_that_loosen_arithmetic_are_recorded_and_warned_of(self):
        with unittest.mock.patch.dict(os.environ, NVIDIA_TF32_OVERRIDE="1"):
            found, told, K = self.decompositions()
            doctor = self.polypath("doctor", environment={"POLYPATH_CUDA_PLUGIN": PLUGIN})
            self.assertIn("NVIDIA_TF32_OVERRIDE=1", str(self.read()[1]["math_overrides"]))
            self.assertIn("NVIDIA_TF32_OVERRIDE=1 (environment)", told)
            self.assertIn("NVIDIA_TF32_OVERRIDE=1", doctor.stdout)
            self.assertNotIn("no problem found", doctor.stdout)
            result = self.cuda("--restart", backend="cpu", text=SMALL)
            self.assertNotIn("(environment)", result.stderr)
            self.assertIn("none", str(self.read()[1]["math_overrides"]))
        _, told, expected = self.decompositions()
        self.assertNotIn("(environment)", told)
        self.assertIn("none", str(self.read()[1]["math_overrides"]))
        np.testing.assert_array_equal(K, expected)

    def test_a_library_with_nodes_and_tiles_of_its_own_changes_no_bit(self):
        _, _, expected = self.decompositions()
        _, _, found = self.decompositions(SPLIT_K=1, GEMM_TILE=4)
        np.testing.assert_array_equal(found, expected)


@unittest.skipUnless(os.environ.get("POLYPATH_REAL_PLUGIN"), "built without nvcc")
@unittest.skipIf(pathlib.Path("/dev/nvidia0").exists(), "there is a card: tools/gpu_check tests it")
class WithoutADevice(ProgramTest):
    """The plug-in that nvcc built, with NVIDIA's own runtime, where there is no driver."""

    def run_real(self, backend):
        environment = {"POLYPATH_CUDA_PLUGIN": os.environ["POLYPATH_REAL_PLUGIN"]}
        return self.run_config("--backend", backend, environment=environment)

    def test_it_loads_and_gives_the_reason(self):
        self.assert_fails(self.run_real("cuda"), 69, "no NVIDIA driver", "--backend cpu")
        self.assert_nothing_written()

    def test_it_does_not_bring_cusolver_along(self):
        needed = subprocess.run(["readelf", "-d", os.environ["POLYPATH_REAL_PLUGIN"]],
                                capture_output=True, text=True, check=True).stdout
        self.assertIn("libcublas.so", needed)
        self.assertNotIn("cusolver", needed)

    def test_automatic_is_the_cpu(self):
        self.assertEqual(self.run_real("auto").returncode, 0)
        with h5py.File(self.folder / "out" / "cells" / "cell-00000.h5") as file:
            self.assertIn(file.attrs["backend"], (b"cpu", "cpu"))


if __name__ == "__main__":
    unittest.main()
