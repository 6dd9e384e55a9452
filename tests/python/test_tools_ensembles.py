"""Figures of ensembles from what `polypath analyse` says, made up here."""
import unittest
import warnings

import numpy as np

import tool_test  # noqa: F401  (finds the tools)

from polypath_figures import catalogue, drawing, style
from polypath_figures.dominance import theory_line
from polypath_figures.families import lack_of, numbers_text
from polypath_figures.remarks import Remarks
from polypath_figures.selection import part_of_analysis
from polypath_figures.shares import bin_edges

MODES = 8


def entry(mode, members, mean=0.3):
    known = members > 0
    return {"quantity": "dominance", "mode": mode, "group": 0, "pathway": None, "members": members,
            "mean": mean if known else None,
            "mean_interval": [mean - 0.1, mean + 0.1] if known else [None, None]}


def cell(index, depth, width, finished=20, learned=(20,) * MODES, activation="linear"):
    return {"cell": index, "swept": {"network.depth": depth, "network.width": width},
            "settings": {"depths": [depth, depth], "width": width, "activation": activation},
            "pathways": 2, "members": 20, "finished": finished, "target": [1.0] * MODES,
            "quantities": [entry(mode + 1, n) for mode, n in enumerate(learned) if finished],
            "share_histograms": [{"mode": mode + 1, "pathway": 0, "below": 0, "above": 0,
                                  "counts": [0] * 10 + [n] + [0] * 9}
                                 for mode, n in enumerate(learned) if finished]}


class Shares:
    """Stands for a run: final shares of its cells, known where analysis counts them as learned."""

    modes = None

    def __init__(self, cells, spread=0.01):
        self.cells, self.spread = {c["cell"]: c for c in cells}, spread

    def final_shares(self, index):
        one = self.cells[index]
        share = 0.5 + self.spread * np.linspace(-1, 1, one["finished"])[:, None, None]
        shares = np.concatenate([share, 1 - share], axis=1) * np.ones(MODES)
        for said in one["quantities"]:
            shares[said["members"]:, :, said["mode"] - 1] = np.nan
        return {mode + 1: shares[..., mode] for mode in range(MODES)}


def fit(mode, cells, held="linear, D = 3, sigma sqrt(N) = 0.3", mean=0.3):
    known = [c for c in cells if c["finished"] and c["quantities"][mode - 1]["members"]]
    return {"against": "width", "mode": mode, "held": held, "cells": [c["cell"] for c in cells],
            "x": [c["settings"]["width"] for c in cells],
            "mean": [mean if c in known else None for c in cells],
            "slope": -0.5 if len(known) > 1 else None, "intercept": 1.0 if len(known) > 1 else None,
            "interval": [None, None]}


class Source:
    def __init__(self, cells, fits=()):
        self.said = {"cells": cells, "fits": list(fits)}

    def analysis(self):
        return self.said


NOTHING = (0,) * MODES
SOME = (20,) * 4 + (0,) * 4


