"""Errors that a user can act on, with the exit codes of sysexits.h."""
import argparse
import importlib
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


def run_command(program, main, arguments):
    """Call main(arguments); print a ToolError as one line and return its exit status."""
    try:
        return main(arguments) or 0
    except ToolError as error:
        print(f"{program}: {error}", file=sys.stderr)
        return error.code
    except BrokenPipeError:
        return IO_ERROR
    except KeyboardInterrupt:
        return 75
