"""Wrong input: a clear message of one screen, the right exit code, nothing written or lost."""

import unittest

import h5py
import numpy as np

from program import SMALL, ProgramTest


class BadConfig(ProgramTest):
    def refuse(self, text, code, *words):
        self.assert_fails(self.run_config(text=text), code, *words)
        self.assert_nothing_written()

    def test_unknown_key_names_file_line_and_nearest(self):
        self.refuse("[train]\nlearning_rat = 0.1\n", 65, "config.toml:2", "learning_rat", "train.learning_rate")

    def test_wrong_type(self):
        self.refuse('[network]\nwidth = "wide"\n', 65, "config.toml:2", "network.width", "integer")

    def test_data_without_a_mode_run_and_are_noted(self):
        with h5py.File(self.folder / "data.h5", "w") as file:
            file["x"] = np.eye(3)
            file["y"] = np.zeros((3, 2))
        result = self.run_config(text=SMALL + '[data]\ntask = "file"\nfile = "data.h5"\n')
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("no mode to learn", result.stdout + result.stderr)

    def test_width_zero(self):
        self.refuse("[network]\nwidth = 0\n", 65, "config.toml:2", "network.width")

    def test_depth_zero(self):
        self.refuse("[network]\ndepth = 0\n", 65, "config.toml:2", "network.depth")

    def test_negative_sigma(self):
        self.refuse("[init]\nsigma = -0.1\n", 65, "config.toml:2", "init.sigma")

    def test_syntax_error(self):
        self.refuse("[train\nepochs = 1\n", 65, "config.toml:1")

    def test_missing_config(self):
        result = self.polypath("run", self.folder / "none.toml", "-o", self.folder / "out")
        self.assert_fails(result, 66, "none.toml")
        self.assert_nothing_written()

    def test_bad_override(self):
        self.assert_fails(self.run_config("--set", "network.widht=3"), 65, "network.widht", "network.width")
        self.assert_nothing_written()

    def test_a_key_of_thousands_of_parts(self):
        self.refuse("a." * 30000 + "b = 3\n", 65, "config.toml:1", "parts")

    def test_an_endless_message_is_cut(self):
        result = self.run_config(text='[network]\nactivation = "' + "x" * 60000 + '"\n')
        self.assert_fails(result, 65, "network.activation", "linear")
        self.assertLess(len(result.stderr), 3000)

    def test_more_records_than_memory(self):
        self.refuse("[train]\nepochs = 1000000000000\n[record]\nevery = 1\n", 71, "record.every")

    def test_missing_initial_weights(self):
        self.refuse('[init]\nmethod = "file"\nfile = "nope.h5"\n', 66, "nope.h5")

    def test_initial_weights_that_are_not_numbers(self):
        with h5py.File(self.folder / "w.h5", "w") as file:
            for pathway in (0, 1):
                file[f"initial_weights/pathway_{pathway}/layer_1"] = np.full((15, 8), np.nan)
        self.refuse(
            '[network]\ndepth = 1\n[init]\nmethod = "file"\nfile = "w.h5"\n', 65, "layer_1", "nan"
        )

    def test_out_of_memory_is_foreseen(self):
        self.refuse(
            "[network]\nwidth = 10000000\ndepth = 3\n", 71, "needs", "available", "network.width"
        )


class TooMuchAsked(ProgramTest):
    def test_single_precision_is_not_good_to_a_billionth_and_says_so(self):
        text = SMALL + '[record]\nevery = 30\n'
        text = text.replace("sigma = 0.1", 'sigma = 0.1\nmethod = "projected"\ntolerance = 1e-9')
        for precision, warned in (("float32", True), ("float64", False)):
            result = self.run_config("--restart", "--set", f'train.precision="{precision}"',
                                     text=text)
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertEqual("not to init.tolerance" in result.stderr, warned, result.stderr)


class BadData(ProgramTest):
    def refuse(self, code, *words, in_message=("data.h5",), **datasets):
        path = self.folder / "data.h5"
        with h5py.File(path, "w") as file:
            for name, values in datasets.items():
                file[name] = values
        text = '[data]\ntask = "file"\nfile = "data.h5"\n' + SMALL
        self.assert_fails(self.run_config(text=text), code, *in_message, *words)
        self.assert_nothing_written()

    def refuse_anywhere(self, code, *words, **datasets):
        self.refuse(code, *words, in_message=(), **datasets)

    def test_different_example_counts(self):
        self.refuse(65, "8", "7", x=np.eye(8), y=np.ones((7, 3)))

    def test_nan(self):
        y = np.ones((8, 3))
        y[4, 1] = np.nan
        self.refuse(65, "4", "1", x=np.eye(8), y=y)

    def test_huge_numbers(self):
        self.refuse_anywhere(65, "1e+300", "Scale", x=np.eye(8), y=np.full((8, 3), 1e300))

    def test_numbers_whose_squares_vanish(self):
        self.refuse_anywhere(65, "`x` is 1e-310", "Scale", x=1e-310 * np.eye(8), y=np.ones((8, 3)))

    def test_missing_data_set(self):
        self.refuse(65, "'y'", x=np.eye(8))

    def test_missing_file(self):
        text = '[data]\ntask = "file"\nfile = "nothing.h5"\n'
        self.assert_fails(self.run_config(text=text), 66, "nothing.h5")
        self.assert_nothing_written()

    def test_not_hdf5(self):
        (self.folder / "data.h5").write_text("x,y\n1,2\n")
        text = '[data]\ntask = "file"\nfile = "data.h5"\n'
        self.assert_fails(self.run_config(text=text), 65, "data.h5", "HDF5")
        self.assert_nothing_written()


class BadCommandLine(ProgramTest):
    def test_no_command(self):
        self.assert_fails(self.polypath(), 64, "--help")

    def test_unknown_option(self):
        self.assert_fails(self.run_config("--frobnicate"), 64, "--frobnicate", "--help")

    def test_no_output_directory(self):
        self.assert_fails(self.polypath("run", self.config()), 64, "-o")

    def test_unknown_backend(self):
        self.assert_fails(self.run_config("--backend", "tpu"), 64, "tpu")

    def test_backend_that_is_not_here(self):
        self.assert_fails(self.run_config("--backend", "cuda"), 69, "cuda")
        self.assert_nothing_written()

    def test_reference_computes_in_float64_only(self):
        self.assert_fails(self.run_config("--backend", "reference"), 69, "train.precision")

    def test_unknown_simd_target(self):
        result = self.run_config(environment={"POLYPATH_SIMD": "MMX"})
        self.assert_fails(result, 69, "MMX", "POLYPATH_SIMD")
        self.assert_nothing_written()

    def test_output_under_a_regular_file(self):
        (self.folder / "file").write_text("")
        result = self.polypath("run", self.config(), "-o", self.folder / "file" / "out")
        self.assert_fails(result, 73, "file/out")
        self.assertEqual((self.folder / "file").read_text(), "")

    def test_output_is_somebody_elses_directory(self):
        (self.folder / "out" / "cells").mkdir(parents=True)
        (self.folder / "out" / "thesis.tex").write_text("precious")
        self.assert_fails(self.run_config(), 73, "not made by polypath")
        self.assert_fails(self.run_config("--restart"), 73, "not made by polypath")
        self.assertEqual((self.folder / "out" / "thesis.tex").read_text(), "precious")

    def test_info_of_something_else(self):
        self.assert_fails(self.polypath("info", self.folder), 66, "not an output directory")


if __name__ == "__main__":
    unittest.main()
