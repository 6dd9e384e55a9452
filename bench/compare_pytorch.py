#!/usr/bin/env python3
"""polypath against the published algorithm in PyTorch: ms per epoch and member, in one run.

    python3 bench/compare_pytorch.py --python VENV/bin/python [--threads 1] [--json FILE]
    python3 bench/compare_pytorch.py --device cuda --epochs-program build/release/bench/polypath_epochs

Every round times each rival once and polypath once, in an order that turns from round to round,
so that a noisy neighbour hits all of them. The rivals live in child processes which stay warm; so
does polypath with --epochs-program, once for every delay of --delays.
The README beside this file says how to get PyTorch and what is compared.
"""
import argparse
import datetime
import json
import os
import platform
import statistics
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from comparison.engine import Child, Engine, EngineError  # noqa: E402

VARIANTS = ("eager", "columns", "ensemble", "compiled", "compiled-ensemble", "handwritten",
            "handwritten-ensemble", "graph")
# No autograd: shown, but not the rival of the ratio, which has one of its own.
NOT_THE_ALGORITHM = ("handwritten", "handwritten-ensemble", "graph")
ONE_MEMBER = ("eager", "columns", "compiled", "handwritten")
LEAST_ROUNDS = 3


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


class Contestant:
    """A rival's variant, or polypath, in one case: calibrated once, then timed in rounds."""

    def __init__(self, label, measure, seconds, facts=None):
        self.label, self.measure, self.facts = label, measure, facts or {}
        self.milliseconds = []
        first = measure(4)  # also warms up
        self.members = first["members"]
        per_epoch = first["ms"] * self.members
        self.epochs = max(5, min(20000, int(1e3 * seconds / max(per_epoch, 1e-6))))

    def time(self):
        self.milliseconds.append(self.measure(self.epochs)["ms"])

    def summary(self):
        ms = sorted(self.milliseconds)
        found = {"label": self.label, "median_ms": statistics.median(ms), "min_ms": ms[0],
                 "max_ms": ms[-1], "epochs": self.epochs, "rounds_ms": self.milliseconds}
        if "traffic_bytes" in self.facts:
            seconds = 1e-3 * found["median_ms"] * self.members
            found["gigabytes_per_second"] = 1e-9 * self.facts["traffic_bytes"] / seconds
        return {**found, **self.facts}


def child_contestant(child, label, case, seconds):
    """What a child process trains of one case; EngineError says why it does not run."""
    reply = child.ask("prepare", **case)
    if "error" in reply:
        raise EngineError(reply["error"])
    facts = {key: reply[key] for key in ("delay", "traffic_bytes") if key in reply}

    def measure(epochs):
        answer = child.ask("time", key=reply["key"], epochs=epochs)
        if "error" in answer:
            raise EngineError(answer["error"])
        if "warm_up_seconds" in answer:
            facts["warm_up_seconds"] = answer["warm_up_seconds"]
        return {"ms": 1e3 * answer["seconds"] / (epochs * reply["members"]),
                "members": reply["members"]}

    return Contestant(label.format(**reply), measure, seconds, facts)


def add_contestant(table, result, label, make):
    """Appends what make() gives, or says why there is none."""
    try:
        table.append(make())
    except EngineError as reason:
        print(f"  {label}: left out, {reason}")
        result["left_out"].append({"label": label, "reason": str(reason)})


def rivals_of(rivals, case, options, result):
    found = []
    for rival in rivals:
        for variant in options.variants:
            if options.device == "cuda" and variant in ONE_MEMBER and case["members"] > 1:
                continue  # one member after the other is no rival of a batch
            label = f"{rival.name} {variant}"
            add_contestant(found, result, label, lambda: child_contestant(
                rival, label, {**case, "variant": variant}, options.seconds))
    return found


def ours(engine, case, delays, options, result):
    if isinstance(engine, Engine):
        def measure(epochs):
            return {"ms": engine.milliseconds(case, epochs), "members": case["members"]}
        return [Contestant("polypath", measure, options.seconds)]
    found = []
    for delay in delays if engine else []:
        add_contestant(found, result, f"polypath delay {delay}", lambda: child_contestant(
            engine, "polypath delay {delay}" + " (auto)" * (delay == "auto"), {**case, "delay": str(delay)}, options.seconds))
    return found


def in_turn(found, options):
    """Alternating rounds, fewer where the time is up."""
    for number in range(options.rounds):
        if number >= LEAST_ROUNDS and time.monotonic() > options.deadline:
            break
        for shift in range(len(found)):
            found[(shift + number) % len(found)].time()
    table = [one.summary() for one in found]
    for row in table:
        rate = f"  {row['gigabytes_per_second']:8.1f} GB/s" if "gigabytes_per_second" in row else ""
        print(f"  {row['label']:32s} {row['median_ms']:10.5f} ms/epoch/member "
              f"({row['min_ms']:.5f} to {row['max_ms']:.5f}){rate}", flush=True)
    return table


