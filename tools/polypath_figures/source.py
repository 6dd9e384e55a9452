"""What the program polypath says of a directory, asked once and only when a figure needs it."""
from pathlib import Path

from polypath_lib import statistics
from polypath_lib.messages import ToolError

from .theory import refuse_other_run


class Source:
    """`analysis()` and `theory()`; a failure is raised again without asking again."""

    def __init__(self, directory, folder, theory_file=None):
        """`directory`: None where the theory file is all there is. Raises ToolError when the file
        is none, or of another run."""
        if theory_file is not None and directory is not None:
            refuse_other_run(theory_file, directory)
        self.directory, self.folder = directory, Path(folder)
        self.given = theory_file
        self.answers = {} if theory_file is None else {"theory": theory_file}

    def once(self, what, call):
        if what not in self.answers:
            try:
                self.answers[what] = call()
            except ToolError as error:
                self.answers[what] = error
        if isinstance(self.answers[what], ToolError):
            raise self.answers[what]
        return self.answers[what]

    def analysis(self):
        """The JSON of `polypath analyse`, as a dict."""
        return self.once("analyse", lambda: statistics.analysis(self.directory))

    def theory_name(self):
        """The theory file that was given, for messages; None where it is made here."""
        return self.given

    def theory(self):
        """Path of a file of `polypath theory`."""
        path = self.folder / "theory.h5"
        return self.once("theory", lambda: statistics.theory_file(self.directory, path))
