"""Files that can be read but do not say what they mean: read rightly by `convert`, or refused."""
import os
import resource
import subprocess
import sys
import unittest
import unittest.mock

import h5py
import numpy as np

from tool_test import TOOLS, Folder, call

import polypath

try:
    import scipy.io
except ImportError:
    scipy = None


class ConvertTest(Folder):
    def text(self, name, content):
        (self.folder / name).write_text(content)
        return self.folder / name

    def convert(self, *arguments):
        return call(polypath, "convert", *arguments, "-o", self.folder / "o.h5", "--force")

    def refuse(self, words, *arguments, code=65):
        status, out, error = self.convert(*arguments)
        self.assertEqual((status, out), (code, ""), error)
        self.assertRegex(error, words)
        self.assertEqual(error.count("\n"), 1, "one line")
        self.assertFalse((self.folder / "o.h5").exists())

    def accept(self, x, y, *arguments, note=""):
        status, out, error = self.convert(*arguments)
        self.assertEqual(status, 0, error)
        self.assertEqual(error.count("\n"), error.count("note:"))
        self.assertRegex(error, note or "^$")
        with h5py.File(self.folder / "o.h5") as file:
            np.testing.assert_array_equal(file["x"][()], x)
            np.testing.assert_array_equal(file["y"][()], y)
        (self.folder / "o.h5").unlink()
        return out


class FirstLine(ConvertTest):
    """A first line of column numbers, as DataFrame(array).to_csv(index=False) writes it."""

    X = "0,1,2\n0.5,-1.25,2.0\n1.5,0.25,-0.75\n"
    Y = "0,1\n1.0,0.0\n0.0,1.0\n"

    def test_is_refused_until_it_is_settled(self):
        x, y = self.text("x.csv", self.X), self.text("y.csv", self.Y)
        self.refuse(r"x.csv:1: .*0,1,2, looks like column numbers.*--header yes or --header no", x, y)
        self.accept([[0.5, -1.25, 2], [1.5, 0.25, -0.75]], np.eye(2), x, y, "--header", "yes")
        self.accept([[0, 1, 2], [0.5, -1.25, 2], [1.5, 0.25, -0.75]], [[0, 1], [1, 0], [0, 1]],
                    x, y, "--header", "no")

    def test_of_outputs_alone_is_refused_too(self):
        x = self.text("x.csv", "a,b\n1.5,2\n3,4\n")
        for header in ("0\n", "0,1\n"):
            y = self.text("y.csv", header + ("0.5\n0.5\n" if "," not in header else "1.0,2\n3,4\n"))
            self.refuse("y.csv:1: .*looks like column numbers", x, y)

    def test_labels_that_begin_with_zero_are_numbers(self):
        x, y = self.text("x.csv", "0,1\n1,0\n1,1\n"), self.text("y.csv", "0\n1\n0\n")
        self.accept([[0, 1], [1, 0], [1, 1]], [[0], [1], [0]], x, y)


class IndexColumn(ConvertTest):
    def test_of_pandas_is_left_out_and_said(self):
        x = self.text("x.csv", ",a,b\n0,0.5,-1\n1,1.5,2\n2,-0.5,0\n")
        y = self.text("y.csv", ",p\n0,1.5\n1,2.5\n2,0.5\n")
        self.accept([[0.5, -1], [1.5, 2], [-0.5, 0]], [[1.5], [2.5], [0.5]], x, y,
                    note="x.csv: the first column is the rows' index and is left out")

    def test_of_pandas_without_names_and_of_r(self):
        x = self.text("x.csv", ",0,1\n0,0.5,-1\n1,1.5,2\n")
        y = self.text("y.csv", '"","p"\n"1",1.5\n"2",2.5\n')
        self.accept([[0.5, -1], [1.5, 2]], [[1.5], [2.5]], x, y, note="y.csv: the first column")

    def test_of_shuffled_rows_or_with_a_name_is_refused_until_it_is_settled(self):
        y = self.text("y.csv", "1.5\n2.5\n0.5\n")
        shuffled = self.text("x.csv", ",a\n7,0.5\n2,1.5\n5,-0.5\n")
        self.refuse("first column has no name.*--index yes .* or --index no", shuffled, y)
        named = self.text("x.csv", "id,a\n0,0.5\n1,1.5\n2,-0.5\n")
        self.refuse(r"first column \(id\) counts the rows.*--index yes", named, y)
        bare = self.text("x.csv", "1,0.5\n2,1.5\n3,-0.5\n")
        self.refuse("first column counts the rows.*--index yes", bare, y)
        two = self.text("two.csv", "8,1.5\n9,2.5\n4,0.5\n")
        self.accept([[0.5], [1.5], [-0.5]], [[1.5], [2.5], [0.5]], bare, two, "--index", "yes",
                    note="left out")
        self.accept([[1, 0.5], [2, 1.5], [3, -0.5]], [[1.5], [2.5], [0.5]], bare, y, "--index", "no")

    def test_inputs_that_count_are_inputs_when_they_are_the_only_column(self):
        x, y = self.text("x.csv", "t\n0\n1\n2\n"), self.text("y.csv", "5\n6\n7\n")
        self.accept([[0], [1], [2]], [[5], [6], [7]], x, y)


