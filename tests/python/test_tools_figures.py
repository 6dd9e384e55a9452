"""Tests of tools/figures.py on runs made by NumPy: what is drawn, what is said."""
import shutil
import unittest

import h5py
import numpy as np

from tool_test import Folder, call

import figures
import polypath
from polypath_figures import courses, panels, winners


class Figures(Folder):
    def draw(self, run, *arguments):
        return call(figures, run, "-o", self.folder / "figures", *arguments)

    def check(self, *names, colour=0.003):
        """`colour`: the least part of the picture that is not grey."""
        from matplotlib import image
        there = sorted(p.name for p in (self.folder / "figures").iterdir())
        self.assertEqual(there, sorted(f"{n}.{kind}" for n in names for kind in ("png", "pdf")))
        for name in names:
            pixels = image.imread(self.folder / "figures" / f"{name}.png")[..., :3]
            self.assertGreater(pixels.std(), 0.05, name)
            self.assertGreater((pixels.max(axis=2) - pixels.min(axis=2) > 0.3).mean(), colour, name)
            # nothing is cut: the outermost pixels are the white margin
            for edge in (pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]):
                self.assertTrue((edge == 1).all(), name)
            pdf = (self.folder / "figures" / f"{name}.pdf").read_bytes()
            self.assertTrue(pdf.startswith(b"%PDF") and b"/FontFile2" in pdf, name)

    def test_all_that_a_linear_run_holds(self):
        status, out, error = self.draw(self.run_directory())
        self.assertEqual((status, error, out.count("\n")), (0, "", 6))
        self.check("figure4_first_epochs", "figure5_linear", "figure6_seeds")

    def test_relu_three_pathways_one_depth(self):
        run = self.run_directory(activation="relu", pathways=3, depths=(3,), seeds=1)
        self.assertEqual(self.draw(run)[0], 0)
        self.check("figure4_first_epochs", "figure7_relu")

    def test_tanh_one_pathway(self):
        run = self.run_directory(activation="tanh", pathways=1, swept=False, depths=(2,))
        self.assertEqual(self.draw(run, "--figure", "8", "--seed", "2")[0], 0)
        self.check("figure8_tanh")

    def test_courses_of_the_seeds(self):
        run = self.run_directory(depths=(2, 3), seeds=3, epochs=120, diverged=[(1, 0)])
        for name, file in (("loss", "loss"), ("mean", "mean_k"), ("course", "dominance_over_time")):
            status, _, error = self.draw(run, "--figure", name)
            self.assertEqual((status, error), (0, ""))
            self.check(file, colour=0 if name == "loss" else 0.003)
            shutil.rmtree(self.folder / "figures")

    def course(self, draw, run):
        """The axes of a figure of `courses`, by their titles."""
        cells = panels.Run(run, self.fail)
        figure = draw(cells, cells.describe(), self.fail)
        found = {a.get_title(): a for a in figure.axes if a.get_title()}
        figure.canvas.draw()
        courses.style.pyplot.close(figure)
        return found

    def test_the_mean_and_band_of_k_are_those_of_the_finished_members(self):
        run = self.run_directory(depths=(2,), seeds=5, diverged=[(0, 4)])
        (title, axes), = self.course(courses.mean_k, run).items()
        self.assertIn("4 seeds: mean, 5 to 95 %", title)
        k = polypath.diagonal(polypath.open_cell(run, 0))[:4, :, 0, 0]
        np.testing.assert_allclose(axes.lines[0].get_ydata(), k.mean(axis=0))
        outline = axes.collections[0].get_paths()[0].vertices[:, 1]
        low, high = np.quantile(k, (0.05, 0.95), axis=0)
        self.assertAlmostEqual(outline.min(), low.min())
        self.assertAlmostEqual(outline.max(), high.max())

    def test_dominance_over_time_begins_where_half_of_the_seeds_have_a_share(self):
        run = self.run_directory(depths=(2,), seeds=3, epochs=120, swept=False)
        (title, axes), = self.course(courses.dominance_over_time, run).items()
        cell = polypath.open_cell(run, 0)
        values = polypath.dominance(polypath.diagonal(cell), polypath.target_diagonal(cell))[..., 0]
        known = np.isfinite(values).sum(axis=0) >= 2
        self.assertTrue(0 < known.sum() < len(known))
        np.testing.assert_array_equal(axes.lines[0].get_xdata(), cell["epoch"].values[known])
        np.testing.assert_allclose(axes.lines[0].get_ydata(),
                                   np.nanmean(values[:, known], axis=0))

    def test_losses_have_labelled_ticks_and_one_seed_is_singular(self):
        run = self.run_directory(depths=(2,), seeds=1, epochs=8)  # far less than a decade
        (title, axes), = self.course(courses.losses, run).items()
        self.assertTrue(title.endswith("\n1 seed"), title)
        shown = [t.get_text() for t, place in zip(axes.get_yticklabels(), axes.get_yticks())
                 if axes.get_ylim()[0] <= place <= axes.get_ylim()[1]]
        self.assertGreater(len(shown), 1)
        self.assertNotIn("", shown)

    def test_chosen_modes_alone_are_drawn(self):
        run = self.run_directory(depths=(2,), seeds=2, epochs=120)
        chosen = panels.Run(run, self.fail, [2, 5])
        panel = chosen.panel(0)
        self.assertEqual(panel.modes.tolist(), [2, 5])
        whole = panels.Run(run, self.fail).panel(0)
        np.testing.assert_array_equal(panel.k, whole.k[..., [1, 4]])
        np.testing.assert_array_equal(panel.matrices, whole.matrices[..., [1, 4], :][..., [1, 4]])
        figure = courses.mean_k(chosen, chosen.describe(), self.fail)
        self.assertEqual([t.get_text() for a in figure.axes if a.get_legend()
                          for t in a.get_legend().get_texts()], ["mode 2", "mode 5"])
        courses.style.pyplot.close(figure)
        for arguments, code in ((("--modes", "1,3"), 0), (("--modes", "0"), 64),
                                (("--modes", "9"), 65)):
            status, _, error = self.draw(run, "--figure", "5", *arguments)
            self.assertEqual(status, code, error)

    def test_diagonal_only(self):
        run = self.run_directory(diagonal=True)
        status, _, error = self.draw(run, "--figure", "5")
        self.assertEqual((status, "only K_diagonal was recorded" in error), (0, True))
        self.check("figure5_linear")

    def test_unfinished_and_diverged(self):
        run = self.run_directory(unfinished=(1,), diverged=[(0, 0)])
        status, _, error = self.draw(run, "--figure", "5")
        self.assertEqual((status, "not finished, drawn up to epoch 20" in error), (0, True))
        self.check("figure5_linear")

    def test_a_running_cell_whose_first_member_has_not_begun(self):
        run = self.run_directory(unfinished=(0,), depths=(2,), seeds=3)
        status, _, error = self.draw(run, "--figure", "5")
        self.assertEqual((status, "seed 2: not finished, drawn up to epoch 20" in error), (0, True))
        self.check("figure5_linear")
        self.assertEqual(self.draw(run, "--figure", "5", "--seed", "1")[0], 65)

    def test_nothing_finite(self):
        run = self.run_directory(depths=(2,), seeds=1)
        with h5py.File(run / "cells/cell-00000.h5", "r+") as file:
            file["K"][...] = np.nan
        status, _, error = self.draw(run)
        self.assertEqual((status, "no finite record" in error), (65, True))

    def winners_are(self, *pathways, learned=True):
        """A run of one cell whose member i ends with mode 1 in pathways[i]; status 1 where None."""
        run = self.run_directory(depths=(2,), seeds=len(pathways))
        with h5py.File(run / "cells/cell-00000.h5", "r+") as file:
            for member, pathway in enumerate(pathways):
                file["K"][member, -1, :, 0, 0] = 0.0
                file["K"][member, -1, pathway or 0, 0, 0] = 3.0 if learned else 1e-3
                file["status"][member] = int(pathway is None)
        return panels.Run(run, self.fail).dataset(0)

    def test_two_seeds_whose_winners_differ(self):
        dataset = self.winners_are(None, 1, 1, 0, 1)
        self.assertEqual(winners.pair_of(dataset), [2, 4])
        title, caption = winners.words(dataset, [2, 4])
        self.assertIn("different winners", title)
        self.assertIn("pathway 1 with seed 2, pathway 0 with seed 4", caption)
        self.assertNotIn("different winners", winners.words(dataset, [2, 3])[0])
        self.assertNotIn("chance", winners.words(dataset, [1, 4])[1])

    def test_two_seeds_where_none_differ_are_told_neutrally(self):
        for pathways, learned, pair, words in (((None, 1, 1), True, [2, 3], "In all 2 finished"),
                                               ((0, 1), False, [1, 2], "not been learned")):
            with self.subTest(words):
                dataset = self.winners_are(*pathways, learned=learned)
                self.assertEqual(winners.pair_of(dataset), pair)
                title, caption = winners.words(dataset, pair)
                self.assertEqual(title, "Different initial weights")
                self.assertIn(words, caption)
            shutil.rmtree(self.folder / "run")

    def test_outputs_do_not_touch_the_run_or_the_theory(self):
        run = self.run_directory(depths=(2,))
        theory = self.folder / "figure5_linear.png"
        theory.write_text("theory")
        for arguments in ((run, "-o", run / "cells"), (run, "-o", run / "cells/new"),
                          (run, "-o", self.folder, "--theory", theory)):
            status, _, error = call(figures, *arguments)
            self.assertEqual((status, "choose another name" in error), (73, True), error)
        self.assertEqual(theory.read_text(), "theory")
        self.assertEqual(len(list((run / "cells").iterdir())), 1)

    def test_a_run_without_a_cell_yet(self):
        run = self.run_directory(depths=(2,))
        shutil.rmtree(run / "cells")
        status, _, error = self.draw(run)
        self.assertEqual((status, "there is no cell in it yet" in error), (66, True), error)

    def test_chosen_cells_that_are_not_there_are_told(self):
        run = self.run_directory(depths=(2, 3))
        _, out, error = self.draw(run, "--figure", "4", "--cells", "1,7")
        self.assertIn("--cells: no cell 7", error)
        self.assertIn("figure4", out)

    def test_errors(self):
        run = self.run_directory(every=40)
        for code, words, *arguments in (
                (65, "needs network.activation = \"relu\"", "--figure", "7"),
                (65, r"needs records within the first 10 epochs", "--figure", "4"),
                (65, "no seed 9", "--figure", "5", "--seed", "9"),
                (65, "no cell to draw", "--cells", "5"),
                (64, "invalid choice", "--figure", "9")):
            status, _, error = self.draw(run, *arguments)
            self.assertEqual(status, code, error)
            self.assertRegex(error, words)
        self.assertEqual(self.draw(self.folder / "none")[0], 66)
        (self.folder / "file").write_text("")
        self.assertEqual(call(figures, run, "-o", self.folder / "file")[0], 73)

    def test_a_remark_is_made_once_a_call_and_again_in_the_next(self):
        run = self.run_directory(diagonal=True, depths=(2,), seeds=1)
        for _ in range(2):
            _, _, error = self.draw(run)
            self.assertEqual(error.count("cell 0: only K_diagonal was recorded"), 1, error)

    def test_figures_of_linear_pathways_are_left_out_of_a_tanh_run_with_a_reason(self):
        run = self.run_directory(activation="tanh", depths=(2,), seeds=1)
        _, out, error = self.draw(run, "--figure", "all")
        self.assertRegex(error, r"linear pathways only; this run has tanh units")
        self.assertNotIn("phase_portraits", out)
        self.assertNotIn("error:", error)


if __name__ == "__main__":
    unittest.main()
