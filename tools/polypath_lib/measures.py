"""What is measured on K_a: share, dominance, winner, escape epoch, spread over pathways.

Arrays are `k` (..., pathway, mode), the diagonal of K_a, or K (..., mode, mode_in), in units of
the target; `target` (mode) is its diagonal T. Modes with T <= 0 count as absent and give NaN.
"""
from .messages import need

numpy = need("numpy")
SHARE_FROM = 0.05  # a share means nothing before the sum over pathways passes this part of T


def diagonal(dataset):
    """(member, epoch, pathway, mode) from a cell's `K` or `K_diagonal`, as a NumPy array; of a run
    of many cells, (cell, member, epoch, pathway, mode)."""
    cell = ("cell",) if "cell" in dataset.dims else ()
    if "K_diagonal" in dataset:
        dims = (*cell, "member", "epoch", "pathway", "mode")
        on = dataset["K_diagonal"].transpose(*dims).values
        if "K" not in dataset:
            return on
        return numpy.where(numpy.isnan(on), diagonal(dataset.drop_vars("K_diagonal")), on)
    full = dataset["K"].transpose(*cell, "member", "epoch", "pathway", "mode", "mode_in").values
    return numpy.diagonal(full, axis1=-2, axis2=-1)


def target_diagonal(dataset):
    """T (mode): the diagonal of `target`, what the sum of K over pathways converges to; of a run of
    many cells, (cell, mode)."""
    matrix = dataset["target"].transpose(..., "mode", "mode_in").values
    return numpy.diagonal(matrix, axis1=-2, axis2=-1).copy()


def share(k, target):
    """k_a / sum_b k_b, (..., pathway, mode); NaN until the sum passes 0.05 T."""
    k, target = numpy.asarray(k, float), numpy.asarray(target, float)
    total = k.sum(axis=-2, keepdims=True)
    known = (target > 0) & (total >= SHARE_FROM * target)
    return numpy.where(known, k / numpy.where(known, total, 1.0), numpy.nan)


def dominance(k, target, signed=False):
    """How far one pathway holds a mode, (..., mode): 0 shared evenly, 1 in one pathway alone.

    Two pathways: |k_1 - k_2| / |k_1 + k_2| (`signed` keeps the sign: positive for the first).
    More: (M max share - 1) / (M - 1). One pathway: NaN.
    """
    parts = share(k, target)
    count = parts.shape[-2]
    if count == 1:
        return numpy.full(parts.shape[:-2] + parts.shape[-1:], numpy.nan)
    if count == 2:
        difference = parts[..., 0, :] - parts[..., 1, :]
        return difference if signed else numpy.abs(difference)
    if signed:
        raise ValueError("a signed dominance is defined for two pathways only")
    return (count * parts.max(axis=-2) - 1) / (count - 1)


def winner(k, target):
    """The pathway (from 0) with the largest share, (..., mode); -1 where no share is known.

    At any record: `polypath analyse` counts winners of modes that are learned to 99 % alone."""
    parts = share(k, target)
    known = ~numpy.isnan(parts).any(axis=-2)
    return numpy.where(known, numpy.argmax(numpy.nan_to_num(parts, nan=-numpy.inf), axis=-2), -1)


def escape_epoch(k, epoch, target):
    """When sum_a k_a crosses T/2, interpolated between records: k (..., record, pathway, mode).

    Returns (..., mode) in epochs; NaN for a mode that never gets there.
    """
    total = numpy.moveaxis(numpy.asarray(k, float).sum(axis=-2), -2, 0)  # (record, ..., mode)
    target = numpy.asarray(target, float)
    epoch = numpy.asarray(epoch, float)
    above = total >= target / 2
    first = above.argmax(axis=0)
    before = numpy.maximum(first - 1, 0)
    low = numpy.take_along_axis(total, before[None], axis=0)[0]
    high = numpy.take_along_axis(total, first[None], axis=0)[0]
    step = numpy.where(first > before, high - low, 1.0)
    part = numpy.where(first > before, (target / 2 - low) / step, 0.0)
    crossing = epoch[before] + part * (epoch[first] - epoch[before])
    return numpy.where(above.any(axis=0) & (target > 0), crossing, numpy.nan)


def participation_ratio(k):
    """(sum_a |k_a|)^2 / sum_a k_a^2, (..., mode): from 1 (one pathway) to M (all alike)."""
    size = numpy.abs(k)
    square = (size * size).sum(axis=-2)
    return numpy.where(square > 0, size.sum(axis=-2) ** 2 / numpy.where(square > 0, square, 1),
                       numpy.nan)


def entropy(k):
    """Entropy in nats of |k_a| / sum_b |k_b| over pathways, (..., mode): 0 to ln M."""
    size = numpy.abs(k)
    total = size.sum(axis=-2, keepdims=True)
    part = numpy.where(total > 0, size / numpy.where(total > 0, total, 1), numpy.nan)
    return -(part * numpy.log(numpy.where(part > 0, part, 1))).sum(axis=-2)


def off_diagonal(K):
    """||K - diag K||_F / ||K||_F over the last two axes; NaN for K = 0."""
    K = numpy.asarray(K, float)
    whole = (K * K).sum(axis=(-2, -1))
    on = (numpy.diagonal(K, axis1=-2, axis2=-1) ** 2).sum(axis=-1)
    return numpy.where(whole > 0, numpy.sqrt(numpy.clip(whole - on, 0, None)
                                             / numpy.where(whole > 0, whole, 1)), numpy.nan)


def measures(dataset):
    """The quantities above for one cell (open_cell) or a run (open_run), as a Dataset with its
    dimensions."""
    xarray = need("xarray")
    if "cell" in dataset.dims:
        each = [measures(dataset.isel(cell=i)) for i in range(dataset.sizes["cell"])]
        joined = xarray.concat(each, dim="cell", data_vars="all", coords="minimal",
                               compat="override")
        return joined.assign_coords({n: c for n, c in dataset.coords.items() if c.dims == ("cell",)})
    k, target = diagonal(dataset), target_diagonal(dataset)
    here = ("member", "epoch", "pathway", "mode")
    per_mode = ("member", "epoch", "mode")
    # Epochs at which another cell of the run has a record, and this one has none.
    recorded = numpy.isfinite(k).any(axis=(0, 2, 3))
    escape = escape_epoch(k[:, recorded], dataset["epoch"].values[recorded], target)
    result = {
        "share": (here, share(k, target)),
        "dominance": (per_mode, dominance(k, target)),
        "winner": (per_mode, winner(k, target)),
        "escape_epoch": (("member", "mode"), escape),
    }
    keep = {n: c for n, c in dataset.coords.items() if set(c.dims) <= set(here)}
    return xarray.Dataset(result, coords=keep)