class MissingValues(ConvertTest):
    def test_a_line_without_values_is_named(self):
        x = self.text("x.csv", "a,b\n1,1\n2,1\n,\n4,1\n")
        y = self.text("y.csv", 'y\n10\n""\n30\n40\n')
        self.refuse("x.csv:4: no values: a missing example", x, y)
        self.refuse("y.csv:3: no values: a missing example", self.text("x.csv", "1,2\n2,2\n3,3\n4,4\n"),
                    y, "--index", "no")
        self.refuse("y.csv:2: no values", self.text("x.csv", "1\n2\n3\n"),
                    self.text("y.csv", "10\n\n30\n"))

    def test_one_value_is_named(self):
        good = self.text("y.csv", "1\n2\n")
        self.refuse("x.csv:2: column 2 has no value", self.text("x.csv", "1,2\n3,\n"), good)
        self.refuse("x.csv:2: column 1 is not a number: `NA`", self.text("x.csv", "1\nNA\n"), good)
        self.refuse("x.csv:2: column 1 is not a number: `1_0`", self.text("x.csv", "1\n1_0\n"), good)

    def test_empty_lines_and_comments_around_the_examples_are_nothing(self):
        x = self.text("x.csv", "# made by numpy.savetxt\n\n1.5,2\n3,4\n\n# end\n")
        self.accept([[1.5, 2], [3, 4]], [[1], [2]], x, self.text("y.csv", "1\n2\n\n"))
        self.refuse("x.csv:2: a comment between examples",
                    self.text("x.csv", "1.5\n# 2.5\n3\n"), self.text("y.csv", "1\n2\n"))


class OtherText(ConvertTest):
    def test_other_separators(self):
        y = self.text("y.csv", "1\n2\n")
        for separator in (";", "\t", "  "):
            x = self.text("x.csv", f"1.5{separator}2\n3{separator}4\n")
            self.accept([[1.5, 2], [3, 4]], [[1], [2]], x, y)

    def test_decimal_commas(self):
        self.refuse("semicolons separate and commas stand in the numbers",
                    self.text("x.csv", "1,5;2,5\n3;4,5\n"), self.text("y.csv", "1\n2\n"))


