"""`polypath bench` and bench/compare.py."""

import contextlib
import copy
import io
import json
import sys
import unittest

from program import ROOT, ProgramTest

sys.path.insert(0, str(ROOT / "bench"))

import compare  # noqa: E402


def case(median, width=100, scatter=0.01, same=1.0):
    return {"width": width, "depth": 3, "activation": "linear", "precision": "float32",
            "members": 1, "same_against_same": same,
            "processor_ms": {"median": median, "least": median * (1 - scatter),
                             "greatest": median * (1 + scatter)}}


def document(*cases, device="a processor", bandwidth=20.0):
    return {"format": compare.FORMAT, "compiler": "GNU 12", "build_type": "Release",
            "machine": {"device": device, "simd": "AVX3", "threads": 2,
                        "read_bandwidth_per_thread": [
                            {"bytes": 1000, "threads": 1, "gigabytes_per_second": bandwidth}],
                        "multiply_add_peak_per_thread": [
                            {"precision": "float32", "threads": 1, "gigaflops": 200.0}]},
            "cases": list(cases)}


class Comparing(unittest.TestCase):
    def verdicts(self, first, second):
        return [row["verdict"] for row in compare.compare(first, second)[0]]

    def test_a_clear_difference_counts_in_either_direction(self):
        slow, fast = document(case(2.0)), document(case(1.0))
        self.assertEqual(self.verdicts(slow, fast), ["faster"])
        self.assertEqual(self.verdicts(fast, slow), ["slower"])
        row = compare.compare(slow, fast)[0][0]
        self.assertAlmostEqual(row["ratio"], 0.5)
        self.assertAlmostEqual(row["least_ratio"], 0.99 / 2.02)
        self.assertAlmostEqual(row["greatest_ratio"], 1.01 / 1.98)

    def test_kernels_are_compared_too(self):
        def with_kernel(median):
            time = {"median": median, "least": median, "greatest": median}
            return {**document(case(1.0)), "kernels": [
                {"kernel": "forward", "out": 100, "in": 100, "precision": "float32",
                 "microseconds": time}]}
        row, = compare.compare(with_kernel(2.0), with_kernel(3.0), "kernels",
                               compare.KERNEL_KEYS)[0]
        self.assertEqual((row["verdict"], row["kernel"]), ("slower", "forward"))

    def test_a_machine_that_slowed_down_is_not_the_program(self):
        before, after = document(case(1.0)), document(case(1.2), bandwidth=15.0)
        self.assertEqual(self.verdicts(before, after), ["within noise"])
        self.assertEqual(self.verdicts(before, document(case(1.2))), ["slower"])

    def test_a_small_difference_is_noise_even_where_the_blocks_agree(self):
        self.assertEqual(self.verdicts(document(case(1.0, scatter=0)),
                                       document(case(1.015, scatter=0))), ["within noise"])

    def test_the_pair_of_equals_sets_the_noise_of_either_file(self):
        quiet, noisy = document(case(1.0)), document(case(1.1, same=0.85))
        self.assertEqual(self.verdicts(quiet, document(case(1.1))), ["slower"])
        self.assertEqual(self.verdicts(quiet, noisy), ["within noise"])
        self.assertEqual(self.verdicts(noisy, quiet), ["within noise"])

    def test_scatter_of_the_blocks_sets_the_noise(self):
        self.assertEqual(self.verdicts(document(case(1.0, scatter=0.2)), document(case(1.1))),
                         ["within noise"])

    def test_cases_of_one_file_alone_are_named(self):
        rows, first, second = compare.compare(document(case(1.0), case(1.0, width=300)),
                                              document(case(1.0), case(1.0, width=1000)))
        self.assertEqual(len(rows), 1)
        self.assertEqual([key[0] for key in first + second], [300, 1000])

    def test_a_busy_machine_is_told(self):
        self.assertEqual(compare.changed_conditions(document(), document(bandwidth=21)), [])
        self.assertEqual(len(compare.changed_conditions(document(), document(bandwidth=15))), 1)


class CommandLine(ProgramTest):
    def setUp(self):
        pass

    def compare(self, *texts, strict=False):
        import pathlib
        import tempfile
        with tempfile.TemporaryDirectory() as folder:
            paths = []
            for number, text in enumerate(texts):
                paths.append(pathlib.Path(folder) / f"{number}.json")
                paths[-1].write_text(text)
            out, error = io.StringIO(), io.StringIO()
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(error):
                status = compare.main([str(path) for path in paths] + ["--strict"] * strict)
        return status, out.getvalue(), error.getvalue()

    def test_strict_fails_only_where_something_is_slower(self):
        fast, slow = json.dumps(document(case(1.0))), json.dumps(document(case(2.0)))
        self.assertEqual(self.compare(fast, slow)[0], 0)
        self.assertEqual(self.compare(fast, slow, strict=True)[0], 1)
        status, out, _ = self.compare(slow, fast, strict=True)
        self.assertEqual(status, 0)
        self.assertIn("1 faster, 0 slower", out)

    def test_other_machines_other_cases_and_other_files_are_refused(self):
        here = document(case(1.0))
        other_format = copy.deepcopy(here)
        other_format["format"] = "something else"
        for other, word in ((json.dumps(document(case(1.0), device="another")), "different machines"),
                            (json.dumps(document(case(1.0, width=7))), "no case in common"),
                            (json.dumps(other_format), "is not a file of polypath bench"),
                            ("{", "cannot be read"), ("[]", "is not a file of polypath bench")):
            status, out, error = self.compare(json.dumps(here), other)
            self.assertEqual((status, out), (2, ""))
            self.assertIn(word, error)


