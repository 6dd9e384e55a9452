#!/usr/bin/env python3
"""What recording costs: `polypath run` with full K every epoch against K at the ends only.

    python3 bench/recording.py [--widths 1000] [--depths 2,3,7] [--json FILE]

Whole runs in turn (every, ends, ends, every, ...), HDF5 file included; each is timed as the slope
between a short and a long run, so that drawing the weights and opening the file cancel. `ends`
against itself is the noise. Exit status: 0, or 1 where --limit (per cent) is exceeded by the median.
"""
import argparse
import json
import os
import statistics
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from comparison.engine import Engine, EngineError  # noqa: E402


def integers(text):
    return [positive(int)(part) for part in text.split(",")]


def measure(engine, case, rounds, seconds):
    """Ratios every/ends and ends/ends of every round, and the milliseconds of both."""
    per_epoch = engine.milliseconds({**case, "every": 10**6}, 4)
    epochs = max(8, int(1e3 * seconds / (per_epoch * case["members"])))
    ratios, noise, times = [], [], {"every": [], "ends": []}
    for number in range(rounds):
        one = {}
        order = ("ends", "every", "again") if number % 2 else ("again", "every", "ends")
        for name in order:
            every = 1 if name == "every" else 10**6
            one[name] = engine.milliseconds({**case, "every": every}, epochs)
        both = (one["ends"] + one["again"]) / 2
        ratios.append(one["every"] / both)
        noise.append(one["ends"] / one["again"])
        times["every"].append(one["every"])
        times["ends"] += [one["ends"], one["again"]]
    return {"epochs": epochs, "ratios": ratios, "noise": noise,
            "every_ms": statistics.median(times["every"]),
            "ends_ms": statistics.median(times["ends"])}


def positive(kind):
    def convert(text):
        value = kind(text)
        if value <= 0:
            raise argparse.ArgumentTypeError(f"{text} is not above 0")
        return value
    return convert


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--polypath", default=str(HERE.parent / "build/release/polypath"))
    parser.add_argument("--widths", type=integers, default=[1000])
    parser.add_argument("--depths", type=integers, default=[2, 3, 7])
    parser.add_argument("--precision", default="float32", choices=["float32", "float64"])
    parser.add_argument("--threads", type=positive(int), default=1)
    parser.add_argument("--members", type=positive(int), default=2)
    parser.add_argument("--rounds", type=positive(int), default=5)
    parser.add_argument("--seconds", type=positive(float), default=1.0, help="per run")
    parser.add_argument("--limit", type=float, help="per cent that recording may cost")
    parser.add_argument("--json", metavar="FILE", help="write everything there")
    options = parser.parse_args()
    if not os.access(options.polypath, os.X_OK):
        parser.error(f"{options.polypath}: not built yet; --polypath names another one")
    if options.json and not Path(options.json).resolve().parent.is_dir():
        parser.error(f"{options.json}: no such directory")
    return options


def main():
    options = parse()
    engine = Engine(options.polypath, options.threads)
    report, exceeded = [], False
    print(f"{'N':>5} {'D':>2} {'ends, ms':>10} {'every, ms':>10} {'costs':>8}  (rounds; noise)")
    try:
        for width in options.widths:
            for depth in options.depths:
                case = {"depth": depth, "width": width, "activation": "linear",
                        "members": options.members, "precision": options.precision,
                        "sigma": 0.01 * (1000 / width) ** 0.5, "learning_rate": 1e-4}
                found = measure(engine, case, options.rounds, options.seconds)
                report.append({"case": case, **found})
                costs = [100 * (ratio - 1) for ratio in found["ratios"]]
                noise = max(abs(100 * (ratio - 1)) for ratio in found["noise"])
                cost = statistics.median(costs)
                exceeded = exceeded or (options.limit is not None and cost > options.limit)
                print(f"{width:5d} {depth:2d} {found['ends_ms']:10.4f} {found['every_ms']:10.4f} "
                      f"{cost:+7.1f}%  ({min(costs):+.1f} to {max(costs):+.1f}; {noise:.1f})",
                      flush=True)
    except EngineError as error:
        sys.exit(f"recording.py: {error}")
    finally:
        if options.json:
            Path(options.json).write_text(json.dumps(report, indent=1) + "\n")
    return 1 if exceeded else 0


if __name__ == "__main__":
    sys.exit(main())
