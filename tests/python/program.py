"""Runs the polypath binary for tests."""

import os
import pathlib
import resource
import signal
import subprocess
import tempfile
import unittest

# Whoever starts the tests may ignore signals (a shell's background job, nohup); programs under test
# would inherit that, and polypath heeds it.
for number in (signal.SIGINT, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2, signal.SIGXCPU):
    if signal.getsignal(number) == signal.SIG_IGN:
        signal.signal(number, signal.SIG_DFL)

ROOT = pathlib.Path(__file__).resolve().parents[2]


def binary():
    """The program under test: POLYPATH_BINARY, or the newest of the usual builds."""
    if "POLYPATH_BINARY" in os.environ:
        return pathlib.Path(os.environ["POLYPATH_BINARY"])
    builds = [ROOT / "build" / name / "polypath" for name in ("test", "release", "debug")]
    present = [path for path in builds if path.exists()]
    if not present:
        raise unittest.SkipTest("polypath is not built: cmake --build --preset release")
    return max(present, key=lambda path: path.stat().st_mtime)


def axis_names(data_set):
    """What the axes of an h5py data set are called: the names of their scales."""
    return [axis[0].name.rsplit("/", 1)[-1] for axis in data_set.dims]


SMALL = """
[network]
depth = 3
width = 12
[init]
sigma = 0.1
[train]
epochs = 60
"""


class ProgramTest(unittest.TestCase):
    """A test with a scratch folder, `self.folder`."""

    def setUp(self):
        self.program = binary()
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = pathlib.Path(scratch.name)

    def config(self, text=SMALL, name="config.toml"):
        path = self.folder / name
        path.write_text(text)
        return path

    def polypath(self, *arguments, file_limit=None, environment=None, timeout=300):
        """Runs the program; `file_limit` in bytes stands in for a full disk."""

        def limit():
            if file_limit is not None:
                resource.setrlimit(resource.RLIMIT_FSIZE, (file_limit, file_limit))

        return subprocess.run(
            [str(self.program), *map(str, arguments)],
            capture_output=True,
            text=True,
            timeout=timeout,
            preexec_fn=limit,
            env={**os.environ, **(environment or {})},
        )

    def run_config(self, *arguments, text=SMALL, **options):
        return self.polypath("run", self.config(text), "-o", self.folder / "out", *arguments, **options)

    def assert_fails(self, result, code, *words):
        """Exit code `code`, and a message of at most a screen with every one of `words`."""
        self.assertEqual(result.returncode, code, result.stderr)
        for word in words:
            self.assertIn(word, result.stderr)
        self.assertLess(result.stderr.count("\n"), 24, result.stderr)
        self.assertTrue(result.stderr.strip())

    def assert_nothing_written(self):
        self.assertFalse((self.folder / "out").exists())
