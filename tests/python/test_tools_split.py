"""The predicted split and phase portraits from files of `polypath theory`, made up here."""
import unittest

import h5py
import numpy as np

from tool_test import Folder

from polypath_figures import catalogue, style
from polypath_figures.split import (choose, columns_of, ends_first, predicted_cells,
                                    predicted_split)
from polypath_figures.theory import phase_portraits, portrait_title


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
            said = []
            self.assertIsNone(predicted_split(file, said.append))
            self.assertEqual(said, [f"split: {catalogue.NEEDS['split']}"])
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
        said = []
        with h5py.File(path) as file:
            self.assertIsNone(predicted_split(file, said.append))
        self.assertEqual(len(said), 1)
        self.assertIn("cell 0 left out: no mode that both", said[0])
        path = self.theory_file((2, 3), (100,))
        with h5py.File(path, "r+") as file:
            file["cells/cell-00001/final_K_simulated"][...] = 1e-3
        titles, said = self.draw(path)
        self.assertEqual((len(titles), len(said)), (1, 1))
        self.assertIn("cell 1 left out", said[0])

    def test_chosen_cells(self):
        path = self.theory_file((2, 3), (100, 300))
        with h5py.File(path) as file:
            self.assertEqual([c["name"] for c in predicted_cells(file, [1, 2])],
                             ["cell-00001", "cell-00002"])

    def test_a_file_without_predictions_is_named(self):
        path = self.theory_file((2,), (100,))
        with h5py.File(path, "r+") as file:
            del file["cells/cell-00000/final_K"]
            said = []
            self.assertIsNone(predicted_split(file, said.append, None, "own.h5"))
        self.assertEqual(len(said), 1)
        self.assertIn("own.h5 holds no predictions of members: it was made from a config", said[0])

    def test_three_pathways_have_no_split(self):
        with h5py.File(self.theory_file((2,), (100,), pathways=3), "r+") as file:
            del file["cells/cell-00000/final_K"]
            said = []
            self.assertIsNone(predicted_split(file, said.append))
        self.assertEqual(said, ["split: needs two pathways; this run has 3"])

    def test_gains_that_are_not_needed_are_not_told(self):
        for kind, there in (("unneeded: at depth 1", False), ("measured: each", True)):
            with h5py.File(self.theory_file((1,), (100,)), "r+") as file:
                file["cells/cell-00000"].attrs["gains_used"] = kind
                figure = predicted_split(file, self.fail)
            label = figure._supxlabel.get_text()
            self.assertEqual(("gains" in label, "of all modes" in label), (there, True))
            self.assertNotIn("unneeded", label)
            style.pyplot.close(figure)

    def test_title_of_figure_3_says_when_the_run_has_not_two_pathways(self):
        for pathways, words in ((1, "this run has 1 pathway;"), (3, "this run has 3 pathways;")):
            with h5py.File(self.theory_file((2,), (100,), pathways=pathways)) as file:
                self.assertIn(words, portrait_title(file))
        with h5py.File(self.theory_file((2,), (100,))) as file:
            self.assertNotIn("run has", portrait_title(file))

    def portraits_of(self, depths, gains):
        """A theory file of one cell of two pathways, with a portrait of each depth and gain."""
        path = self.theory_file((2,), (100,))
        kinds = sorted(set(zip(depths, gains)))
        with h5py.File(path, "r+") as file:
            cell = file["cells/cell-00000"]
            cell["depth"][...] = depths
            cell["gain"] = np.array(gains)
            count, grid = len(kinds), np.linspace(0, 1.1, 4)
            shapes = {"depth": [k[0] for k in kinds], "gain": [k[1] for k in kinds],
                      "S": np.ones(count), "spread": np.full(count, 0.1),
                      "grid": np.tile(grid, (count, 1)), "field": np.ones((count, 4, 4, 2)),
                      "K": np.full((count, 3, 5, 2), 0.5)}
            for name, values in shapes.items():
                file[f"portrait/{name}"] = values
        return path

    def test_portraits_of_unequal_pathways_say_what_they_show(self):
        for depths, gains, words in (((2, 3), (0.3, 0.3), "differ in depth;"),
                                     ((3, 3), (0.3, 0.6), "differ in gain;"),
                                     ((2, 3), (0.3, 0.6), "differ in depth and gain;"),
                                     ((1, 3), (1.0, 0.3), "differ in depth;"),
                                     ((3, 3), (0.3, 0.3), "")):
            said = []
            with h5py.File(self.portraits_of(depths, gains)) as file:
                figure = phase_portraits(file, said.append)
                title = figure._suptitle.get_text().replace("\n", " ")
                self.assertIn(words, title)
                self.assertEqual("two equal pathways" in title, bool(words))
                self.assertEqual([words[:-1] in s for s in said], [True] * bool(words))
                self.assertEqual("two equal pathways" in figure.get_label(), bool(words))
                self.assertIsNone(phase_portraits(file, said.append, only=[5]))
            style.pyplot.close(figure)


if __name__ == "__main__":
    unittest.main()
