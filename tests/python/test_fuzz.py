"""Mutated configs and --set: whatever is asked, the program answers.

    POLYPATH_NIGHTLY=1 /usr/bin/python3 -m unittest test_fuzz       a minute of it

A case is a function of its number. Wrong are: an end by a signal, status 70 unless every member
diverged, a report of a sanitizer, more than 20 s of processor time for a dry run, a message that is
not one screen. What was found once stands in FINDS.
"""
import os
import pathlib
import random
import re
import resource
import subprocess
import time
import unittest

from program import ROOT, ProgramTest

BASE = """[data]
levels = 3
[network]
width = 6
depth = 2
[train]
epochs = 3
"""
SIZES = [0, 1, 2, 3, 5, 8, 64, 300, 4096, -1, 2**31 - 1, 2**31, 2**32 + 1, 2**53 + 1, 10**12,
         10**12 + 1, 2**62, 2**63 - 1, -2**63]
REALS = ["0.0", "-0.0", "0.5", "1e-3", "1e-320", "1e-308", "1e308", "1e400", "-1.5", "nan", "inf",
         "-inf", "1e15"]
OTHERS = ['""', '"log"', '"auto"', '"full"', '"all"', '"none"', '"x.h5"', "true", "false", "[]", "[1]",
          "[3, 2, 1]", "[1, 2]", "[[1, 2], [3, 4]]", "{}", "{hidden = [3]}", "[{hidden = [3, 4]}]",
          "[{hidden = []}, {hidden = [2]}]", "1979-05-27", "07:32:00", "0x7fffffffffffffff",
          "9223372036854775808", "'''", '"\\u0000"', "\"\u00e9\U0001f600\""]
WORDS = ["hierarchy", "random", "file", "sum", "mean", "linear", "tanh", "relu", "gaussian",
         "projected", "sampled", "fixed", "scaled", "orthogonal", "sum_squares", "half_sum_squares",
         "mean_squares", "float32", "float64", "diagonal", "final", "initial"]
BYTES = ["\0", "\n", "=", "[", "]", "[[", '"', "'", "#", ".", ",", "-", "9", "e", "\t", "\r", "\x7f",
         "\u2028", "{", "}", "\\", "_"]

FINDS = [
    ("[network]\nwidth = 9223372036854775807\n", []),
    ('[data]\ntask = "random"\noutputs = 9223372036854775807\n', []),
    ('[data]\ntask = "random"\nexamples = 1000000000000\ninputs = 1000000000000\n', []),
    ('[network]\nwidth = 1000000000000\n[init]\nmethod = "sampled"\n', []),
    ('[network]\nwidth = 1000000000000\n[record]\nweights = "final"\nlayers = "all"\n', []),
    ('[network]\ndepth = 65535\npathways = 16\nwidth = 1000000000000\n', []),
    ("[init]\nseed = 9223372036854775807\n[sweep]\nseeds = 3\n", []),
    ("[network]\nwidth = 3\n", ["network.width=9223372036854775807"]),
]


class Case:
    """The config and the overrides of one number."""

    def __init__(self, number, keys):
        self.random, self.keys = random.Random(number), keys
        self.text, self.overrides = self.make_text(), self.make_overrides()

    def value(self):
        kind = self.random.random()
        if kind < 0.4:
            return str(self.random.choice(SIZES))
        if kind < 0.6:
            return self.random.choice(REALS)
        return f'"{self.random.choice(WORDS)}"' if kind < 0.8 else self.random.choice(OTHERS)

    def make_text(self):
        text = BASE if self.random.random() < 0.8 else self.random.choice(SHIPPED)
        for _ in range(self.random.randint(0, 4)):
            table, name = self.random.choice(self.keys).split(".")
            if self.random.random() < 0.2:
                values = ", ".join(self.value() for _ in range(self.random.randint(0, 3)))
                text += f'[sweep]\n"{table}.{name}" = [{values}]\n'
            else:
                text = self.with_key(text, table, f"{name} = {self.value()}\n")
        for _ in range(self.random.choice([0, 0, 0, 1, 2, 5])):
            text = self.with_damage(text)
        return text

    @staticmethod
    def with_key(text, table, line):
        """The line under its table, in place of one with the same key."""
        name = line.split(" ")[0]
        text = re.sub(rf"(?m)^{name} = .*\n", "", text)
        header = f"[{table}]\n"
        return text.replace(header, header + line, 1) if header in text else text + header + line

    def with_damage(self, text):
        at = self.random.randrange(len(text) + 1)
        to = min(len(text), at + self.random.randint(0, 12))
        middle = self.random.choice(["", text[at:to] * 2, self.random.choice(BYTES),
                                     self.random.choice(BYTES) * 40])
        return text[:at] + middle + text[to:]

    def make_overrides(self):
        overrides = []
        for _ in range(self.random.choice([0, 0, 1, 2])):
            text = f"{self.random.choice(self.keys)}={self.value()}"
            if self.random.random() < 0.3:
                text = self.with_damage(text)
            overrides.append(text.replace("\0", ""))
        return overrides