def ratio(rivals, table, words):
    """polypath, at its fastest, against the fastest of `rivals`, round by round."""
    us = [row for row in table if row["label"].startswith("polypath")]
    if not rivals or not us:
        return None
    rival, mine = (min(pool, key=lambda row: row["median_ms"]) for pool in (rivals, us))
    rounds = [a / b for a, b in zip(rival["rounds_ms"], mine["rounds_ms"])]
    print(f"  {mine['label']} is {statistics.median(rounds):.2f} times as fast as {words} "
          f"({rival['label']}; {min(rounds):.2f} to {max(rounds):.2f})")
    return {"rival": rival["label"], "polypath": mine["label"], "min": min(rounds),
            "median": statistics.median(rounds), "max": max(rounds)}


def drop(children):
    for child in children:
        if isinstance(child, Child):
            child.ask("drop")


def compare(rivals, engine, case, more_delays, options):
    """One case: alternating rounds; prints a table and returns it."""
    print(f"\nN = {case['width']}, D = {case['depth']}, {case['activation']}, "
          f"{case['members']} members, {options.threads} thread(s)", flush=True)
    result = {"case": case, "results": [], "left_out": []}
    try:
        result["results"] = table = in_turn(
            rivals_of(rivals, case, options, result)
            + ours(engine, case, options.delays, options, result), options)
        drop([*rivals, engine])
        if more_delays:  # by themselves: the rivals' memory is needed
            print("  the same, updates added into W later")
            result["more_delays"] = in_turn(
                ours(engine, case, [options.delays[0], *more_delays], options, result), options)
    except EngineError as failure:
        print(f"  broken off: {failure}")
        result["broken_off"] = str(failure)
        table = result["results"]
    finally:
        drop([*rivals, engine])
    theirs = [r for r in table if not r["label"].startswith("polypath")]
    autograd = [r for r in theirs if r["label"].split(" ")[-1] not in NOT_THE_ALGORITHM]
    by_hand = [r for r in theirs if r not in autograd]
    installed = [r for r in autograd if r["label"].startswith("installed")]
    # the rival at its best may choose among all environments, "installed" only its own
    for name, pool, words in (("best", autograd, "the rival at its best"),
                              ("installed", installed, "the rival as installed"),
                              ("handwritten", by_hand, "a backward pass written by hand")):
        if name == "best" and pool == installed:
            continue  # no other environment: both ratios are the same
        found = ratio(pool, table, words)
        if found:
            result[f"ratio_{name}"] = found
    return result


def best_of(case, *words):
    """The fastest row whose label holds one of `words`, in ms per epoch of all members; None."""
    rows = [row["median_ms"] for row in case.get("results", []) + case.get("more_delays", [])
            if any(word in row["label"] + " " for word in words)]
    return min(rows) * case["case"]["members"] if rows else None


def markdown(report):
    """The report as a table for a README: ms per epoch of all members, medians."""
    about = report.get("polypath", report)  # polypath_epochs alone writes it at the top
    lines = [", ".join(about[key] for key in ("device", "libraries") if key in about)]
    lines += [f"PyTorch {rival['torch']}, {rival['blas']}"
              for rival in report.get("rivals", {}).values()]
    lines += ["", "| N | D | members | delay 1, ms | auto, ms | any delay, ms | GB/s | eager | ensemble "
              "| by hand | ensemble / polypath | by hand / polypath |", "|---" * 12 + "|"]
    for case in report["cases"]:
        auto = next((row for row in case.get("results", []) if "(auto)" in row["label"]), {})
        ours, ensemble, by_hand = (best_of(case, *words) for words in (
            ("polypath",), (" ensemble",), ("graph", "handwritten")))
        cells = [best_of(case, "polypath delay 1 "), best_of(case, "(auto)"), ours,
                 auto.get("gigabytes_per_second"), best_of(case, " eager"), ensemble, by_hand,
                 ensemble and ours and ensemble / ours, by_hand and ours and by_hand / ours]
        texts = [f"{cell:.3g}" if cell else "-" for cell in cells]
        if auto.get("delay", 1) > 1:
            texts[1] += f" (s = {auto['delay']})"
        asked = case["case"]
        lines.append(f"| {asked['width']} | {asked['depth']} | {asked['members']} | "
                     + " | ".join(texts) + " |")
    untimed = [f"N = {asked['width']} D = {asked['depth']} members = {asked['members']} "
               f"({case['broken_off']})" for case in report["cases"] for asked in [case["case"]]
               if "broken_off" in case and not case.get("results")]
    if untimed:
        lines += ["", f"Not timed: {', '.join(untimed)}"]
    return "\n".join(lines)


def integers(text):
    return [int(part) for part in text.split(",")]


def names(text):
    return text.split(",")


