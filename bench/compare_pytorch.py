#!/usr/bin/env python3
"""polypath against the published algorithm in PyTorch: ms per epoch and member, in one run.

    python3 bench/compare_pytorch.py --python VENV/bin/python [--threads 1] [--json FILE]

Every round times each rival once and polypath once, in an order that turns from round to round,
so that a noisy neighbour hits all of them. The rivals live in child processes which stay warm.
The README beside this file says how to get PyTorch and what is compared.
"""
import argparse
import datetime
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from comparison.engine import Engine, EngineError  # noqa: E402

VARIANTS = ("eager", "columns", "ensemble", "compiled", "compiled-ensemble", "handwritten")
NOT_THE_ALGORITHM = ("handwritten",)  # shown, but not the rival of the ratio


def processor():
    """(model name, flags) of the first CPU; empty where /proc/cpuinfo has none."""
    name, flags = platform.processor(), set()
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            key, _, value = line.partition(":")
            if key.strip() == "model name":
                name = value.strip()
            elif key.strip() == "flags":
                return name, set(value.split())
    except OSError:
        pass
    return name, flags


def environments(threads):
    """{"installed": as it comes, "best": BLAS core of this CPU, memory kept between epochs}."""
    base = {k: v for k, v in os.environ.items() if not k.startswith(("OPENBLAS_", "MALLOC_"))}
    for key in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        base[key] = str(threads)
    # Gradients of a new epoch would otherwise be fresh pages from the kernel, zeroed every time.
    best = {**base, "MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": str(1 << 40),
            "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1"}
    flags = processor()[1]
    if "avx512f" in flags:
        best["OPENBLAS_CORETYPE"] = "SkylakeX"
    elif "avx2" in flags:
        best["OPENBLAS_CORETYPE"] = "Haswell"
    return {"installed": base, "best": best}


