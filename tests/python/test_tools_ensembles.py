"""Figures of ensembles from what `polypath analyse` and `polypath theory` say, made up here."""
import unittest
import warnings

import h5py
import numpy as np

from tool_test import Folder

from polypath_figures import drawing, style
from polypath_figures.dominance import theory_line
from polypath_figures.families import lack_of, numbers_text
from polypath_figures.remarks import Remarks
from polypath_figures.split import (choose, columns_of, ends_first, predicted_cells,
                                    predicted_split)
from polypath_figures.theory import portrait_title

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

    def draw(self, name, cells, fits=(), brief=False):
        """The figure's panels as ({title: texts in the panel}); {} where none was drawn."""
        figure = drawing.draw(None, [], name, Source(cells, fits), Remarks(self.remarks.append),
                              brief=brief)
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
        # the titles of the second row are empty: its last panel is seen
        self.assertEqual(found, {"$D = 2$  (20 seeds)": [], "$D = 7$  (20 seeds)": ["not learned"],
                                 "$D = 8$  (0 seeds)": ["no finished seed"],
                                 "": ["no finished seed"]})

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
        # nothing of a line above data near 1 lies below 1
        self.assertIsNone(theory_line("tanh, D = 7, sigma sqrt(N) = 0.3", [fit(1, cells, mean=1)]))
        self.assertIsNone(theory_line("linear, D = 3, sigma = 0.3", [fit(1, cells, mean=0.1)]))

    def test_words(self):
        self.assertEqual(numbers_text([8, 1, 2, 5, 6, 7]), "1, 2, 5 to 8")
        self.assertEqual(lack_of(cell(0, 2, 10, learned=(20,) * 7 + (0,)), [1, 8]),
                         "mode 8 not learned")
        self.assertEqual(lack_of(cell(0, 2, 10), [1, 8]), "")


class Split(Folder):
    def theory_file(self, depths, widths, members=12, pathways=2):
        path = self.folder / "theory.h5"
        random = np.random.default_rng(1)
        with h5py.File(path, "w") as file:
            for index, (depth, width) in enumerate((d, w) for d in depths for w in widths):
                group = file.create_group(f"cells/cell-{index:05d}")
                share = random.uniform(size=(members, 1, 2))
                ends = np.concatenate([share, 1 - share], axis=1)
                group["final_K"] = group["final_K_simulated"] = ends
                group["target"], group["depth"] = [1.0, 1.0], [depth] * pathways
                group.attrs.update({"network.depth": str(depth), "network.width": str(width),
                                    "train.epochs": str(100 * depth), "gains_used": "measured"})
        return path

    def draw(self, path):
        remarks = []
        with h5py.File(path) as file:
            figure = predicted_split(file, remarks.append)
        titles = [a.get_title() for a in figure.axes if a.get_visible()]
        figure.canvas.draw()
        style.pyplot.close(figure)
        return titles, remarks

    def test_all_cells_of_a_grid_are_drawn_one_row_a_depth(self):
        titles, remarks = self.draw(self.theory_file((7, 2), (100, 1000)))
        self.assertEqual(titles, [f"$D = {d}$, $N = {w}$\n12 seeds, $r$ = 1.00"
                                  for d in (2, 7) for w in (100, 1000)])
        self.assertEqual(remarks, [])
        self.assertEqual(columns_of([{"depths": (d, d)} for d in (2, 2, 2, 7, 7, 7)]), 3)

    def test_what_is_left_out_is_named(self):
        titles, remarks = self.draw(self.theory_file((2, 3, 4, 7, 9), (100, 300, 1000, 3000, 9000)))
        self.assertEqual(len(titles), 24)
        self.assertEqual(len(remarks), 1)
        self.assertRegex(remarks[0], r"24 of 25 cells are drawn, of every depth; left out: cell 22")

    def test_cells_without_a_predicted_member(self):
        path = self.theory_file((2,), (100,), members=0)
        with h5py.File(path) as file:
            self.assertIsNone(predicted_split(file, self.fail))
        with h5py.File(self.theory_file((2, 3), (100,)), "r+") as file:
            file["cells/cell-00000/final_K_simulated"][...] = np.nan  # of an unfinished cell
            file["cells/cell-00001/final_K"][:5] = np.nan
            self.assertEqual([c["members"] for c in predicted_cells(file)], [7])

    def test_choice(self):
        cells = [{"name": f"{d} {w}", "depths": (d, d), "members": 100 - 50 * (w == 1)}
                 for d in range(2, 9) for w in range(5)]
        chosen = choose(cells, 14)
        self.assertEqual([c["name"] for c in chosen],
                         [f"{d} {w}" for d in range(2, 9) for w in (0, 4)])
        most = choose(cells, 28)
        self.assertTrue(all(c["members"] == 100 for c in most))
        self.assertEqual(len({c["depths"] for c in choose(cells, 7)}), 7)
        self.assertEqual(ends_first([1, 2, 3, 4, 5]), [1, 5, 2, 4, 3])

    def test_modes_that_were_not_learned_have_no_split(self):
        path = self.theory_file((2,), (100,))
        with h5py.File(path, "r+") as file:
            file["cells/cell-00000/final_K_simulated"][...] = 1e-3
        with h5py.File(path) as file:
            figure = predicted_split(file, self.fail)
        self.assertEqual([t.get_text() for t in figure.axes[0].texts], ["nothing learned"])
        style.pyplot.close(figure)

    def test_title_of_figure_3_says_when_the_run_has_not_two_pathways(self):
        for pathways, words in ((1, "this run has 1 pathway;"), (3, "this run has 3 pathways;")):
            with h5py.File(self.theory_file((2,), (100,), pathways=pathways)) as file:
                self.assertIn(words, portrait_title(file))
        with h5py.File(self.theory_file((2,), (100,))) as file:
            self.assertNotIn("run has", portrait_title(file))


if __name__ == "__main__":
    unittest.main()
