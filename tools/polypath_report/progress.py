"""What progress.json says of a run; a malformed or half-written one is told, not an obstacle."""
import itertools
import json
import math

LISTED = 12  # numbers of absent cells in one sentence


def count(value):
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def fraction(value):
    return (isinstance(value, (int, float)) and not isinstance(value, bool)
            and math.isfinite(value) and 0 <= value <= 1 + 1e-6)  # a sum that rounding may exceed


# key: (what it has to be, how to tell)
EXPECTED = {"state": ("a word", lambda value: isinstance(value, str) and value != ""),
            "cells": ("a number of cells", count), "cells_done": ("a number of cells", count),
            "fraction": ("a number from 0 to 1", fraction)}


def problem_of(state):
    """What is wrong with the contents of progress.json; "" where nothing is."""
    if not isinstance(state, dict):
        return "it holds no table of values"
    for key, (what, holds) in EXPECTED.items():
        if key not in state:
            return f"it has no `{key}`"
        if not holds(state[key]):
            return f"`{key}` is not {what}"
    return ""


def read(directory):
    """(contents of progress.json, [what to tell of it]); {} where there is none or it is no use."""
    path = directory / "progress.json"
    if not path.exists():
        return {}, []
    try:
        state = json.loads(path.read_text(encoding="utf-8"))
        problem = problem_of(state)
    except OSError as error:
        problem = error.strerror or str(error)
    except (ValueError, RecursionError):
        problem = "it is not valid JSON, half-written or damaged"
    if problem:
        return {}, [f"progress.json cannot be used ({problem}): how far the run has come is told "
                    "from its cells alone."]
    return state, []


def sentences(state, resumable=True):
    """What the state of the run leaves to be said.

    `resumable`: whether resolved.toml is known; without it `polypath run` would start anew."""
    if not state:
        return []
    done, of = state["cells_done"], state["cells"]
    if state["state"] == "running":
        way = ("`polypath run` with the same config resumes it" if resumable
               else "put resolved.toml back to resume it")
        return [f"The run goes on: {done} of {of} cells were finished at "
                f"{state.get('updated', 'an unknown time')}. (A run that was killed says the same; "
                f"{way}.)"]
    if done < of:
        way = ("`polypath run` with the same config and directory goes on from there" if resumable
               else "put resolved.toml back to go on from there")
        return [f"The run ended as {state['state']} with {done} of {of} cells finished; {way}."]
    return []


def uncovered(state, analysis):
    """A sentence on what the statistics lack of the planned cells, where progress.json is no use.

    `analysis`: of `polypath analyse`, which counts the cells of the settings."""
    coverage = (analysis or {}).get("coverage", {})
    if state or not coverage.get("missing"):
        return []
    return [f"{coverage['cells']} of {coverage['cells_planned']} planned cells are in the "
            f"statistics; missing: {', '.join(coverage['missing'])}."]


def absent_cells(state, files, resumable=True):
    """A sentence on the cells that have no file; a run that goes on may not have begun them."""
    if not state:
        return []
    absent = state["cells"] - sum(index < state["cells"] for index in files)
    if absent == 0:
        return []
    gaps = (str(index) for index in itertools.count() if index not in files)
    first = list(itertools.islice(gaps, min(absent, LISTED)))
    more = f" and {absent - len(first)} more" if absent > len(first) else ""
    absent_text = f"No file holds cell {', '.join(first)}{more}"
    if state["state"] == "running":
        return [f"{absent_text} (not begun yet, deleted, or empty)."]
    way = ("`polypath run` with the same config makes what is missing" if resumable
           else "put resolved.toml back before running what is missing")
    return [f"{absent_text} (deleted, empty, or never run); {way}."]
