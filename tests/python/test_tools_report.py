"""Tests of tools/report.py on runs made by NumPy: what it says is missing, and what is not."""
import json
import re
import shutil
import stat
import unittest
from pathlib import Path
from unittest import mock

import h5py
import numpy as np

from tool_test import Folder, call

import report
from polypath_lib import statistics
from polypath_lib.messages import ToolError
from polypath_lib.statistics import error_text
from polypath_report import progress, settings
from polypath_report.page import (fit_cells, fit_seeds, group_table, learning_part, mode_table,
                                  same_winner_table)

GOOD = {"state": "finished", "fraction": 1.0, "cells_done": 2, "cells": 2,
        "updated": "2026-01-01T00:00:00Z"}


class Progress(Folder):
    def read(self, text):
        (self.folder / "progress.json").write_text(text)
        return progress.read(self.folder)

    def test_good(self):
        self.assertEqual(self.read(json.dumps(GOOD)), (GOOD, []))
        self.assertEqual(progress.read(self.folder / "none"), ({}, []))

    def test_malformed_ones_are_noted(self):
        whole = json.dumps(GOOD)
        for text, words in (
                (whole[:len(whole) // 2], "half-written"), ("", "half-written"),
                ("[" * 100000, "half-written"), ("null", "no table"), ("[1]", "no table"),
                (json.dumps({**GOOD, "cells": None}), "`cells` is not a number of cells"),
                (json.dumps({**GOOD, "cells": "2"}), "`cells` is not"),
                (json.dumps({**GOOD, "cells_done": -1}), "`cells_done` is not"),
                (json.dumps({**GOOD, "cells_done": True}), "`cells_done` is not"),
                (json.dumps({**GOOD, "fraction": float("nan")}), "`fraction` is not"),
                (json.dumps({**GOOD, "fraction": "half"}), "`fraction` is not"),
                (json.dumps({**GOOD, "state": 3}), "`state` is not a word"),
                (json.dumps({k: v for k, v in GOOD.items() if k != "fraction"}), "no `fraction`")):
            state, said = self.read(text)
            self.assertEqual((state, len(said)), ({}, 1), text[:80])
            self.assertIn(words, said[0])

    def test_bytes_that_are_no_text(self):
        (self.folder / "progress.json").write_bytes(b"\xff\xfe{")
        self.assertIn("half-written", progress.read(self.folder)[1][0])

    def test_absent_cells(self):
        self.assertEqual(progress.absent_cells(GOOD, {0: "", 1: ""}), [])
        running = {**GOOD, "state": "running"}
        self.assertIn("cell 0, 1 (not begun yet", progress.absent_cells(running, {})[0])
        self.assertEqual(progress.absent_cells({}, {}), [])
        self.assertIn("No file holds cell 1 (", progress.absent_cells(GOOD, {0: "", 7: ""})[0])
        many = progress.absent_cells({**GOOD, "cells": 10**30}, {1: ""})[0]
        self.assertRegex(many, r"cell 0, 2, 3, .*, 12 and 9+87 more \(")


class Program(Folder):
    def test_errors_come_without_notes_and_prefix(self):
        self.assertEqual(error_text("note: a\nnote: b\nerror: c\nmore\n"), "c\nmore")
        self.assertEqual(error_text("cannot start\n"), "cannot start")

    def test_error_of_a_program_that_fails(self):
        path = self.folder / "polypath"
        path.write_text("#!/bin/sh\necho 'note: x' >&2\necho 'error: no luck' >&2\nexit 65\n")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        with mock.patch.dict("os.environ", {"POLYPATH_BINARY": str(path)}):
            with self.assertRaisesRegex(ToolError, r"^no luck$") as caught:
                statistics.theory_file(self.folder, self.folder / "t.h5")
            self.assertEqual(caught.exception.code, 65)
            run = self.run_directory()
            text = page(run, self.folder)
        self.assertIn("No statistics: no luck.", text)
        self.assertIn("Figure 3 is left out: no luck.", text)
        self.assertNotIn("error:", text)

    def test_messages_do_not_name_temporary_files(self):
        said = statistics.without_path("no cell, so /t/x/theory.h5 and /t/x/theory.h5.tmp were",
                                       "/t/x/theory.h5", "a file of the theory")
        self.assertEqual(said, "no cell, so a file of the theory and a file of the theory were")
        path = self.folder / "polypath"
        path.write_text("#!/bin/sh\necho \"error: $2 $4 is bad\" >&2\nexit 65\n")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        with mock.patch.dict("os.environ", {"POLYPATH_BINARY": str(path)}):
            with self.assertRaisesRegex(ToolError, "^run a file of statistics is bad$"):
                statistics.analysis("run")


def page(run, folder):
    out = Path(folder) / "report.html"
    status, _, error = call(report, run, "-o", out)
    assert status == 0, error
    return out.read_text(encoding="utf-8")


class Pages(Folder):
    def page(self, run, analysis=None):
        """The page, with no statistics but those given (`polypath analyse` is not asked)."""
        empty = {"cells": [], "fits": []}
        with mock.patch.object(statistics, "analysis", lambda _: analysis or empty), \
             mock.patch.object(statistics, "theory_file", self.no_theory):
            return page(run, self.folder)

    def no_theory(self, *_):
        raise ToolError("the theory was asked for")

    def missing(self, text):
        found = re.search(r'class="missing">.*?</div>', text, re.S)
        return found.group(0) if found else ""

    def test_of_a_half_written_progress(self):
        run = self.run_directory()
        (run / "progress.json").write_text(json.dumps(GOOD)[:20])
        text = self.page(run)
        self.assertIn("progress.json cannot be used (it is not valid JSON", self.missing(text))
        self.assertEqual(text.count("<img "), 7)

    def test_planned_cells_are_missed_without_progress(self):
        said = {"cells": [], "fits": [], "coverage": {
            "cells": 2, "cells_planned": 3, "missing": ["cell 2 (no file)"]}}
        words = "2 of 3 planned cells are in the statistics; missing: cell 2 (no file)."
        self.assertEqual(progress.uncovered({}, said), [words])
        self.assertEqual(progress.uncovered(GOOD, said), [])
        self.assertEqual(progress.uncovered({}, None), [])
        self.assertIn(words, self.missing(self.page(self.run_directory(), said)))

    def test_tables_of_a_cell(self):
        def said(name, mean, group=None, pathway=None, order=None):
            return {"quantity": name, "mode": None, "group": group, "pathway": pathway,
                    "order": order, "members": 20, "mean": mean, "mean_interval": [mean / 2, 1]}
        pair = {"members": 20, "same_probability": 0.163, "same_interval": [0.126, 0.209]}
        cell = {"target": [4.0, 2.0, 2.0], "mode_group": [0, 1, 1], "pathways": 3, "finished": 20,
                "learned_members": [20, 17, 20], "winners": [],
                "winner_correlations": [{**pair, "modes": [1, 2], "members": 17},
                                        {**pair, "modes": [1, 3]}, {**pair, "modes": [2, 3]}],
                "quantities": [said("group_split", 0.905, 1), said("group_dominance", 0.27, 1),
                               said("group_direction_share", 0.995, 1, 0, 1),
                               said("group_direction_share", 0.03, 1, 0, 2),
                               said("group_direction_share", 0.5, 1, 1, 1)]}
        row = next(r for r in mode_table(cell).splitlines() if "<td>2</td><td>1</td>" in r)
        self.assertIn("<td>17</td>", row)
        self.assertIn("less than 99 % was learned by 3 in mode 2.", learning_part(cell))
        self.assertEqual(learning_part({**cell, "learned_members": [20] * 3}), "")
        groups = group_table(cell)
        self.assertIn("0.905 [0.453, 1]", groups)
        self.assertIn("0.995 [0.497, 1]; 0.03 [0.015, 1]<", groups)
        winners = same_winner_table(cell)
        self.assertIn("of 17 to 20 members that learned both; within a group", winners)
        self.assertEqual(winners.count("0.163 [0.126, 0.209]"), 3)
        self.assertEqual(same_winner_table({**cell, "winner_correlations": []}), "")

    def test_seeds_and_absent_cells_of_a_fit(self):
        fit = {"cells": [0, 1], "members": [20, 7],
               "absent": [{"cell": 2, "x": 9, "why": "nothing learned"}]}
        self.assertEqual((fit_seeds(fit), fit_cells(fit)),
                         ("7 to 20", "0, 1; without 2 (nothing learned)"))
        self.assertEqual(fit_seeds({**fit, "members": [20, 20]}), "20")

    def test_of_a_run_with_nonlinear_units(self):
        for activation in ("tanh", "relu"):
            run = self.run_directory(activation, activation=activation)
            (run / "progress.json").write_text(json.dumps(GOOD))
            finished = {"cells": [{"finished": 1, "pathways": 1, "cell": 0, "members": 1,
                                   "swept": {}, "target": [], "mode_group": [],
                                   "settings": None}], "fits": []}
            text = self.page(run, finished)
            self.assertEqual(self.missing(text), "")
            self.assertIn("Complete: every cell and member finished.", text)
            self.assertIn(f"linear pathways only; this run has {activation} units", text)
            self.assertIn("left out", text)

    def test_of_a_linear_run_without_theory(self):
        text = self.page(self.run_directory())
        self.assertIn("Figure 3 is left out: the theory was asked for.", self.missing(text))

    def test_of_a_running_cell_without_records(self):
        run = self.run_directory(unfinished=(1,), depths=(2, 3))
        with_records = self.missing(self.page(run))
        self.assertIn("Cell 1 is not finished: recorded up to epoch 20.", with_records)
        with h5py.File(run / "cells/cell-00001.h5.part", "r+") as file:
            file["loss"][...] = np.nan
        self.assertIn("Cell 1 is not finished: nothing is recorded yet.",
                      self.missing(self.page(run)))

    def test_without_settings_no_new_run_is_advised(self):
        for state in ({"state": "interrupted"}, {"state": "running"}):
            run = self.run_directory(state["state"])
            (run / "cells/cell-00001.h5").unlink()
            (run / "progress.json").write_text(json.dumps({**GOOD, **state, "cells_done": 1}))
            self.assertIn("`polypath run`", self.missing(self.page(run)))
            for damage in (lambda p: p.write_text("[data\n"), lambda p: p.write_bytes(b"\xff\xfe"),
                           lambda p: p.unlink()):
                damage(run / "resolved.toml")
                missing = self.missing(self.page(run))
                self.assertNotIn("polypath run", missing)
                self.assertIn("Put resolved.toml back", missing)
                self.assertIn("No file holds cell 1", missing)

    def test_seeds_are_said_to_be_shared(self):
        finished = {"cells": [{"finished": 1, "pathways": 1, "cell": 0, "members": 1, "swept": {},
                               "target": [], "mode_group": [], "settings": None}], "fits": []}
        self.assertIn("Seeds are shared between the cells of a sweep",
                      self.page(self.run_directory(), finished))

    def test_remarks_are_passed_on(self):
        run = self.run_directory(pathways=1, depths=(2,))
        finished = {"cells": [{"finished": 1, "pathways": 1, "cell": 0, "members": 1, "swept": {},
                               "target": [], "mode_group": [], "settings": None}], "fits": []}
        text = self.page(run, finished)
        self.assertIn("shares: needs two or more finished seeds", text)
        self.assertIn("Seeds of the same settings. There is one pathway", text)

    def test_where_no_cell_has_begun(self):
        run = self.run_directory()
        shutil.rmtree(run / "cells")
        (run / "resolved.toml").write_text(
            '[sweep]\nseeds = 5\n"network.depth, train.epochs" = [[2, 9], [3, 9], [4, 9]]\n'
            '"network.width" = [10, 20]\n')
        self.assertIn("plans 6 cells of 5 members each (30 members in all)",
                      self.missing(self.page(run)))
        self.assertEqual(settings.planned({"sweep": {"seeds": 5}}), (1, 5))
        for unclear in ({}, None, {"sweep": {"seeds": 5, "network.width": {"from": 1}}}):
            self.assertIsNone(settings.planned(unclear))
        self.assertIn("counts 2 cells", settings.plan_text({}, GOOD))
        self.assertIn("not known", settings.plan_text({}, {}))

    def test_what_the_run_holds_is_not_overwritten(self):
        run = self.run_directory()
        (run / "config.toml").write_text("")
        (run / "progress.json").write_text(json.dumps(GOOD))
        (run / ".lock").write_text("")
        theory = self.folder / "theory.h5"
        theory.write_text("theory")
        (self.folder / "link").symlink_to(run / "resolved.toml")
        (self.folder / "hard").hardlink_to(run / "cells/cell-00000.h5")
        for output in (theory, run / "resolved.toml", run / "config.toml", run / "index.h5",
                       run / "progress.json", run / ".lock", run / "cells/cell-00001.h5",
                       run / "cells/../index.h5", self.folder / "link", self.folder / "hard"):
            before = output.read_bytes()
            status, _, error = call(report, run, "-o", output, "--theory", theory)
            self.assertEqual((status, "choose another name" in error), (73, True), error)
            self.assertEqual(output.read_bytes(), before)
        self.assertEqual(call(report, run, "-o", run / "cells/new.html")[0], 73)
        self.assertFalse((run / "cells/new.html").exists())

    def test_of_an_empty_run(self):
        run = self.run_directory()
        for path in (run / "cells").iterdir():
            path.unlink()
        (run / "progress.json").write_text(json.dumps({**GOOD, "state": "interrupted",
                                                       "cells_done": 0, "fraction": 0}))
        missing = self.missing(self.page(run))
        for words in ("No cell has been recorded yet", "ended as interrupted with 0 of 2",
                      "No file holds cell 0, 1"):
            self.assertIn(words, missing)


if __name__ == "__main__":
    unittest.main()
