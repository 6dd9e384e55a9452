"""Which two seeds figure 6 shows: finished ones with different winners of mode 1, where there are
some, since that is what it is about."""
import numpy

from polypath_lib.measures import diagonal, target_diagonal, winner


def first_mode_winners(dataset):
    """(member): the pathway (from 0) that holds most of the first mode drawn in the end; -1 where
    the member has not finished or not learned the mode."""
    if dataset.sizes["epoch"] == 0:
        return numpy.full(dataset.sizes["member"], -1)
    won = winner(diagonal(dataset)[:, -1], target_diagonal(dataset))[:, 0]
    return numpy.where(dataset["status"].values == 0, won, -1)


def pair_of(dataset):
    """Two seeds: the first learned one and the first with another winner; else the first two
    finished ones; else the first two."""
    seeds, won = dataset["seed"].values, first_mode_winners(dataset)
    learned = numpy.flatnonzero(won >= 0)
    if len(learned):
        others = learned[won[learned] != won[learned[0]]]
        if len(others):
            return [int(seeds[learned[0]]), int(seeds[others[0]])]
    finished = numpy.flatnonzero(dataset["status"].values == 0)
    return [int(seed) for seed in (seeds[finished] if len(finished) > 1 else seeds)[:2]]


def words(dataset, chosen):
    """(title, caption) of the drawing of these seeds: what they show, no more."""
    seeds, won = dataset["seed"].values.tolist(), first_mode_winners(dataset)
    mode = f"mode {int(dataset['mode'].values[0])}"
    own = [int(won[seeds.index(seed)]) for seed in chosen]
    if min(own) >= 0 and len(set(own)) > 1:
        who = ", ".join(f"pathway {a} with seed {seed}" for seed, a in zip(chosen, own))
        return (f"Different initial weights, different winners of {mode}",
                f"Two seeds: chance decides which pathway wins {mode}: {who}.")
    if min(own) < 0:
        found = f"{mode.capitalize()} has not been learned in all that is shown."
    elif dataset.sizes["pathway"] == 1:
        found = "There is one pathway: nothing to win."
    elif len({int(w) for w in won if w >= 0}) == 1:
        found = (f"In all {int((won >= 0).sum())} finished seeds of this cell that learned {mode} "
                 "the same pathway holds most of it.")
    else:
        found = f"The same pathway holds most of {mode} in those shown."
    return "Different initial weights", f"Seeds of the same settings. {found}"
