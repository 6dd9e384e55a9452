#!/usr/bin/env bash
# netCDF-C opens an HDF5 file with external links, but one link whose target is gone closes the whole
# file: not even another, healthy group can be read (error -101). HDF5 itself and h5netcdf read that
# group. Guess: a dangling link hides what lies behind it and nothing else.
# Matters to index files that link to the files of a sweep: one moved file, and ncdump and xarray's
# default engine see nothing.
# Seen: netCDF4 1.7.5.1.post1, h5py 3.16.0, h5netcdf 1.8.2. Exits 0 while this is so.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" -q install netCDF4==1.7.5.1.post1 h5py==3.16.0 h5netcdf==1.8.2
cd "$folder"
"$folder/env/bin/python" - <<'END'
import os

import h5netcdf
import h5py
import netCDF4
import numpy

with h5py.File("cell.h5", "w") as file:
    file.create_dataset("gain", data=numpy.arange(3.0)).make_scale("gain")
with h5py.File("index.h5", "w") as file:
    members = file.create_group("members")
    members.create_dataset("seed", data=numpy.arange(4)).make_scale("seed")
    file.create_group("cells")["first"] = h5py.ExternalLink("cell.h5", "/")

with netCDF4.Dataset("index.h5") as file:
    assert list(file["members/seed"][:]) == [0, 1, 2, 3]
print("netCDF4", netCDF4.__version__, "with every target there: opens")

os.rename("cell.h5", "moved.h5")
with h5netcdf.File("index.h5") as file:
    assert list(file["members/seed"][:]) == [0, 1, 2, 3]
print("h5netcdf", h5netcdf.__version__, "with a target gone: members can be read")
try:
    netCDF4.Dataset("index.h5").close()
except OSError as error:
    print("netCDF4 with a target gone:", error)
    assert error.errno == -101
else:
    raise SystemExit("netCDF4 opens it now")
END
