"""The core that OpenBLAS computes with: chosen at start, told, and without effect on results."""

import os
import pathlib
import shutil
import subprocess
import unittest

import h5py

from program import ProgramTest

# An OpenBLAS that does not know the processor (FAKE_CORE: what it takes by itself), and one whose
# products are wrong (FAKE_FAULT), laid over the installed one.
FAKE = r"""
#include <dlfcn.h>
#include <stdlib.h>
const char* openblas_get_corename(void) {
  const char* (*real)(void) = (const char* (*)(void))dlsym(RTLD_NEXT, "openblas_get_corename");
  const char* fake = getenv("FAKE_CORE");
  return fake && !getenv("OPENBLAS_CORETYPE") ? fake : real();
}
typedef void Gemm(int, int, int, int, int, int, double, const double*, int, const double*, int,
                  double, double*, int);
void cblas_dgemm(int order, int ta, int tb, int m, int n, int k, double alpha, const double* a,
                 int lda, const double* b, int ldb, double beta, double* c, int ldc) {
  ((Gemm*)dlsym(RTLD_NEXT, "cblas_dgemm"))(order, ta, tb, m, n, k, alpha, a, lda, b, ldb, beta, c,
                                           ldc);
  if (getenv("FAKE_FAULT") && m > 100) {
    c[m / 2 * ldc] += 1e-3;
  }
}
"""

REDUCED = """
[network]
depth = 4
width = 200
[init]
method = "projected"
sigma = 0.0223606797749979
tolerance = 1e-4
[train]
epochs = 860
precision = "float64"
[record]
every = 20
[sweep]
seeds = 2
"""

DEEP = """
[network]
depth = 7
width = 1000
[init]
method = "projected"
sigma = 0.01
tolerance = 2e-3
seed = 2
[train]
epochs = 4050
precision = "float64"
[record]
every = 20
"""


def vector_core():
    """The best of OpenBLAS's usual cores that this processor can run."""
    flags = pathlib.Path("/proc/cpuinfo").read_text().split()
    return "SkylakeX" if "avx512vl" in flags else "Haswell" if "avx2" in flags else None


class ChosenCore(ProgramTest):
    def setUp(self):
        super().setUp()
        self.core = vector_core()
        compiler = shutil.which("cc")
        if self.core is None or compiler is None:
            self.skipTest("needs a processor with AVX2 and a C compiler")
        source = self.folder / "fake.c"
        source.write_text(FAKE)
        self.fake = self.folder / "fake.so"
        subprocess.run([compiler, "-D_GNU_SOURCE", "-shared", "-fPIC", source, "-o", self.fake],
                       check=True)

    def with_fake(self, *arguments, **variables):
        """Runs the program over the fake library; OPENBLAS_CORETYPE unset unless given."""
        environment = {k: v for k, v in os.environ.items() if not k.startswith("OPENBLAS_CORE")}
        return subprocess.run([str(self.program), *map(str, arguments)], capture_output=True,
                              text=True, timeout=300,
                              env={**environment, "LD_PRELOAD": str(self.fake), **variables})

    def test_a_better_core_is_taken_where_openblas_does_not_know_the_processor(self):
        doctor = self.with_fake("doctor", FAKE_CORE="Prescott")
        self.assertIn(f"core {self.core} (chosen by polypath, as it took Prescott by itself)",
                      doctor.stdout)
        self.assertNotIn("older than this processor", doctor.stdout)

    def test_a_core_unknown_to_us_is_left(self):
        doctor = self.with_fake("doctor", FAKE_CORE="NewerThanWeAre")
        self.assertIn("core NewerThanWeAre (its own choice)", doctor.stdout)

    def test_what_the_user_asks_for_wins_and_an_old_core_is_warned_of(self):
        doctor = self.with_fake("doctor", OPENBLAS_CORETYPE="Prescott")
        self.assertIn("core Prescott (OPENBLAS_CORETYPE=Prescott)", doctor.stdout)
        self.assertIn(f"set OPENBLAS_CORETYPE={self.core}", doctor.stdout)
        run = self.with_fake("run", self.config(), "-o", self.folder / "out",
                             OPENBLAS_CORETYPE="Prescott")
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertIn("warning: OPENBLAS_CORETYPE=Prescott makes", run.stderr)
        self.assertIn("(core Prescott)", run.stderr)

    def test_a_core_that_is_mistyped_is_told(self):
        doctor = self.with_fake("doctor", OPENBLAS_CORETYPE="Hasswell")
        self.assertIn("OPENBLAS_CORETYPE=Hasswell was not taken", doctor.stdout)
        doctor = self.with_fake("doctor", OPENBLAS_CORETYPE=self.core.lower())
        self.assertNotIn("was not taken", doctor.stdout)

    def test_a_folder_of_cuda_that_does_not_exist_is_told(self):
        doctor = self.with_fake("doctor", POLYPATH_CUDA_HOME=str(self.folder / "mistyped"))
        self.assertIn("mistyped, and there is no such folder", doctor.stdout)
        doctor = self.with_fake("doctor", POLYPATH_CUDA_HOME=str(self.folder))
        self.assertNotIn("no such folder", doctor.stdout)

    def test_the_second_start_has_the_same_arguments_and_exit_code(self):
        result = self.with_fake("run", self.folder / "no such file.toml",
                                "-o", self.folder / "out", FAKE_CORE="Prescott")
        self.assertEqual(result.returncode, 66, result.stderr)
        self.assertIn("no such file.toml", result.stderr)

    def test_wrong_results_end_the_program_before_it_writes(self):
        run = self.with_fake("run", self.config(), "-o", self.folder / "out", FAKE_FAULT="1")
        self.assert_fails(run, 69, "OpenBLAS", "core", "dgemm", "wrong", "OPENBLAS_CORETYPE=")
        self.assert_nothing_written()
        doctor = self.with_fake("doctor", FAKE_FAULT="1")
        self.assertIn("wrong results", doctor.stdout)


class ResultsOnEveryCore(ProgramTest):
    def reduced(self, core, text):
        """reduction_k, the estimate and K of a run on one core."""
        out = self.folder / core
        result = self.polypath("run", self.config(text), "-o", out, "--quiet",
                               environment={"OPENBLAS_CORETYPE": core})
        self.assertEqual(result.returncode, 0, result.stderr)
        with h5py.File(out / "cells" / "cell-00000.h5") as file:
            self.assertIn(f"(core {core})", file.attrs["libraries"])
            return {name: file[name][()] for name in ("reduction_k", "reduction_estimate", "K")}

    def compare(self, text):
        core = vector_core()
        if core is None:
            self.skipTest("this processor has one core of OpenBLAS only")
        old = self.reduced("Prescott", text)
        for name in {core, "Haswell"}:
            new = self.reduced(name, text)
            self.assertLessEqual(abs(old["reduction_k"].max() / new["reduction_k"].max() - 1), 0.05)
            self.assertEqual(old["reduction_k"].tolist(), new["reduction_k"].tolist())
            for one, other in zip(old["reduction_estimate"], new["reduction_estimate"]):
                self.assertAlmostEqual(one / other, 1, delta=1e-6)

    def test_narrow_networks_are_the_same(self):
        self.compare(REDUCED)

    @unittest.skipUnless(os.environ.get("POLYPATH_NIGHTLY"), "takes minutes; set POLYPATH_NIGHTLY")
    def test_nightly_deep_narrow_networks_are_the_same(self):
        self.compare(DEEP)


if __name__ == "__main__":
    unittest.main()
