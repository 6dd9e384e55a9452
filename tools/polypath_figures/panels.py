"""What to draw: picks members out of an output directory and says what cannot be drawn."""
import dataclasses
import tomllib

import numpy

from polypath_lib.messages import NO_INPUT, ToolError
from polypath_lib.reading import (attributes, cell_files, open_cell, open_cell_h5,
                                  swept_values)
from polypath_lib.measures import diagonal, share, target_diagonal

from .swept import identifying, parts_of


def title_parts(cell, depths, swept):
    """Depth and other swept settings; the cell's number where there are none."""
    hidden = ("network.depth", "network.pathway", "network.activation")
    told = depths[:1] if len(set(depths)) == 1 else depths
    depth = ["$D = " + ",\\, ".join(map(str, told)) + "$"] if max(depths) else []
    return [*depth, *parts_of(swept, without=hidden)] or [f"cell {cell}"]


@dataclasses.dataclass
class Panel:
    """One member of one cell, ready to draw. K is in units of the target."""

    cell: int
    seed: int
    depths: tuple       # weight matrices of each pathway
    activation: str
    swept: dict         # the swept settings that tell this cell from the others
    epoch: numpy.ndarray     # (record)
    k: numpy.ndarray         # (record, pathway, mode), the diagonal of K_a
    matrices: numpy.ndarray  # (record, pathway, mode, mode_in); off-diagonal NaN if not recorded
    full: bool               # False: only the diagonal was recorded
    target: numpy.ndarray    # (mode)
    note: str                # "" or why the trajectory is not a finished one
    modes: numpy.ndarray     # (mode), their numbers, from 1

    @property
    def depth(self):
        return max(self.depths)

    def title_parts(self):
        return title_parts(self.cell, self.depths, self.swept)

    def last(self):
        """Index of the last record with finite K, or None."""
        known = numpy.flatnonzero(numpy.isfinite(self.k).all(axis=(1, 2)))
        return int(known[-1]) if len(known) else None


def load_configuration(dataset):
    try:
        return tomllib.loads(dataset.attrs.get("resolved_config", ""))
    except tomllib.TOMLDecodeError:
        return {}


def network_of(dataset, swept):
    """(depths of the pathways, activation) from the cell's swept values and resolved settings."""
    network = dict(load_configuration(dataset).get("network", {}))
    for key, value in swept.items():
        if key.startswith("network."):
            network[key.removeprefix("network.")] = value
    pathways = dataset.sizes["pathway"]
    table = network.get("pathway")
    if isinstance(table, list) and len(table) == pathways and "network.depth" not in swept:
        depths = tuple(len(p.get("hidden", ())) + 1 for p in table)
    else:
        depths = (int(network.get("depth", 0)),) * pathways
    return depths, network.get("activation", "linear")


def note_of(dataset, member, known_epochs):
    """Why a member's trajectory is not a whole one; `known_epochs`: those of its finite records."""
    status = int(dataset["status"].values[member]) if "status" in dataset else 0
    if status == 1:
        return f"diverged at epoch {int(dataset['stopped_epoch'].values[member])}"
    if status == 2:
        return f"unfinished: epoch {int(known_epochs[-1])}" if len(known_epochs) else "unfinished"
    return ""


def make_panel(dataset, index, member, keys):
    """`keys`: the swept settings to tell of the cell."""
    swept = dataset.attrs["swept"]
    depths, activation = network_of(dataset, swept)
    k = diagonal(dataset)[member]
    full = "K" in dataset
    if full:
        dims = ("member", "epoch", "pathway", "mode", "mode_in")
        matrices = dataset["K"].transpose(*dims).values[member]
    else:
        matrices = numpy.full(k.shape + k.shape[-1:], numpy.nan)
        modes = numpy.arange(k.shape[-1])
        matrices[..., modes, modes] = k
    epoch = dataset["epoch"].values
    known_epochs = epoch[numpy.isfinite(k).all(axis=(1, 2))]
    return Panel(index, int(dataset["seed"].values[member]), depths, activation,
                 {key: value for key, value in swept.items() if key in keys}, epoch, k, matrices,
                 full, target_diagonal(dataset), note_of(dataset, member, known_epochs),
                 dataset["mode"].values)