class Rival:
    """A child process that runs comparison/rival.py; one prepared case at a time."""

    def __init__(self, python, name, environment, threads):
        self.name = name
        self.errors = tempfile.TemporaryFile("w+")
        try:
            self.process = subprocess.Popen(
                [python, str(HERE / "comparison" / "rival.py"), str(threads)], env=environment,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors, text=True)
        except OSError as error:
            sys.exit(f"compare_pytorch.py: {python}: {error.strerror}")
        line = self.process.stdout.readline()
        if not line:
            self.process.wait()
            self.errors.seek(0)
            error = self.errors.read().strip().splitlines()
            sys.exit(f"compare_pytorch.py: {python} cannot run the rival: "
                     f"{error[-1] if error else 'no message'}; see bench/README.md")
        self.about = json.loads(line)

    def ask(self, command, **fields):
        self.process.stdin.write(json.dumps({"command": command, **fields}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        return json.loads(line) if line else {"error": "the child process ended"}

    def close(self):
        if self.process.poll() is None:
            self.process.stdin.write('{"command": "quit"}\n')
            self.process.stdin.close()
            self.process.wait()


class Contestant:
    """A rival's variant, or polypath, in one case: calibrated once, then timed in rounds."""

    def __init__(self, label, measure, seconds):
        self.label, self.measure = label, measure
        self.milliseconds = []
        first = measure(4)  # also warms up
        self.per_epoch = first["ms"] * first["members"]
        self.epochs = max(5, min(20000, int(1e3 * seconds / max(self.per_epoch, 1e-6))))

    def time(self):
        self.milliseconds.append(self.measure(self.epochs)["ms"])

    def summary(self):
        ms = sorted(self.milliseconds)
        return {"label": self.label, "median_ms": statistics.median(ms), "min_ms": ms[0],
                "max_ms": ms[-1], "epochs": self.epochs, "rounds_ms": self.milliseconds}


def rival_measure(rival, variant, case):
    """A function epochs -> {ms, members}, or None with a word why the variant does not run."""
    reply = rival.ask("prepare", variant=variant, **case)
    if "error" in reply:
        print(f"  {rival.name} {variant}: left out, {reply['error']}")
        return None

    def measure(epochs):
        answer = rival.ask("time", key=reply["key"], epochs=epochs)
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return {"ms": 1e3 * answer["seconds"] / (epochs * reply["members"]),
                "members": reply["members"]}

    return measure


def contestants(rivals, engine, case, options):
    found = []
    for rival in rivals:
        for variant in options.variants:
            measure = rival_measure(rival, variant, case)
            if measure:
                found.append(Contestant(f"{rival.name} {variant}", measure, options.seconds))
    if engine:
        def ours(epochs):
            return {"ms": engine.milliseconds(case, epochs), "members": case["members"]}
        found.append(Contestant("polypath", ours, options.seconds))
    return found


def compare(rivals, engine, case, options):
    """One case: alternating rounds; prints a table and returns it."""
    print(f"\nN = {case['width']}, D = {case['depth']}, {case['activation']}, "
          f"{case['members']} members, {options.threads} thread(s)", flush=True)
    found = contestants(rivals, engine, case, options)
    for number in range(options.rounds):
        for shift in range(len(found)):
            found[(shift + number) % len(found)].time()
    for rival in rivals:
        rival.ask("drop")
    table = [one.summary() for one in found]
    for row in table:
        print(f"  {row['label']:28s} {row['median_ms']:10.4f} ms/epoch/member "
              f"({row['min_ms']:.4f} to {row['max_ms']:.4f})")
    result = {"case": case, "results": table}
    theirs = [r for r in table if r["label"].split(" ")[-1] not in NOT_THE_ALGORITHM
              and r["label"] != "polypath"]
    ours = next((r for r in table if r["label"] == "polypath"), None)
    for group in ("best", "installed"):
        # the rival at its best may choose among all environments, "installed" only its own
        pool = theirs if group == "best" else [r for r in theirs if r["label"].startswith(group)]
        if pool and ours:
            rival = min(pool, key=lambda r: r["median_ms"])
            rounds = [a / b for a, b in zip(rival["rounds_ms"], ours["rounds_ms"])]
            result[f"ratio_{group}"] = {"rival": rival["label"], "min": min(rounds),
                                        "median": statistics.median(rounds), "max": max(rounds)}
            print(f"  polypath is {statistics.median(rounds):.2f} times as fast as the rival "
                  f"{'at its best' if group == 'best' else 'as installed'} "
                  f"({rival['label']}; {min(rounds):.2f} to {max(rounds):.2f})")
    return result


def integers(text):
    return [int(part) for part in text.split(",")]


def names(text):
    return text.split(",")


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--python", default=sys.executable, help="a python that has torch")
    parser.add_argument("--polypath", default=str(HERE.parent / "build/release/polypath"))
    parser.add_argument("--widths", type=integers, default=[1000], help="for example 100,1000,4000")
    parser.add_argument("--depths", type=integers, default=[2, 3, 7])
    parser.add_argument("--activations", type=names, default=["linear", "tanh", "relu"])
    parser.add_argument("--variants", type=names, default=["eager", "columns", "ensemble"],
                        help=f"any of {','.join(VARIANTS)}, or all")
    parser.add_argument("--environments", type=names, default=["best", "installed"])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--members", type=int, default=4, help="seeds of polypath, of the ensemble")
    parser.add_argument("--precision", default="float32", choices=["float32", "float64"])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.0, help="per timing")
    parser.add_argument("--json", metavar="FILE", help="write everything there")
    options = parser.parse_args()
    options.variants = list(VARIANTS) if options.variants == ["all"] else options.variants
    for given, known in ((options.variants, VARIANTS),
                         (options.environments, ("best", "installed")),
                         (options.activations, ("linear", "tanh", "relu"))):
        for name in set(given) - set(known):
            parser.error(f"`{name}` is none of {', '.join(known)}")
    return options


def main():
    options = parse()
    if options.json and not Path(options.json).resolve().parent.is_dir():
        sys.exit(f"compare_pytorch.py: {options.json}: no such directory")
    settings = environments(options.threads)
    rivals = [Rival(options.python, name, settings[name], options.threads)
              for name in options.environments]
    built = os.access(options.polypath, os.X_OK)
    engine = Engine(options.polypath, options.threads) if built else None
    if engine is None:
        print(f"{options.polypath}: not built yet; timing the rival alone")
    print(f"{processor()[0]}, {os.cpu_count()} CPUs")
    for rival in rivals:
        print(f"{rival.name}: PyTorch {rival.about['torch']}, {rival.about['blas']}")
    report = {"date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
              "cpu": processor()[0], "threads": options.threads, "precision": options.precision,
              "load": os.getloadavg(), "rivals": {r.name: r.about for r in rivals}, "cases": []}
    try:
        for width in options.widths:
            for depth in options.depths:
                for activation in options.activations:
                    # sigma sqrt(N) = 0.316 as in the paper at N = 1000, so that all widths learn
                    case = {"depth": depth, "width": width, "activation": activation,
                            "members": options.members, "precision": options.precision,
                            "sigma": 0.01 * (1000 / width) ** 0.5, "learning_rate": 0.01}
                    report["cases"].append(compare(rivals, engine, case, options))
    except (EngineError, RuntimeError) as error:
        sys.exit(f"compare_pytorch.py: {error}")
    finally:
        for rival in rivals:
            rival.close()
        if options.json:
            Path(options.json).write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
