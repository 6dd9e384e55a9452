#!/usr/bin/env python3
"""Narrow networks against the full training they replace, and sampled ones against each other.

    python3 bench/reduction_ratios.py [--only sampled] [--repetitions 3] [--json FILE]

Runs polypath_bench_reduction once, its cases interleaved at random, and prints ratios of the medians
of processor time. Full trainings are scaled up from 20 epochs, depth 7 at N = 10^4 from depth 3 by
its five times as many weights.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
EPOCHS = 20  # of a timed block of full training

# what, the case of the narrow network, (the case beside it, times), what is asked
RATIOS = (
    ("projected, D = 3, N = 1000, 1e-4, 1000 epochs", "run_reduced/projected_depth3/1000",
     ("full_epochs/1000/3", 1000 / EPOCHS), "at least 3"),
    ("projected, D = 3, N = 10^4, 1e-4, 1000 epochs", "run_reduced/projected_depth3/10000",
     ("full_epochs/10000/3", 1000 / EPOCHS), "at least 12"),
    ("the same, weights made anew in every pass", "run_reduced/regenerated_depth3/10000",
     ("full_epochs/10000/3", 1000 / EPOCHS), "at least 12"),
    ("projected, D = 7, N = 10^4, 1e-2, 5000 epochs", "run_reduced/projected_depth7/10000",
     ("full_epochs/10000/3", 5 * 5000 / EPOCHS), "at least 50"),
    ("sampled, D = 3: N = 10^9 in place of 10^3", "run_reduced/sampled_depth3/1000",
     ("run_reduced/sampled_depth3/1000000000", 1.0), "0.7 to 1.3"),
    ("sampled, D = 7: N = 10^4 in place of 10^3", "run_reduced/sampled_depth7/1000",
     ("run_reduced/sampled_depth7/10000", 1.0), "-"),
)


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", default=str(HERE.parent /
                                                 "build/release/bench/polypath_bench_reduction"))
    parser.add_argument("--only", default="", help="ratios whose name contains this")
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--json", metavar="FILE", help="keep the program's own report")
    options = parser.parse_args()
    if not os.access(options.program, os.X_OK):
        parser.error(f"{options.program}: not built yet; --program names another one")
    return options


def measure(options, chosen):
    """Median processor milliseconds of every case, and its counters."""
    names = sorted({name for _, narrow, (full, _), _ in chosen for name in (narrow, full)})
    report = options.json or tempfile.mkstemp(suffix=".json", prefix="polypath-bench-")[1]
    command = [options.program, "--benchmark_filter=^(" + "|".join(names) + ")$",
               f"--benchmark_repetitions={options.repetitions}",
               "--benchmark_enable_random_interleaving=true", f"--benchmark_out={report}",
               "--benchmark_out_format=json"]
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                          check=False)
    if done.returncode:
        sys.exit(f"reduction_ratios.py: {options.program} failed: {done.stderr.strip()}")
    try:
        benchmarks = json.loads(Path(report).read_text())["benchmarks"]
    except (OSError, ValueError, KeyError):
        sys.exit(f"reduction_ratios.py: {options.program} left no report; is it "
                 "polypath_bench_reduction?")
    if not options.json:
        os.remove(report)
    # One repetition has no median.
    found = {one["run_name"]: one for one in benchmarks
             if one.get("aggregate_name", "median") == "median" and "error_message" not in one}
    missing = [name for name in names if name not in found]
    if missing:
        sys.exit(f"reduction_ratios.py: no time of {', '.join(missing)}")
    return found


def main():
    options = parse()
    chosen = [ratio for ratio in RATIOS if options.only in ratio[0]]
    if not chosen:
        sys.exit(f"reduction_ratios.py: no ratio is named like `{options.only}`")
    found = measure(options, chosen)
    print(f"{'':50}{'narrow, s':>10}{'other, s':>10}{'ratio':>8}   asked")
    for name, narrow, (full, factor), asked in chosen:
        ours, theirs = (1e-3 * found[one]["cpu_time"] for one in (narrow, full))
        counters = ", ".join(f"{key} {found[narrow][key]:.3g}" for key in ("k", "passes")
                             if key in found[narrow])
        print(f"{name:50}{ours:10.3f}{factor * theirs:10.3f}{factor * theirs / ours:8.2f}   "
              f"{asked} ({counters})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
