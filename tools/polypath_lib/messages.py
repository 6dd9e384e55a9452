"""Errors that a user can act on, with the exit codes of sysexits.h."""
import argparse
import contextlib
import importlib
import os
import sys

USAGE = 64
BAD_DATA = 65
NO_INPUT = 66
UNAVAILABLE = 69
CANNOT_CREATE = 73
IO_ERROR = 74

APT_NAMES = {"h5py": "python3-h5py", "xarray": "python3-xarray", "numpy": "python3-numpy",
             "matplotlib": "python3-matplotlib"}


class ToolError(Exception):
    """What is wrong, why it matters, what to do; `code` is the exit status of the command."""

    def __init__(self, message, code=BAD_DATA):
        super().__init__(message)
        self.code = code


class MissingPackage(ToolError, ImportError):
    """A Python package that is not installed for the running interpreter."""


class Parser(argparse.ArgumentParser):
    """argparse with the exit status of sysexits.h for a mistake in the command line."""

    def error(self, message):
        raise ToolError(f"{message}; see `{self.prog} --help`", USAGE)


def need(*modules):
    """Import the named modules and return them, or raise one line that says what to install."""
    missing, found = [], []
    for name in modules:
        try:
            found.append(importlib.import_module(name))
        except ImportError:
            missing.append(name)
    if missing:
        packages = " ".join(APT_NAMES.get(name.split(".")[0], name) for name in missing)
        raise MissingPackage(
            f"{sys.executable} has no {', '.join(missing)}: install with `apt install {packages}`"
            " and use /usr/bin/python3, or install the same with conda or pip", UNAVAILABLE)
    return found[0] if len(found) == 1 else found


class Output:
    """Standard output, remembering the OSError that kept something back."""

    def __init__(self, stream):
        self.stream, self.failure = stream, None
        if hasattr(stream, "reconfigure"):  # names of files that are not UTF-8 pass unchanged
            stream.reconfigure(errors="surrogateescape")

    def attempt(self, work, *arguments):
        try:
            return work(*arguments)
        except OSError as error:
            self.failure = self.failure or error
            raise

    def write(self, text):
        return self.attempt(self.stream.write, text)

    def flush(self):
        return self.attempt(self.stream.flush)

    def __getattr__(self, name):
        return getattr(self.stream, name)

    def report(self, program):
        """Say that it is incomplete (not to a reader of a pipe, who has gone)."""
        # What is still kept back would be tried, and reported, again when the interpreter ends.
        with open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), self.stream.fileno())
        if not isinstance(self.failure, BrokenPipeError):
            print(f"{program}: cannot write to standard output ({self.failure.strerror}); free "
                  "space, or send it elsewhere", file=sys.stderr)
        return IO_ERROR


def run_command(program, main, arguments):
    """Call main(arguments); print a ToolError as one line and return its exit status."""
    if sys.stdout is None:  # closed, and nobody misses what is said
        return outcome_of(program, main, arguments)
    output = Output(sys.stdout)
    with contextlib.redirect_stdout(output):
        status = outcome_of(program, main, arguments)
        with contextlib.suppress(OSError):
            output.flush()
    return status if output.failure is None else output.report(program)


def outcome_of(program, main, arguments):
    """The exit status of main(arguments), with a line for what went wrong."""
    try:
        return main(arguments) or 0
    except SystemExit as end:  # of --help
        return end.code or 0
    except ToolError as error:
        print(f"{program}: {error}", file=sys.stderr)
        return error.code
    except KeyboardInterrupt:
        return 75
    except OSError as error:
        if getattr(sys.stdout, "failure", None) is not error:
            print(f"{program}: {error.filename or 'a file'}: {error.strerror or error}",
                  file=sys.stderr)
        return IO_ERROR
