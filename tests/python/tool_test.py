"""What the tests of the Python tools share: a scratch folder with runs in it, and calls."""
import contextlib
import io
import shutil
import sys
import tempfile
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
TOOLS = HERE.parents[1] / "tools"
sys.path[:0] = [str(TOOLS), str(HERE)]

from make_run import make_run  # noqa: E402
from polypath_lib.messages import run_command  # noqa: E402


def call(module, *arguments):
    """(exit status, standard output, standard error) of a tool's command."""
    out, error = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(error):
        status = run_command(module.__name__ + ".py", module.main, [str(a) for a in arguments])
    return status, out.getvalue(), error.getvalue()


class Folder(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="polypath-test-"))
        self.addCleanup(shutil.rmtree, self.folder)

    def run_directory(self, name="run", **settings):
        return make_run(self.folder / name, **{"epochs": 40, "every": 4, "width": 12, **settings})