SHIPPED = [path.read_text() for path in sorted((ROOT / "configs").glob("*.toml"))
           if path.name != "claims.toml"]


class Fuzz(ProgramTest):
    def setUp(self):
        super().setUp()
        self.is_sanitized = b"__asan_init" in pathlib.Path(self.program).read_bytes()

    def limits(self):
        resource.setrlimit(resource.RLIMIT_CPU, (20, 25))
        if not self.is_sanitized:  # whose shadow is larger than any memory
            resource.setrlimit(resource.RLIMIT_DATA, (4 << 30, 4 << 30))

    def ask(self, text, overrides, *options):
        path = self.folder / "fuzz.toml"
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        command = [str(self.program), "run", str(path), *options]
        for override in overrides:
            command += ["--set", override]
        done = subprocess.run(command, capture_output=True, timeout=300, check=False,
                              preexec_fn=self.limits)
        told = done.stderr.decode("utf-8", "replace")
        case = f"{text!r} {overrides!r} {options!r}: status {done.returncode}\n{told[-2000:]}"
        self.assertIn(done.returncode, (0, 64, 65, 66, 69, 70, 71, 73, 74), case)
        if done.returncode == 70:
            self.assertIn("every member diverged", told, case)
        self.assertNotIn("Sanitizer", told, case)
        self.assertNotIn("runtime error", told, case)
        self.assertNotIn("internal error", told, case)
        if done.returncode != 0:
            self.assertLess(len(told), 20000, case)
            self.assertTrue(told.strip(), case)
        return done

    def check(self, text, overrides):
        """A dry run; where that promises something tiny, the run itself."""
        plan = self.ask(text, overrides, "--dry-run").stdout.decode("utf-8", "replace")
        weights = [int(number) for number in re.findall(r", (\d+) weights,", plan)]
        members = re.search(r"in all .*?, (\d+) member", plan)
        if members and int(members[1]) <= 8 and len(weights) <= 8 and max(weights) <= 100000:
            self.ask(text, [*overrides, "train.epochs=3"], "-o", str(self.folder / "out"), "--restart")

    def keys(self):
        listing = self.polypath("keys").stdout
        return re.findall(r"(?m)^(?:# )?([a-z]+\.[a-z_]+) = ", listing)

    def test_what_was_found(self):
        for text, overrides in FINDS:
            self.check(text, overrides)

    def test_some(self):
        keys = self.keys()
        self.assertGreater(len(keys), 30)
        for number in range(60):
            case = Case(number, keys)
            self.check(case.text, case.overrides)

    @unittest.skipUnless(os.environ.get("POLYPATH_NIGHTLY"), "a minute: set POLYPATH_NIGHTLY")
    def test_NightlyMinute(self):
        keys, end, number = self.keys(), time.monotonic() + 60, 1000
        while time.monotonic() < end:
            case = Case(number, keys)
            self.check(case.text, case.overrides)
            number += 1
        print(f"fuzz: {number - 1000} cases")


if __name__ == "__main__":
    unittest.main()