class Program(ProgramTest):
    def test_quick_run_writes_sane_numbers(self):
        path = self.folder / "bench.json"
        result = self.polypath("bench", "--quick", "--threads", 1, "--json", path)
        self.assertEqual(result.returncode, 0, result.stderr)
        found = json.loads(path.read_text())
        self.assertEqual(found["format"], compare.FORMAT)
        machine = found["machine"]
        for point in machine["read_bandwidth_per_thread"]:
            self.assertGreater(point["gigabytes_per_second"], 0)
        peaks = {point["precision"]: point["gigaflops"]
                 for point in machine["multiply_add_peak_per_thread"]}
        self.assertGreater(peaks["float32"], peaks["float64"])
        # Two widths, three depths, three activations, two types.
        self.assertEqual(len(found["cases"]) + len(found["left_out"]), 2 * 3 * 3 * 2)
        # Three layers, four operations, and a first layer with two; two types.
        self.assertEqual(len(found["kernels"]), (3 * 4 + 2) * 2)
        self.assertEqual(len(result.stdout.splitlines()),
                         len(found["cases"]) + len(found["left_out"]) + len(found["kernels"])
                         + 1 + 4 + 2 + 2 + 2)
        for one in found["kernels"]:
            self.check_kernel(one)
        for one in found["cases"]:
            self.check_case(one)
        times = {(one["width"], one["depth"], one["activation"], one["precision"]):
                 one["processor_ms"]["median"] for one in found["cases"]}
        self.assertGreater(times[1000, 7, "linear", "float32"],
                           20 * times[100, 7, "linear", "float32"])
        # The file against itself: nothing is faster, nothing slower.
        rows, first, second = compare.compare(found, found)
        self.assertEqual({row["verdict"] for row in rows}, {"within noise"})
        self.assertEqual(first + second, [])

    def check_kernel(self, one):
        time = one["microseconds"]
        self.assertGreater(time["least"], 0)
        self.assertLessEqual(time["least"], time["median"])
        self.assertLessEqual(time["median"], time["greatest"])
        self.assertGreater(one["percent_of_floor"], 0)
        size = 4 if one["precision"] == "float32" else 8
        self.assertAlmostEqual(one["gigabytes_per_second"] * time["median"],
                               1e-3 * size * one["out"] * one["in"], delta=1e-9 * one["out"] * one["in"])
        products = 2 if one["kernel"] == "backward_update" else 1
        self.assertAlmostEqual(one["gigaflops"] * time["median"],
                               1e-3 * products * 16 * one["out"] * one["in"],
                               delta=1e-9 * one["out"] * one["in"])

    def check_case(self, one):
        time = one["processor_ms"]
        self.assertGreater(time["least"], 0)
        self.assertLessEqual(time["least"], time["median"])
        self.assertLessEqual(time["median"], time["greatest"])
        self.assertGreater(one["percent_of_floor"], 0)
        self.assertGreater(one["gigabytes_per_second"], 0)
        self.assertGreater(one["gigaflops"], 0)
        floor = one["floor"]
        self.assertAlmostEqual(floor["forward_ms"] + floor["backward_ms"] + floor["update_ms"],
                               floor["epoch_ms"], delta=1e-9 * floor["epoch_ms"])
        self.assertAlmostEqual(100 * floor["epoch_ms"] / time["median"], one["percent_of_floor"],
                               delta=1e-9 * one["percent_of_floor"])
        # Two pathways of 8-N-...-N-15 units.
        width, depth = one["width"], one["depth"]
        weights = 2 * (8 * width + (depth - 2) * width * width + 15 * width)
        size = 4 if one["precision"] == "float32" else 8
        self.assertEqual(one["working_set_bytes"], weights * size)

    def test_an_unwritable_file_is_refused_before_anything_is_measured(self):
        result = self.polypath("bench", "--json", self.folder / "nowhere" / "bench.json")
        self.assertNotEqual(result.returncode, 0)
        self.assertIn("nowhere", result.stderr)
        self.assertEqual(result.stdout, "")

    def test_bad_thread_counts_are_refused(self):
        self.assert_fails(self.polypath("bench", "--threads", 0), 64, "threads")


if __name__ == "__main__":
    unittest.main()