def first_member(dataset):
    """The first member with a finite record; members of a running cell start one after another."""
    name = "K" if "K" in dataset else "K_diagonal"
    begun = numpy.isfinite(dataset[name].transpose("member", ...).values)
    return int(begun.reshape(len(begun), -1).any(axis=1).argmax())


class Run:
    """The cells of a directory, opened one at a time; `say` prints what cannot be drawn."""

    def __init__(self, directory, say, modes=None):
        """`modes`: numbers of the modes to draw (None: all)."""
        self.directory, self.say, self.modes = directory, say, modes
        self.files = cell_files(directory)
        if not self.files:
            raise ToolError(f"{directory}: there is no cell in it yet; wait for the run's first "
                            "records", NO_INPUT)
        self.cache, self.keys = {}, None

    def dataset(self, index):
        if index not in self.cache:
            with_k = open_cell(self.directory, index)
            if "K" not in with_k and "K_diagonal" not in with_k:
                raise ToolError(f"{self.files[index]}: has neither `K` nor `K_diagonal`")
            self.cache = {index: self.with_modes(with_k)}  # one cell in memory at a time
        return self.cache[index]

    def with_modes(self, dataset):
        """The dataset with the chosen modes alone."""
        if self.modes is None:
            return dataset
        kept = [mode for mode in self.modes if mode in dataset["mode"].values]
        if not kept:
            raise ToolError(f"{dataset.attrs['path']}: has modes 1 to {dataset.sizes['mode']}, "
                            f"none of --modes {','.join(map(str, self.modes))}")
        return dataset.sel(mode=kept, mode_in=kept)

    def title_parts(self, index):
        """What tells a cell from the others, as the titles of its panels."""
        swept = self.dataset(index).attrs["swept"]
        return title_parts(index, network_of(self.dataset(index), swept)[0],
                           {key: value for key, value in swept.items() if key in self.swept_keys()})

    def swept_keys(self):
        """The swept settings that tell the cells apart; cells that cannot be read have no say."""
        if self.keys is None:
            swepts = []
            for index in self.files:
                try:
                    with open_cell_h5(self.directory, index) as file:
                        swepts.append(swept_values(attributes(file)))
                except ToolError:
                    continue
            self.keys = identifying(swepts)
        return self.keys

    def seeds(self, index):
        return [int(s) for s in self.dataset(index)["seed"].values]

    def final_shares(self, index):
        """{mode: (member, pathway)}: the finished members' shares in the end; NaN where a mode was
        not learned."""
        dataset = self.dataset(index)
        finished = dataset["status"].values == 0
        if not finished.any() or dataset.sizes["epoch"] == 0:
            return {int(mode): numpy.empty((0, dataset.sizes["pathway"]))
                    for mode in dataset["mode"].values}
        parts = share(diagonal(dataset)[finished, -1], target_diagonal(dataset))
        return {int(mode): parts[..., i] for i, mode in enumerate(dataset["mode"].values)}

    def panel(self, index, seed=None):
        """The member with this seed (None: the first) or None, with a word said, if it has none."""
        dataset = self.dataset(index)
        seeds = self.seeds(index)
        if seed is not None and seed not in seeds:
            self.say(f"cell {index}: no seed {seed} (it has {seeds[0]} to {seeds[-1]})")
            return None
        if dataset.sizes["epoch"] == 0:
            self.say(f"cell {index}: nothing recorded yet")
            return None
        member = seeds.index(seed) if seed is not None else first_member(dataset)
        panel = make_panel(dataset, index, member, self.swept_keys())
        if panel.last() is None:
            self.say(f"cell {index}, seed {panel.seed}: no finite record, nothing to draw")
            return None
        if panel.note.startswith("unfinished"):
            self.say(f"cell {index}, seed {panel.seed}: not finished, drawn up to epoch "
                     f"{int(panel.epoch[panel.last()])}")
        if not panel.full:
            self.say(f"cell {index}: only K_diagonal was recorded (record.modes = \"diagonal\"): "
                     "off-diagonal entries are drawn grey")
        return panel

    def describe(self):
        """[(index, depths, activation)] of the cells that can be opened."""
        found = []
        for index in self.files:
            try:
                dataset = self.dataset(index)
            except ToolError as error:
                self.say(str(error))
                continue
            found.append((index, *network_of(dataset, dataset.attrs["swept"])))
        return found
