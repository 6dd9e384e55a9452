"""resolved.toml: the settings of a run, and what they plan."""
import math
import tomllib


def read(directory):
    """(text, settings as a dict or None, [what to tell]); None where they are not known."""
    try:
        text = (directory / "resolved.toml").read_bytes().decode("utf-8")
        return text, tomllib.loads(text), []
    except OSError as error:
        problem, text = f"cannot be read ({error.strerror or error})", ""
    except UnicodeDecodeError:
        problem, text = "is not a text file", ""
    except tomllib.TOMLDecodeError as error:
        problem = f"is damaged ({error})"
    return text, None, [f"resolved.toml {problem}: the settings are unknown, and the run cannot be "
                        "analysed or gone on with. Put resolved.toml back before anything else: "
                        "a new run in this directory would start anew."]


def planned(settings):
    """(cells, members of each) that the sweep plans, or None where it cannot be told.

    An axis is a list, of values or of combinations of values; the cells are their product."""
    sweep = dict((settings or {}).get("sweep", {}))
    seeds = sweep.pop("seeds", None)
    known = isinstance(seeds, int) and all(isinstance(axis, list) for axis in sweep.values())
    return (math.prod(len(axis) for axis in sweep.values()), seeds) if known else None


def noun(count, word):
    return f"{count} {word}{'' if count == 1 else 's'}"


def plan_text(settings, state):
    """What a run without a cell is going to hold, from its settings or else its progress."""
    plan = planned(settings)
    if plan:
        cells, members = plan
        each = "" if cells == 1 else " each"
        total = f" ({noun(cells * members, 'member')} in all)" if cells > 1 else ""
        return (f"resolved.toml plans {noun(cells, 'cell')} of {noun(members, 'member')}{each}"
                f"{total}")
    if state:
        return f"progress.json counts {noun(state['cells'], 'cell')}; their members are not known"
    return "how many are planned is not known"