class Arrays(ConvertTest):
    def archive(self, **arrays):
        np.savez_compressed(self.folder / "in.npz", **arrays)
        return self.folder / "in.npz"

    def test_every_kind_of_real_number(self):
        values = [[1, 0], [0, 1], [1, 1]]
        for kind in ("?", "i1", ">i2", "u4", "<i8", "f2", ">f4", "f8", "longdouble"):
            out = self.accept(values, [[1], [0], [1]],
                              self.archive(x=np.array(values, kind), y=np.array([[1], [0], [1]], kind)))
            self.assertIn("3 examples x 2 inputs -> 1 outputs, rank 1", out)

    def test_other_kinds_are_named_with_a_way_out(self):
        one = np.ones((2, 2))
        self.refuse("x is not numeric.*complex.*real and imaginary", self.archive(x=one * 1j, y=one))
        pairs = np.zeros((2, 2), [("a", "f8"), ("b", "f8")])
        self.refuse("y is not numeric.*structured.*column_stack", self.archive(x=one, y=pairs))
        dates = np.zeros((2, 2), "datetime64[s]")
        self.refuse("x is not numeric.*dates", self.archive(x=dates, y=one))
        self.refuse(r"x.reshape\(-1, 1\)", self.archive(x=np.ones(2), y=one))
        self.refuse("both may have to be transposed",
                    self.archive(x=np.ones((3, 4)), y=np.ones((2, 4))))

    def test_every_damage_is_one_line(self):
        rng = np.random.default_rng(0)
        whole = bytearray(self.archive(x=rng.normal(size=(40, 3)), y=np.ones((40, 1))).read_bytes())
        refused = 0
        for place in range(0, len(whole), 11):
            damaged = whole.copy()
            damaged[place] ^= 0xFF
            (self.folder / "cut.npz").write_bytes(damaged)
            status, _, error = self.convert(self.folder / "cut.npz")
            self.assertIn(status, (0, 65), error)
            self.assertEqual(error.count("\n"), 1 if status else 0, error)
            refused += status == 65
        self.assertGreater(refused, len(whole) // 22)
        for length in range(0, len(whole), 29):
            (self.folder / "cut.npz").write_bytes(whole[:length])
            self.assertEqual(self.convert(self.folder / "cut.npz")[0], 65)

    def test_two_npy_files(self):
        np.save(self.folder / "x.npy", np.eye(3))
        np.save(self.folder / "y.npy", np.ones((3, 2), np.float32))
        self.accept(np.eye(3), np.ones((3, 2)), self.folder / "x.npy", self.folder / "y.npy")
        self.refuse("x.csv: not a NPY|not a NPY file", self.text("x.npy", "hello"),
                    self.folder / "y.npy")


class Matlab(ConvertTest):
    def mat73(self, **variables):
        """As save -v7.3 leaves it: HDF5 behind 512 bytes of text, axes reversed."""
        path = self.folder / "data.mat"
        with h5py.File(path, "w", userblock_size=512) as file:
            for name, (value, kind) in variables.items():
                file[name] = np.asarray(value).T
                file[name].attrs["MATLAB_class"] = np.bytes_(kind)
        with open(path, "r+b") as file:
            file.write(b"MATLAB 7.3 MAT-file".ljust(124) + b"\x00\x02IM")
        return path

    def test_73_is_transposed(self):
        x, y = np.arange(40.0).reshape(8, 5), np.arange(24).reshape(8, 3)
        self.accept(x, y, self.mat73(x=(x, "double"), y=(y, "int32")), note="transposed back")

    def test_73_other_classes(self):
        x = np.ones((2, 2))
        self.refuse("y is of MATLAB class char",
                    self.mat73(x=(x, "double"), y=(x.astype("u2"), "char")))
        path = self.mat73(x=(x, "double"))
        with h5py.File(path, "r+") as file:
            file.create_group("y").attrs["MATLAB_sparse"] = np.uint64(2)
        self.refuse(r"y is sparse.*full\(y\)", path)
        self.refuse("no variable `x`", self.mat73(z=(x, "double")))

    def test_5_without_scipy_says_how(self):
        path = self.folder / "old.mat"
        path.write_bytes(b"MATLAB 5.0 MAT-file".ljust(124) + b"\x00\x01IM")
        with unittest.mock.patch.dict(sys.modules, {"scipy": None, "scipy.io": None}):
            self.refuse("before version 7.3.*-v7.3.*SciPy", path, code=69)

    @unittest.skipIf(scipy is None, "SciPy is not installed, which reads these files")
    def test_5_with_scipy(self):
        path = self.folder / "old.mat"
        scipy.io.savemat(path, {"x": np.arange(6.0).reshape(3, 2), "y": np.ones((3, 1))})
        self.accept(np.arange(6.0).reshape(3, 2), np.ones((3, 1)), path)
        path.write_bytes(path.read_bytes()[:150])
        self.refuse("not a MATLAB file, or a damaged one", path)


class Saying(ConvertTest):
    def test_preview_shows_the_first_rows_and_writes_nothing_by_itself(self):
        x = self.text("x.csv", "a,b\n" + "".join(f"{i}.5,{i * i}\n" for i in range(9)))
        y = self.text("y.csv", "".join(f"{-i}.25\n" for i in range(9)))
        before = sorted(self.folder.iterdir())
        status, out, _ = call(polypath, "convert", x, y, "--preview")
        self.assertEqual(status, 0)
        lines = out.splitlines()
        self.assertEqual(lines[3].split(), ["example", "4:", "x", "3.5", "9", "|", "y", "-3.25"])
        self.assertEqual(lines[5:], ["...", "read: 9 examples x 2 inputs -> 1 outputs, rank 1"])
        self.assertEqual(sorted(self.folder.iterdir()), before)

    def test_a_full_disk_leaves_nothing(self):
        np.savez(self.folder / "in.npz", x=np.eye(64), y=np.eye(64))
        before = sorted(self.folder.iterdir())
        done = subprocess.run(
            [sys.executable, TOOLS / "polypath.py", "convert", self.folder / "in.npz", "-o",
             self.folder / "o.h5"], capture_output=True, text=True, check=False,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000)))
        self.assertEqual(done.returncode, 74, done.stderr)
        self.assertRegex(done.stderr, r"o.h5: cannot be written \(File too large\)")
        self.assertEqual(done.stderr.count("\n"), 1)
        self.assertEqual(sorted(self.folder.iterdir()), before)

    def test_full_standard_output_is_one_line(self):
        run = self.run_directory()
        for command in (["show", run], ["convert", "--help"]):
            with open("/dev/full", "wb") as full:
                done = subprocess.run([sys.executable, TOOLS / "polypath.py", *command], stdout=full,
                                      stderr=subprocess.PIPE, text=True, check=False)
            self.assertEqual(done.returncode, 74, done.stderr)
            self.assertRegex(done.stderr, r"cannot write to standard output \(No space left")
            self.assertEqual(done.stderr.count("\n"), 1)

    def test_a_reader_that_has_gone_is_told_nothing(self):
        end, start = os.pipe()
        os.close(end)
        done = subprocess.run([sys.executable, TOOLS / "polypath.py", "show", self.run_directory()],
                              stdout=start, stderr=subprocess.PIPE, text=True, check=False)
        os.close(start)
        self.assertEqual((done.returncode, done.stderr), (74, ""))

    def test_names_that_are_not_utf8(self):
        name = os.fsencode(self.folder) + b"/d\xe9j\xe0"
        run = self.run_directory()
        os.rename(run, name)
        done = subprocess.run([sys.executable, TOOLS / "report.py", name], capture_output=True,
                              check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stdout.strip(), name + b"/report.html")
        with open(name + b"/report.html", encoding="utf-8") as page:
            self.assertIn("d\ufffdj\ufffd", page.read())


if __name__ == "__main__":
    unittest.main()