class Ensembles(unittest.TestCase):
    def setUp(self):
        self.remarks = []
        warnings.simplefilter("error")
        self.addCleanup(warnings.resetwarnings)

    def figure(self, name, cells, fits=(), brief=False, only=None):
        return drawing.draw(Shares(cells), [], name, Source(cells, fits),
                            Remarks(self.remarks.append), only=only, brief=brief)

    def draw(self, *arguments, **options):
        """The figure's panels as ({title: texts in the panel}); {} where none was drawn."""
        figure = self.figure(*arguments, **options)
        if figure is None:
            return {}
        figure.canvas.draw()  # where matplotlib would warn of empty panels
        found = {a.get_title(): [t.get_text() for t in a.texts] for a in figure.axes
                 if a.get_visible()}
        style.pyplot.close(figure)
        return found

    def test_seeds_behind_the_means_are_told(self):
        found = self.draw("depth", [cell(0, 2, 100), cell(1, 3, 100, learned=(20, 7) + (19,) * 6),
                                    cell(2, 2, 300), cell(3, 3, 300)])
        self.assertEqual(list(found), ["linear, $N = 100$\nmeans of 7 to 20 seeds",
                                       "linear, $N = 300$\nmeans of 20 seeds"])
        self.assertEqual(list(found.values()), [[], []])

    def test_how_often_one_pathway_wins_both_modes(self):
        def pair(a, b, same, low, high, members=300):
            return {"modes": [a, b], "members": members, "same_probability": same,
                    "same_interval": [low, high]}
        cells = [{**cell(0, 2, 100), "winner_correlations": [
                      pair(1, 2, 0.163, 0.126, 0.209), pair(1, 3, 0, 0, 0.0126, 296),
                      pair(2, 3, 1, 0.987, 1)]},
                 {**cell(1, 3, 100), "pathways": 3, "winner_correlations": [
                     pair(1, 2, 0.5, 0.2, 0.8, members=0)]}]
        found = self.draw("winners", cells)
        title, texts = next(iter(found.items()))
        self.assertTrue(title.endswith("296 to 300 seeds"), title)
        self.assertEqual(texts, [".16\n[.13, .21]", "0\n[0, .01]", "1\n[.99, 1]"])
        self.assertEqual(len(found), 2)  # with the colour bar
        self.assertEqual(self.draw("winners", cells[1:]), {})
        self.assertEqual(self.remarks[-1], f"winners: {catalogue.NEEDS['winners']}")

    def test_seeds_that_did_not_learn_are_told(self):
        cells = [{**cell(0, 2, 100), "learned_members": [20, 12] + [20] * 6},
                 {**cell(1, 3, 100), "learned_members": [20] * MODES}]
        self.draw("depth", cells)
        self.assertEqual(self.remarks, [
            "the means include seeds that learned less than 99 % of a mode (polypath analyse "
            "--learned leaves them out): 8 of 20 in cell 0 (mode 2)"])

    def test_depths_without_a_value_are_noted_in_the_panel(self):
        found = self.draw("depth", [
            cell(0, 2, 100), cell(1, 7, 100, learned=NOTHING), cell(2, 8, 100, learned=NOTHING),
            cell(3, 4, 100, learned=SOME), cell(4, 5, 100, finished=0),
            cell(5, 2, 300, learned=NOTHING), cell(6, 7, 300, learned=NOTHING)])
        self.assertEqual(found["linear, $N = 100$\nmeans of 20 seeds"],
                         ["modes 5 to 8 not learned in $D$ = 4\nno finished seed in $D$ = 5\n"
                          "nothing learned in $D$ = 7, 8"])
        self.assertEqual(found["linear, $N = 300$"], ["nothing learned in $D$ = 2, 7"])

    def test_widths_without_a_value_are_noted_in_the_panel(self):
        cells = [cell(0, 3, 100), cell(1, 3, 300), cell(2, 3, 1000, learned=NOTHING)]
        later = {"cell": 9, "x": 3000, "why": "no cell that can be read"}
        fits = [{**fit(mode, cells), "absent": [later]} for mode in (1, 2)]
        found = self.draw("width", cells, fits)
        self.assertEqual(found, {
            "linear, D = 3, $\\sigma\\sqrt{N}$ = 0.3\nmeans of 20 seeds":
                ["no cell that can be read in $N$ = 3000\nnothing learned in $N$ = 1000"]})

    def test_a_depth_without_a_panel_is_told(self):
        good = [cell(0, 3, 100), cell(1, 3, 300)]
        cells = [*good, cell(2, 7, 100), cell(3, 7, 300, finished=0)]
        self.assertEqual(len(self.draw("width", cells, [fit(1, good)])), 1)
        self.assertEqual(self.remarks, ["dominance against width has no panel for linear, D = 7: "
                                        "fewer than two of its 2 widths have a defined mean"])

    def test_shares_that_were_not_learned(self):
        found = self.draw("shares", [cell(0, 2, 100, learned=(20, 5) + (20,) * 6),
                                     cell(1, 7, 100, learned=NOTHING),
                                     cell(2, 8, 100, finished=0)])
        # no panel is empty; the title of the second row is
        self.assertEqual(found, {"$D = 2$  (20 seeds)": [], "": ["learned by 5"]})
        self.assertIn("shares: none of modes 1, 2 learned in cell 1, 2", self.remarks)

    def test_a_mode_that_nobody_has_learned_has_no_row(self):
        found = self.draw("shares", [cell(0, 2, 100, learned=(20, 0) + (20,) * 6)])
        self.assertEqual(found, {"$D = 2$  (20 seeds)": []})

    def test_a_mode_that_few_have_learned_says_how_many(self):
        found = self.draw("shares", [cell(0, 2, 100, learned=(20, 5) + (20,) * 6)])
        self.assertEqual(found, {"$D = 2$  (20 seeds)": [], "": ["learned by 5"]})

    def test_a_run_that_learned_nothing(self):
        cells = [cell(i, depth, 100, learned=NOTHING) for i, depth in enumerate((2, 7))]
        for name in ("depth", "width", "shares"):
            self.assertEqual(self.draw(name, cells, [fit(1, cells)], brief=True), {})
        self.assertEqual(len(self.remarks), 3)
        self.assertIn("no mode has been learned", self.remarks[0])

    def test_what_a_figure_needs_is_told_unless_brief(self):
        self.assertEqual(self.draw("depth", [cell(0, 2, 100)], brief=True), {})
        self.assertEqual(self.remarks, [])
        self.draw("depth", [cell(0, 2, 100)])
        self.assertEqual(len(self.remarks), 1)

    def test_the_line_of_theory_runs_forward_or_is_left_out(self):
        cells = [cell(0, 3, 100), cell(1, 3, 300)]
        x, y, label = theory_line("linear, D = 3, sigma sqrt(N) = 0.3", [fit(1, cells, mean=0.1)])
        self.assertTrue(x[0] < x[1] and y[0] > y[1] and y[0] <= 1)
        self.assertIn("slope of theory", label)
        # nothing of a line above data near 1 lies below 1, or no more than a stub at one width
        deep = [cell(0, 7, 100), cell(1, 7, 1000), cell(2, 7, 10000)]
        held = "linear, D = 7, sigma sqrt(N) = 0.3"
        self.assertIsNone(theory_line(held, [fit(1, deep, mean=0.6)]))
        self.assertIsNone(theory_line("tanh, D = 7, sigma sqrt(N) = 0.3", [fit(1, cells, mean=1)]))
        self.assertIsNone(theory_line("linear, D = 3, sigma = 0.3", [fit(1, cells, mean=0.1)]))

    def test_chosen_cells_hold_for_every_figure_of_the_ensemble(self):
        cells = [cell(i, depth, width) for i, (depth, width) in
                 enumerate((d, w) for d in (2, 3) for w in (100, 300, 1000))]
        fits = [fit(1, cells[:3], "linear, D = 2"), fit(1, cells[3:], "linear, D = 3")]
        chosen = {"only": [0, 1, 3, 4]}
        self.assertEqual(list(self.draw("depth", cells, **chosen)),
                         [f"linear, $N = {w}$\nmeans of 20 seeds" for w in (100, 300)])
        figure = self.figure("width", cells, fits, **chosen)
        self.assertEqual([len(a.get_xticks()) for a in figure.axes], [2, 2])
        legend = figure.axes[0].get_legend().get_texts()
        self.assertEqual([t.get_text() for t in legend], ["mode 1: no fit of chosen cells"])
        self.assertIn("N = 300", self.figure("shares", cells, **chosen).get_label())
        self.assertEqual(self.draw("width", cells, fits, only=[0, 3]), {})
        self.assertEqual(self.draw("depth", cells, only=[0, 1]), {})
        style.pyplot.close("all")
        whole = part_of_analysis({"cells": cells, "fits": fits}, [0, 1, 2])
        self.assertEqual(whole["fits"], [{**fits[0], "absent": []}])

    def test_bins_of_shares_span_the_data_about_equal_shares(self):
        random = np.random.default_rng(1)
        for spread in (1e-3, 0.02, 0.3):
            values = 0.5 + spread * random.uniform(-1, 1, 100)
            edges = bin_edges(values, 0.5)
            np.testing.assert_allclose(edges + edges[::-1], 1)
            self.assertTrue(edges[0] <= values.min() and values.max() <= edges[-1])
            self.assertGreater((np.histogram(values, edges)[0] > 0).sum(), 10)
        self.assertEqual(bin_edges(np.array([0.4, 0.5, 1.2]), 0.5)[[0, -1]].tolist(), [-0.05, 1.05])
        self.assertTrue((np.diff(bin_edges(np.array([]), 0.5)) > 0).all())
        self.assertTrue((np.diff(bin_edges(np.full(9, 0.5), 0.5)) > 0).all())

    def test_widths_without_a_histogram_are_told(self):
        cells = [cell(i, d, w) for i, (d, w) in enumerate((d, w) for w in (100, 300, 30)
                                                         for d in (2, 3))]
        figure = self.figure("shares", cells)
        self.assertIn("linear, N = 300 (other settings", figure.get_label())
        self.assertEqual(self.remarks, ["shares: drawn for linear, N = 300; left out: "
                                        "linear, N = 100; linear, N = 30"])
        bars = [p for p in figure.axes[0].patches if p.get_height() > 0]
        self.assertGreater(len(bars), 5)
        style.pyplot.close(figure)

    def test_shares_of_pathways_of_unequal_depths(self):
        cells = [cell(0, 2, 100), cell(1, 2, 100)]
        cells[0]["settings"]["depths"], cells[0]["swept"] = [2, 3], {}
        cells[1]["settings"]["depths"], cells[1]["swept"] = [2, 7], {}
        self.assertEqual(list(self.draw("shares", cells)),
                         ["$D = 2,\\, 3$  (20 seeds)", "$D = 2,\\, 7$  (20 seeds)", ""])

    def test_why_there_are_no_shares_is_told_even_in_a_report(self):
        self.assertEqual(self.draw("shares", [cell(0, 2, 100, finished=1)], brief=True), {})
        self.assertEqual(self.remarks, [f"shares: {catalogue.NEEDS['shares']}"])

    def test_words(self):
        self.assertEqual(numbers_text([8, 1, 2, 5, 6, 7]), "1, 2, 5 to 8")
        self.assertEqual(lack_of(cell(0, 2, 10, learned=(20,) * 7 + (0,)), [1, 8]),
                         "mode 8 not learned")
        self.assertEqual(lack_of(cell(0, 2, 10), [1, 8]), "")


if __name__ == "__main__":
    unittest.main()
