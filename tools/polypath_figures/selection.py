"""The part of what the program says that concerns the cells chosen with --cells."""
PER_CELL = ("cells", "x", "mean", "members")  # lists of a fit that go with its cells


def part_of_fit(fit, only):
    """The fit without the cells that are not in `only`; None where fewer than two are left.

    An exponent belongs to all cells it was fitted to: a part of them has points and no line."""
    kept = [i for i, cell in enumerate(fit["cells"]) if cell in only]
    if len(kept) < 2:
        return None
    absent = [entry for entry in fit.get("absent", []) if entry["cell"] in only]
    if len(kept) == len(fit["cells"]):
        return {**fit, "absent": absent}
    part = {key: [fit[key][i] for i in kept] for key in PER_CELL if key in fit}
    return {**fit, **part, "absent": absent, "slope": None, "intercept": None,
            "interval": [None, None], "why_no_slope": "no fit of chosen cells"}


def with_modes(analysis, modes):
    """What `polypath analyse` says, of the modes to draw alone (None: of all)."""
    if modes is None:
        return analysis
    cells = [{**cell, "shown_modes": modes, "winner_correlations": [
        pair for pair in cell.get("winner_correlations", []) if set(pair["modes"]) <= set(modes)]}
        for cell in analysis["cells"]]
    return {**analysis, "cells": cells,
            "fits": [fit for fit in analysis["fits"] if fit["mode"] in modes]}


def part_of_analysis(analysis, only, modes=None):
    """What `polypath analyse` says of the cells in `only` and of these modes (None: of all)."""
    analysis = with_modes(analysis, modes)
    if only is None:
        return analysis
    fits = [part_of_fit(fit, only) for fit in analysis["fits"]]
    return {**analysis, "cells": [c for c in analysis["cells"] if c["cell"] in only],
            "fits": [fit for fit in fits if fit]}


def theory_notes(file, only):
    """What the theory says of itself: [(text, numbers of the cells)] of its notes on where it does
    not hold, then of how far its predictions can be trusted."""
    found = {}
    for kind in ("note_", "trust"):
        for name, group in theory_cells(file, only).items():
            for key, text in group.attrs.items():
                if key.startswith(kind):
                    found.setdefault(str(text), []).append(int(name.rsplit("-", 1)[-1]))
    return list(found.items())


def theory_cells(file, only):
    """{name: group} of the cells in a file of `polypath theory` that are in `only` (None: all)."""
    return {name: group for name, group in file.get("cells", {}).items()
            if only is None or int(name.rsplit("-", 1)[-1]) in only}
