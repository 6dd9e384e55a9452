#!/usr/bin/env bash
# Through the references that kerchunk makes of an HDF5 file, xarray reads every true zero (epoch 0,
# loss 0, seed 0) as NaN: HDF5's default fill value, 0, which marks nothing, becomes Zarr's fill_value
# and then xarray's "missing". Guess: references to the same bytes give the same numbers.
# Seen: kerchunk 0.2.10, xarray 2026.9.0, zarr 3.1.6, h5py 3.16.0. Exits 0 while this is so.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" -q install kerchunk==0.2.10 xarray==2026.9.0 zarr==3.1.6 h5py==3.16.0 \
  h5netcdf==1.8.2 fsspec==2026.9.0 numcodecs==0.16.6
cd "$folder"
"$folder/env/bin/python" -W ignore - <<'END'
import h5py
import kerchunk
import numpy
import xarray
from kerchunk.hdf import SingleHdf5ToZarr

with h5py.File("run.h5", "w") as file:
    epoch = file.create_dataset("epoch", data=10.0 * numpy.arange(1000))
    epoch.make_scale("epoch")
    loss = file.create_dataset(
        "loss", data=numpy.arange(1000.0), chunks=(1000,), compression="gzip"
    )
    loss.dims[0].attach_scale(epoch)

direct = xarray.open_dataset("run.h5", engine="h5netcdf")
references = SingleHdf5ToZarr("run.h5").translate()
through = xarray.open_dataset(
    "reference://",
    engine="zarr",
    backend_kwargs={"consolidated": False, "storage_options": {"fo": references}},
)
print("kerchunk", kerchunk.__version__, "xarray", xarray.__version__)
for name in ("epoch", "loss"):
    one, other = direct[name].values, through[name].values
    print(f"{name:6} HDF5 {one[:3]}  kerchunk {other[:3]}")
    assert one[0] == 0.0 and numpy.isnan(other[0])
    assert numpy.array_equal(one[1:], other[1:])
END
