"""Checks a cell file as h5py sees it: axis names, scales, attributes. Exit status 77: no h5py.

python3 check_schema.py FILE none|initial|all (what record.layers was)
"""

import sys

try:
    import h5py
except ImportError as missing:
    print(missing)
    sys.exit(77)

AXES = {
    "K": ["member", "epoch", "pathway", "mode", "mode_in"],
    "outside": ["member", "epoch", "pathway"],
    "loss": ["member", "epoch"],
    "seed": ["member"],
    "status": ["member"],
    "stopped_epoch": ["member"],
    "final_loss": ["member"],
    "edge_ratio": ["member"],
    "settled": ["member"],
    "U": ["output", "mode"],
    "S": ["mode"],
    "V": ["input", "mode"],
    "target": ["mode", "mode_in"],
    "mode_group": ["mode"],
}
SCALES = {"member": 0, "pathway": 0, "mode": 1, "mode_in": 1, "input": 0, "output": 0}
CHUNKED = ["K", "outside", "loss"]
LAYERS = {
    "gain": ["pathway", "layer", "mode"],
    "p": ["pathway", "mode"],
    "forward_gain": ["pathway", "layer", "mode"],
    "backward_gain": ["pathway", "layer", "mode"],
    "balance_drift": ["pathway", "layer"],
}
if sys.argv[2] != "none":
    at_every_record = sys.argv[2] == "all"
    if not at_every_record:
        del LAYERS["balance_drift"]
    first_axes = ["member", "epoch"] if at_every_record else ["member"]
    AXES |= {name: first_axes + axes for name, axes in LAYERS.items()}
    CHUNKED += LAYERS
    SCALES["layer"] = 1


def keeps_order(item):
    """Whether netCDF's writers may add to it: links and attributes know when they were made."""
    made = item.id.get_create_plist()
    orders = [made.get_attr_creation_order()]
    if isinstance(item, h5py.Group):
        orders.append(made.get_link_creation_order())
    return all(order & h5py.h5p.CRT_ORDER_TRACKED for order in orders)


with h5py.File(sys.argv[1], "r") as cell:
    assert set(cell) == set(AXES) | set(SCALES) | {"epoch"}, sorted(cell)
    for name, first in SCALES.items():
        scale = cell[name]
        assert h5py.h5ds.is_scale(scale.id), name
        assert list(scale) == list(range(first, first + scale.shape[0])), name
    assert h5py.h5ds.is_scale(cell["epoch"].id) and list(cell["epoch"]) == [0, 10, 20, 30, 40, 50]
    made = []
    cell.id.links.iterate(made.append, idx_type=h5py.h5.INDEX_CRT_ORDER)
    assert keeps_order(cell["/"]) and made[:3] == [b"member", b"epoch", b"pathway"], made
    for name, axes in AXES.items():
        dims = cell[name].dims
        assert "DIMENSION_LABELS" not in cell[name].attrs, name
        for dim, axis in zip(dims, axes):
            assert len(dim) == 1 and dim[0].name == "/" + axis, (name, axis)
            assert dim[0].shape[0] == cell[name].shape[axes.index(axis)], (name, axis)
    for name in cell:
        for attribute in ("long_name", "units"):
            assert isinstance(cell[name].attrs[attribute], str), (name, attribute)
            assert cell[name].attrs[attribute], (name, attribute)
        assert keeps_order(cell[name]), name
        fill = {"f8": float("nan"), "i8": -2**63 + 2, "u8": 2**64 - 2, "i1": -127}
        expected, fillvalue = fill[cell[name].dtype.str[1:]], cell[name].fillvalue
        assert fillvalue == expected or (fillvalue != fillvalue and expected != expected), name
    for name in CHUNKED:
        data_set = cell[name]
        assert data_set.chunks[0] == 1 and data_set.shuffle and data_set.fletcher32, name
        assert (data_set.compression, data_set.compression_opts) == ("gzip", 4), name
        assert data_set.dtype == "f8", name
    status = cell["status"].attrs
    assert list(status["flag_values"]) == [0, 1, 2]
    assert status["flag_meanings"] == "finished diverged unfinished"
    assert cell.attrs["schema_version"] == 2 and cell.attrs["rank"] == 3
    assert cell.attrs["threads"] == 4
    assert "σ" in cell.attrs["resolved_config"]
    for attribute in ("title", "settings_hash", "swept", "program_version", "git_revision",
                      "compiler", "backend", "start_time", "end_time"):
        assert isinstance(cell.attrs[attribute], str), attribute
print("ok")