def cases_of(text):
    """"N:D:members[:delay+delay]", separated by commas -> [(N, D, members, [delay])]."""
    found = []
    for part in text.split(","):
        numbers = part.split(":")
        if len(numbers) not in (3, 4):
            raise argparse.ArgumentTypeError(f"`{part}` is not N:D:members[:delay+delay]")
        delays = numbers[3].split("+") if len(numbers) == 4 else []
        found.append((*(int(number) for number in numbers[:3]), [int(d) for d in delays]))
    return found


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--python", default=sys.executable, help="a python that has torch")
    parser.add_argument("--polypath", default=str(HERE.parent / "build/release/polypath"))
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda"], help="of the rivals")
    parser.add_argument("--epochs-program", metavar="FILE",
                        help="polypath_epochs, to be timed in place of whole runs")
    parser.add_argument("--library-path", metavar="FOLDERS",
                        help="LD_LIBRARY_PATH of --epochs-program, which the rivals do not get")
    parser.add_argument("--backend", default="cuda", choices=["cpu", "cuda"],
                        help="of --epochs-program")
    parser.add_argument("--delays", type=names, default=["1", "auto"],
                        help="of --epochs-program: epochs between updates of W, or auto")
    parser.add_argument("--cases", type=cases_of, metavar="N:D:MEMBERS[:DELAY+DELAY],...",
                        help="in place of --widths, --depths and --members; the delays are timed "
                        "afterwards, by themselves")
    parser.add_argument("--budget", type=float, metavar="SECONDS",
                        help="start no case later than that, and do fewer rounds")
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
    parser.add_argument("--table", metavar="FILE",
                        help="print what --json or polypath_epochs wrote as Markdown, and end")
    options = parser.parse_args()
    options.variants = list(VARIANTS) if options.variants == ["all"] else options.variants
    options.deadline = time.monotonic() + (options.budget or float("inf"))
    if options.cases is None:
        options.cases = [(width, depth, options.members, []) for width in options.widths
                         for depth in options.depths]
    if options.device == "cuda" and not options.epochs_program:
        parser.error("--device cuda needs --epochs-program, so that both are timed on the card")
    for given, known in ((options.variants, VARIANTS),
                         (options.environments, ("best", "installed")),
                         (options.activations, ("linear", "tanh", "relu"))):
        for name in set(given) - set(known):
            parser.error(f"`{name}` is none of {', '.join(known)}")
    return options


def write(file, report):
    """Whole or not at all: whoever is killed leaves the cases so far."""
    if file:
        part = Path(f"{file}.part")
        part.write_text(json.dumps(report, indent=1) + "\n")
        part.replace(file)


def make_engine(options):
    if options.epochs_program:
        environment = {**os.environ, "LD_LIBRARY_PATH": options.library_path} \
            if options.library_path else None
        return Child("polypath", [options.epochs_program, options.backend, "--serve", "--threads",
                                  str(options.threads)], environment)
    if os.access(options.polypath, os.X_OK):
        return Engine(options.polypath, options.threads)
    print(f"{options.polypath}: not built yet; timing the rival alone")
    return None


def all_cases(options):
    for width, depth, members, more_delays in options.cases:
        for activation in options.activations:
            # sigma sqrt(N) = 0.316 as in the paper at N = 1000, so that all widths learn
            yield {"depth": depth, "width": width, "activation": activation, "members": members,
                   "precision": options.precision, "sigma": 0.01 * (1000 / width) ** 0.5,
                   "learning_rate": 0.01}, more_delays


def main():
    options = parse()
    if options.table:
        print(markdown(json.loads(Path(options.table).read_text())))
        return 0
    if options.json and not Path(options.json).resolve().parent.is_dir():
        sys.exit(f"compare_pytorch.py: {options.json}: no such directory")
    settings = environments(options.threads)
    rivals = [Child(name, [options.python, str(HERE / "comparison" / "rival.py"),
                           str(options.threads), options.device], settings[name])
              for name in options.environments]
    engine = make_engine(options)
    print(f"{processor()[0]}, {os.cpu_count()} CPUs")
    report = {"date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
              "cpu": processor()[0], "threads": options.threads, "precision": options.precision,
              "load": os.getloadavg(), "rivals": {r.name: r.about for r in rivals},
              "cases": [{"case": case, "broken_off": "not reached"} for case, _ in all_cases(options)]}
    for rival in rivals:
        print(f"{rival.name}: PyTorch {rival.about['torch']}, {rival.about['blas']}")
    if isinstance(engine, Child):
        report["polypath"] = engine.about
        print(f"polypath: {', '.join(map(str, engine.about.values()))}")
    broken = 0
    try:
        for number, (case, more_delays) in enumerate(all_cases(options)):
            if time.monotonic() > options.deadline:
                report["cases"][number]["broken_off"] = "no time was left"
                print(f"\nN = {case['width']}, D = {case['depth']}, {case['members']} members: left "
                      "out, no time was left")
                continue
            report["cases"][number] = compare(rivals, engine, case, more_delays, options)
            broken += "broken_off" in report["cases"][number]
            write(options.json, report)
    finally:
        for child in [*rivals, engine]:
            if isinstance(child, Child):
                child.close()
        write(options.json, report)
    return 1 if broken else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except EngineError as error:
        sys.exit(f"compare_pytorch.py: {error}")
