#!/usr/bin/env bash
# h5netcdf lists the variables behind an external link that points to the root of another file, and
# then cannot read one of them: it looks the name up in the root of the *linking* file (KeyError).
# h5py and netCDF-C read the same link. Guess: what is listed can be read.
# Seen: h5netcdf 1.8.2, h5py 3.16.0, netCDF4 1.7.5.1.post1. Exits 0 while this is so.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" -q install h5netcdf==1.8.2 h5py==3.16.0 netCDF4==1.7.5.1.post1
cd "$folder"
"$folder/env/bin/python" - <<'END'
import h5netcdf
import h5py
import netCDF4
import numpy

with h5py.File("cell.h5", "w") as file:
    file.create_dataset("gain", data=numpy.arange(3.0)).make_scale("gain")
with h5py.File("index.h5", "w") as file:
    file.create_group("cells")["first"] = h5py.ExternalLink("cell.h5", "/")

with h5py.File("index.h5") as file:
    assert list(file["cells/first/gain"][:]) == [0, 1, 2]
with netCDF4.Dataset("index.h5") as file:
    assert list(file["cells/first/gain"][:]) == [0, 1, 2]
with h5netcdf.File("index.h5") as file:
    names = list(file["cells/first"].variables)
    print("h5netcdf", h5netcdf.__version__, "lists", names)
    assert names == ["gain"]
    try:
        file["cells/first"].variables["gain"][:]
    except KeyError as error:
        print("reading it: KeyError", error)
    else:
        raise SystemExit("h5netcdf reads it now")
END
