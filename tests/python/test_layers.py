"""Checks that a folder includes only what its layer may include, and that every README is there."""

import pathlib
import re
import subprocess
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]

LAYERS = {
    "core": 0,
    "config": 1,
    "io": 1,
    "functor": 1,
    "backend": 2,
    "cuda": 2,
    "data": 3,
    "plan": 3,
    "train": 4,
    "init": 5,
    "theory": 5,
    "record": 6,
    "analysis": 6,
    "run": 7,
    "app": 8,
}
# Inside a layer a folder may use the folder named here, too.
SIDEWAYS = {("init", "theory"), ("analysis", "record"), ("cuda", "backend")}
EXCLUDED = {("backend", "config"), ("backend", "io"), ("io", "config"), ("config", "io")}

INCLUDE = re.compile(r'#include [<"](?:polypath|kernels)/(\w+)/')


def sources():
    listed = subprocess.run(
        ["git", "ls-files", "src", "include", "kernels"], cwd=ROOT, capture_output=True, text=True
    ).stdout.split()
    if not listed:
        listed = [
            str(path.relative_to(ROOT))
            for top in ("src", "include", "kernels")
            for path in (ROOT / top).rglob("*")
            if path.is_file()
        ]
    return [ROOT / name for name in listed if name.endswith((".hpp", ".cpp", ".cu", ".cuh", ".h"))]


def folder_of(path):
    parts = path.relative_to(ROOT).parts
    return parts[2] if parts[0] == "include" else parts[1]


def allowed(user, used):
    if user == used:
        return True
    if (user, used) in EXCLUDED:
        return False
    return LAYERS[used] < LAYERS[user] or (user, used) in SIDEWAYS


class Layers(unittest.TestCase):
    def test_includes_point_down(self):
        self.assertGreater(len(sources()), 50)
        wrong = []
        for path in sources():
            for used in INCLUDE.findall(path.read_text()):
                if not allowed(folder_of(path), used):
                    wrong.append(f"{path.relative_to(ROOT)} includes {used}")
        self.assertEqual(wrong, [])

    def test_only_host_device_headers_test_the_compiler(self):
        may = {"host_device.hpp", "dev.cuh"}
        wrong = [
            str(path.relative_to(ROOT))
            for path in sources()
            if path.name not in may and "__CUDACC__" in path.read_text()
        ]
        self.assertEqual(wrong, [])

    def test_every_source_folder_has_a_readme(self):
        folders = [path for path in (ROOT / "src").iterdir() if path.is_dir()]
        folders += [ROOT / name for name in ("src", "include", "kernels", "tests", "bench", "configs", "tools")]
        missing = [str(p.relative_to(ROOT)) for p in folders if any(p.iterdir()) and not (p / "README.md").exists()]
        self.assertEqual(missing, [])

    def test_the_checker_notices_an_upward_include(self):
        self.assertFalse(allowed("core", "config"))
        self.assertFalse(allowed("train", "record"))
        self.assertFalse(allowed("data", "plan"))
        self.assertTrue(allowed("run", "train"))


if __name__ == "__main__":
    unittest.main()
