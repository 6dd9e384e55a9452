"""Readers of netCDF: they may add to cell files and the index, and see no attribute of HDF5's."""
import importlib.util
import shutil
import unittest

import h5py

from program import ProgramTest

SWEEP = """
[network]
width = 8
[train]
epochs = 20
[sweep]
seeds = 2
"network.depth" = [2, 3]
"""


def absent(*packages):
    missing = [name for name in packages if importlib.util.find_spec(name) is None]
    return f"no {' and '.join(missing)} for this Python" if missing else ""


class NetCDF(ProgramTest):
    def files(self):
        result = self.run_config(text=SWEEP)
        self.assertEqual(result.returncode, 0, result.stderr)
        return self.folder / "out/cells/cell-00001.h5", self.folder / "out/index.h5"

    @unittest.skipIf(absent("netCDF4"), absent("netCDF4"))
    def test_netcdf_c_adds_to_every_file(self):
        import netCDF4
        for path in self.files():
            with netCDF4.Dataset(path, "a") as file:
                file.setncattr("note", "added")
                for group in file.groups.values():
                    group.createDimension("more", 2)
                    group.createVariable("more", "f8", ("more",))[:] = [1, 2]
            with h5py.File(path) as file:
                self.assertEqual(file.attrs["note"], b"added")

    @unittest.skipIf(absent("h5netcdf", "xarray"), absent("h5netcdf", "xarray"))
    def test_xarray_writes_again_what_it_has_read(self):
        import xarray
        cell, index = self.files()
        for path, group in ((cell, "/"), (index, "members"), (index, "statistics")):
            with xarray.open_dataset(path, group=group, engine="h5netcdf") as read:
                for name, variable in read.variables.items():
                    self.assertNotIn("DIMENSION_LABELS", variable.attrs, name)
                read.to_netcdf(self.folder / "copy.nc", engine="h5netcdf")
        shutil.copy(index, self.folder / "alone.h5")  # away from the cells
        with xarray.open_dataset(self.folder / "alone.h5", group="members",
                                 engine="h5netcdf") as read:
            self.assertEqual(read.sizes["row"], 4)


if __name__ == "__main__":
    unittest.main()
