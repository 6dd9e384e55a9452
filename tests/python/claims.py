"""The claims of configs/claims.toml: what the README there says, made anew and compared.

    python3 tests/python/claims.py [WORD]     runs the claims whose text or config contains WORD and
                                              prints each as measured, to be put into the file
"""
import json
import math
import sys
import tempfile
import tomllib
from collections import defaultdict
from pathlib import Path

from program import ROOT, ProgramTest, binary

CONFIGS = ROOT / "configs"
WHERE = ("mode", "pathway", "group", "order")


def load():
    """The claims, each a dict with the fields that the head of the file tells of."""
    return tomllib.loads((CONFIGS / "claims.toml").read_text(encoding="utf-8"))["claim"]


def runs_of(claims):
    """{(config, overrides): claims}: what one run is enough for."""
    runs = defaultdict(list)
    for claim in claims:
        runs[claim["config"], tuple(claim.get("set", []))].append(claim)
    return dict(runs)


def cell_of(analysis, swept):
    """The one cell with these swept settings; ValueError where there is none or several."""
    found = [cell for cell in analysis["cells"]
             if all(cell["swept"].get(key) == value for key, value in swept.items())]
    if len(found) != 1:
        raise ValueError(f"{len(found)} cells have {swept}")
    return found[0]


def only(entries, claim):
    if len(entries) != 1:
        raise ValueError(f"{len(entries)} numbers answer to {claim}")
    return entries[0]


def correlation_interval(correlation, members):
    """(value, low, high) of a correlation of so many pairs, by Fisher's z."""
    half = 1.959964 / math.sqrt(members - 3)
    return (correlation, *(math.tanh(math.atanh(correlation) + sign * half) for sign in (-1, 1)))


def predicted(path):
    """{cell: [(split_correlation, members) of each mode]} of a file of `polypath theory`."""
    import h5py
    with h5py.File(path) as file:
        return {int(name.rsplit("-", 1)[-1]): list(zip(cell["split_correlation"][()].tolist(),
                                                       cell["compared_members"][()].tolist()))
                for name, cell in file["cells"].items()}


def measured(analysis, claim):
    """(value, low, high) of what the claim is about; ValueError where that is not one number."""
    name, mode = claim["quantity"], claim.get("mode")
    if name == "exponent":
        fit = only([f for f in analysis["fits"] if f["against"] == "width" and f["mode"] == mode
                    and f["held"] == claim["held"]], claim)
        return (fit["slope"], *fit["interval"])
    cell = cell_of(analysis, claim.get("cell", {}))
    if name == "split_correlation":
        return correlation_interval(*analysis["theory"][cell["cell"]][mode - 1])
    if name == "same_winner":
        pair = only([p for p in cell["winner_correlations"]
                     if p["modes"] == [mode, claim["other_mode"]]], claim)
        return (pair["same_probability"], *pair["same_interval"])
    if name == "wins":
        won = only([w for w in cell["winners"]
                    if (w["mode"], w["pathway"]) == (mode, claim["pathway"])], claim)
        return (won["probability"], *won["interval"])
    entry = only([q for q in cell["quantities"] if q["quantity"] == name
                  and all(q[key] == claim.get(key, q[key]) for key in WHERE)], claim)
    return (entry["mean"], *entry["mean_interval"])


def holds(claim, value):
    """Whether a number measured anew is within the interval that was claimed."""
    return value is not None and claim["low"] <= value <= claim["high"]


def analyse(test, config, overrides, folder, with_theory=False):
    """Runs the config and returns what `polypath analyse` says of it, and as `theory` what
    `polypath theory` does."""
    run = folder / "run"
    options = [part for override in overrides for part in ("--set", override)]
    commands = [["run", CONFIGS / config, "-o", run, *options],
                ["analyse", run, "--json", folder / "analysis.json"]]
    if with_theory:
        commands.append(["theory", run, "-o", folder / "theory.h5"])
    for command in commands:
        result = test.polypath(*command, timeout=3 * 3600)
        if result.returncode != 0:
            raise AssertionError(result.stderr)
    analysis = json.loads((folder / "analysis.json").read_text(encoding="utf-8"))
    return {**analysis, "theory": predicted(folder / "theory.h5")} if with_theory else analysis


def need_theory(claims):
    return any(claim["quantity"] == "split_correlation" for claim in claims)


def text_of(claim, value, low, high):
    return f"{claim['text']}\n  value = {value:.6g}\n  low = {low:.6g}\n  high = {high:.6g}"


def main(words):
    test = ProgramTest()
    test.program = binary()
    chosen = [c for c in load() if all(w in c["text"] + c["config"] for w in words)]
    for (config, overrides), claims in runs_of(chosen).items():
        with tempfile.TemporaryDirectory() as folder:
            analysis = analyse(test, config, overrides, Path(folder), need_theory(claims))
        for claim in claims:
            value, low, high = measured(analysis, claim)
            print(text_of(claim, value, low if low is not None else math.nan,
                          high if high is not None else math.nan))


if __name__ == "__main__":
    main(sys.argv[1:])
