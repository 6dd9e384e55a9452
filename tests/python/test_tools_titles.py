"""Titles of figures of runs with many swept settings: short, and clear of each other."""
import json
import unittest

import h5py

from tool_test import Folder

from polypath_figures import drawing, panels, style
from polypath_figures.swept import drawn_length, identifying, parts_of, wrap

# As in configs/symmetry_breaking.toml.
DEPTHS = [(2, 300, 1, 1e-3), (3, 600, 2, 1e-3), (4, 1200, 5, 1e-3), (7, 8000, 20, 1e-2)]
WIDTHS = [(100, 0.0316), (300, 0.01826), (10000, 0.00316)]


def swept_of(depth, width):
    keys = ("network.depth", "train.epochs", "record.every", "init.tolerance", "network.width",
            "init.sigma")
    return dict(zip(keys, (*depth, *width)))


class Swept(unittest.TestCase):
    def test_what_moves_along_with_the_depth_is_not_told(self):
        swepts = [swept_of(d, w) for d in DEPTHS for w in WIDTHS]
        self.assertEqual(identifying(swepts), ["network.depth", "network.width", "init.sigma"])

    def test_bookkeeping_swept_by_itself_is_told(self):
        swepts = [{"train.learning_rate": r, "init.tolerance": t, "record.every": 5}
                  for r in (0.01, 0.1) for t in (1e-2, 1e-3)]
        self.assertEqual(identifying(swepts), ["train.learning_rate", "init.tolerance"])
        together = [{"train.epochs": 10, "train.learning_rate": 0.1},
                    {"train.epochs": 20, "train.learning_rate": 0.2}]
        self.assertEqual(len(identifying(together)), 1)

    def test_words(self):
        swept = {"network.activation": "tanh", "init.sigma": 0.01, "network.width": 1000,
                 "network.depth": 3, "train.learning_rate": 0.5, "network.pathways": 4}
        self.assertEqual(parts_of(swept), ["$D = 3$", "$N = 1000$", r"$\sigma = 0.01$", "tanh",
                                           "4 pathways", "learning rate = 0.5"])
        self.assertEqual(parts_of({"network.width": [3, 4], "data.file": "a$b$.h5"}),
                         ["width = [3, 4]", r"file = a\$b\$.h5"])

    def test_wrapping_cuts_between_parts(self):
        text = wrap(["aaaa", "", "bbbb", "cccc", "d" * 20], 12)
        self.assertEqual(text, "aaaa, bbbb,\ncccc,\n" + "d" * 20)
        self.assertEqual(drawn_length(r"$\sigma = 1$"), 5)


class Drawn(Folder):
    def run_with(self, swepts):
        run = self.run_directory(depths=(2, 3, 4, 7))
        for index, swept in enumerate(swepts):
            with h5py.File(run / f"cells/cell-{index:05d}.h5", "r+") as file:
                file.attrs["swept"] = json.dumps(swept)
        return run

    def assert_apart(self, figure):
        """No two texts of the figure itself overlap, and none leaves it."""
        figure.canvas.draw()
        boxes = [t.get_window_extent() for t in figure.texts if t.get_text()]
        for i, one in enumerate(boxes):
            self.assertGreaterEqual(one.x0, 0, figure.texts[i].get_text())
            self.assertLessEqual(one.x1, figure.bbox.x1, figure.texts[i].get_text())
            for other in boxes[i + 1:]:
                self.assertFalse(one.overlaps(other))
        axes = [a.get_tightbbox(figure.canvas.get_renderer()) for a in figure.axes
                if a.name != "3d"]  # the boxes of 3-D axes are larger than what is drawn in them
        for box in boxes:
            self.assertFalse(any(box.overlaps(a) for a in axes))
        style.pyplot.close(figure)

    def figures_of(self, swepts):
        run = panels.Run(self.run_with(swepts), self.fail)
        cells = run.describe()
        drawn = {name: drawing.draw(run, cells, name, None, self.fail)
                 for name in ("4", "5", "6", "heatmaps")}
        return drawn

    def test_of_symmetry_breaking(self):
        drawn = self.figures_of([swept_of(d, WIDTHS[1]) for d in DEPTHS])
        texts = [t.get_text() for t in drawn["5"].texts]
        self.assertIn(r"$D = 2$", texts[0])
        self.assertNotIn("every", "".join(texts))
        for figure in drawn.values():
            self.assert_apart(figure)

    def test_of_many_settings_of_long_names(self):
        swepts = [{**swept_of(d, w), "network.activation": "linear", "init.method": "gaussian",
                   "init.scheme": "orthogonal", "data.branching": 3 + i, "data.levels": 4 + i,
                   "train.learning_rate": 0.0123 * (i + 1)}
                  for i, (d, w) in enumerate(zip(DEPTHS, [*WIDTHS, WIDTHS[0]]))]
        for figure in self.figures_of(swepts).values():
            self.assertIn("branching", "".join(t.get_text() for t in figure.texts))
            self.assert_apart(figure)


if __name__ == "__main__":
    unittest.main()
