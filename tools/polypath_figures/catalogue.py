"""The figures there are: their names on the command line, their files, what each needs."""

# Trajectories, by the figure's number in the paper.
PAPER = {"4": "figure4_first_epochs", "5": "figure5_linear", "6": "figure6_seeds",
         "7": "figure7_relu", "8": "figure8_tanh"}
ACTIVATIONS = {"5": "linear", "7": "relu", "8": "tanh"}
HEAT_MAPS = {"heatmaps": "heat_maps"}
# Over time, of the seeds of a cell together.
COURSES = {"loss": "loss", "mean": "mean_k", "course": "dominance_over_time"}
# Made of what `polypath analyse` says, and of what `polypath theory` says.
ENSEMBLE = {"depth": "dominance_depth", "width": "dominance_width", "shares": "share_histograms",
            "winners": "same_winner"}
THEORY = {"3": "figure3_phase_portraits", "split": "predicted_split"}
FILES = {**PAPER, **HEAT_MAPS, **COURSES, **ENSEMBLE, **THEORY}

NEEDS = {"depth": "needs cells that differ in network.depth alone, with two or more pathways",
         "width": "needs cells that differ in network.width (and init.sigma) alone",
         "shares": "needs two or more finished seeds of two or more pathways",
         "winners": "needs two or more pathways and seeds that learned two modes",
         "split": "needs finished members with two linear pathways",
         "3": "needs linear pathways", "heatmaps": "needs a finite record",
         "loss": "needs a recorded loss", "mean": "needs a finished seed",
         "course": "needs finished seeds of two or more pathways that have learned a mode"}


def linear_only(cells):
    """Why figure 3 and the predicted split are not drawn for these cells; "" where they can be."""
    kinds = sorted({kind for _, _, kind in cells})
    if "linear" in kinds:
        return ""
    return ("phase portraits (figure 3) and predicted splits are left out: they exist for linear "
            f"pathways only; this run has {' and '.join(kinds)} units")


def wanted(choice, cells, say):
    """Names of the figures to try; with `all`, a word on those that these cells cannot have."""
    if choice not in ("auto", "all"):
        return [choice]
    kinds = {kind for _, _, kind in cells}
    names = [n for n in PAPER if n not in ACTIVATIONS or ACTIVATIONS[n] in kinds]
    if choice == "auto":
        return names
    reason = linear_only(cells)
    if reason:
        say(reason)
    return [*names, *HEAT_MAPS, *COURSES, *ENSEMBLE, *([] if reason else THEORY)]
