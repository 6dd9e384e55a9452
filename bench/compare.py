#!/usr/bin/env python3
"""Compares two files of `polypath bench --json`: which cases became faster or slower.

    python3 bench/compare.py before.json after.json

A difference counts only where it is larger than the noise of both files: their A/A pairs, how far
the blocks scatter about the median, by how much the machine's own limits moved from one file to the
other, and never less than 2 %. Times of different machines are not compared. Repeat in turn (before,
after, before) and trust what holds both times. Exit status: 0 compared, 1 some case is slower beyond
the noise (with --strict), 2 the files cannot be compared.
"""
import argparse
import json
import math
import statistics
import sys

FORMAT = "polypath bench 1"
LEAST_NOISE = 0.02
KEYS = ("width", "depth", "activation", "precision", "members")
KERNEL_KEYS = ("kernel", "out", "in", "precision")


class CannotCompare(Exception):
    """The text says why, and what to do."""


def load(path):
    try:
        with open(path, encoding="utf-8") as file:
            document = json.load(file)
    except (OSError, ValueError) as failure:
        raise CannotCompare(f"{path} cannot be read ({failure}); give files that "
                            "polypath bench --json wrote") from failure
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise CannotCompare(f"{path} is not a file of polypath bench --json ({FORMAT!r})")
    return document


def same_machine(first, second):
    """The ways in which the machines differ, as text; none where times can be compared."""
    differences = []
    for key in ("device", "simd", "threads"):
        a, b = first["machine"][key], second["machine"][key]
        if a != b:
            differences.append(f"{key}: {a} and {b}")
    return differences


def limits_of(first, second):
    """(what, where, rate in the first, rate in the second) of every limit that both measured."""
    tables = (("read_bandwidth_per_thread", ("bytes", "threads"), "gigabytes_per_second"),
              ("multiply_add_peak_per_thread", ("precision", "threads"), "gigaflops"))
    for table, keys, value in tables:
        rates = {tuple(point[key] for key in keys): point[value]
                 for point in first["machine"][table]}
        for point in second["machine"][table]:
            key = tuple(point[name] for name in keys)
            if key in rates:
                where = ", ".join(f"{name} {part}" for name, part in zip(keys, key))
                yield value, where, rates[key], point[value]


def changed_conditions(first, second):
    """Measured limits that moved by more than 10 %: the machine was busier in one of the runs."""
    return [f"{what} ({where}): {before:.1f} and {after:.1f}"
            for what, where, before, after in limits_of(first, second)
            if abs(math.log(after / before)) > math.log(1.1)]


def shift_of(first, second):
    """By how much (relative) the machine's own limits moved at the most."""
    moves = [abs(math.log(after / before)) for _, _, before, after in limits_of(first, second)]
    return math.expm1(max(moves, default=0.0))


def noise_of(case):
    """By how much (relative) two measurements of the same thing may differ in this file."""
    time = times_of(case)
    scatter = max(time["greatest"] - time["median"], time["median"] - time["least"])
    return max(LEAST_NOISE, abs(math.log(case.get("same_against_same", 1.0))),
               scatter / time["median"])


def times_of(case):
    return case["processor_ms"] if "processor_ms" in case else case["microseconds"]


def cases_of(document, table, keys):
    return {tuple(case[key] for key in keys): case for case in document.get(table, [])}


def compare(first, second, table="cases", keys=KEYS):
    """(rows, cases only in the first, cases only in the second); a row per common case. What moved
    the machine's own limits between the files may have moved any case as much."""
    a, b = cases_of(first, table, keys), cases_of(second, table, keys)
    shift = shift_of(first, second)
    rows = []
    for key in (key for key in a if key in b):
        before, after = a[key], b[key]
        old, new = times_of(before), times_of(after)
        noise = max(noise_of(before), noise_of(after), shift)
        ratio = new["median"] / old["median"]
        verdict = "within noise"
        if abs(math.log(ratio)) > math.log1p(noise):
            verdict = "slower" if ratio > 1 else "faster"
        rows.append({**dict(zip(keys, key)), "before": old["median"], "after": new["median"],
                     "ratio": ratio, "least_ratio": new["least"] / old["greatest"],
                     "greatest_ratio": new["greatest"] / old["least"], "noise": noise,
                     "verdict": verdict})
    return rows, [key for key in a if key not in b], [key for key in b if key not in a]


def print_rows(rows):
    print(f"{'N':>5} {'D':>2} {'f':>6} {'type':>7} {'mem':>3} {'before ms':>10} {'after ms':>10} "
          f"{'ratio':>6}  {'least..most':>12} {'noise':>6}  verdict")
    for row in rows:
        span = f"{row['least_ratio']:.2f}..{row['greatest_ratio']:.2f}"
        print(f"{row['width']:>5} {row['depth']:>2} {row['activation']:>6} {row['precision']:>7} "
              f"{row['members']:>3} {row['before']:>10.4g} {row['after']:>10.4g} "
              f"{row['ratio']:>6.3f}  {span:>12} {row['noise']:>6.1%}  {row['verdict']}")


def print_kernels(rows):
    print(f"{'kernel':>15} {'out':>5} {'in':>5} {'type':>7} {'before us':>10} {'after us':>10} "
          f"{'ratio':>6} {'noise':>6}  verdict")
    for row in rows:
        print(f"{row['kernel']:>15} {row['out']:>5} {row['in']:>5} {row['precision']:>7} "
              f"{row['before']:>10.4g} {row['after']:>10.4g} {row['ratio']:>6.3f} "
              f"{row['noise']:>6.1%}  {row['verdict']}")


def describe(key):
    return "N = {}, D = {}, {}, {}, {} member(s)".format(*key)


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("before")
    parser.add_argument("after")
    parser.add_argument("--strict", action="store_true",
                        help="exit status 1 where a case is slower beyond the noise")
    options = parser.parse_args(arguments)
    try:
        first, second = load(options.before), load(options.after)
        differences = same_machine(first, second)
        if differences:
            raise CannotCompare("the files are of different machines (" + "; ".join(differences) +
                                "), so a ratio would say nothing about the program; "
                                "measure both on one machine")
        rows, only_first, only_second = compare(first, second)
        if not rows:
            raise CannotCompare("the files have no case in common; measure both with the same "
                                "options")
        kernels = compare(first, second, "kernels", KERNEL_KEYS)[0]
    except CannotCompare as failure:
        print(failure, file=sys.stderr)
        return 2
    except (KeyError, TypeError, ValueError) as failure:
        print(f"a file is damaged ({failure!r}); write it again with polypath bench --json",
              file=sys.stderr)
        return 2
    print_kernels(kernels)
    print_rows(rows)
    for path, missing in ((options.before, only_first), (options.after, only_second)):
        for key in missing:
            print(f"only in {path}: {describe(key)}")
    changes = changed_conditions(first, second)
    for change in changes:
        print(f"the machine itself changed: {change}")
    if changes:
        print("so a verdict may be the machine's, not the program's: measure again, in turn")
    if first["build_type"] != second["build_type"] or first["compiler"] != second["compiler"]:
        print("built differently: {compiler}, {build_type}".format(**first),
              "and {compiler}, {build_type}".format(**second))
    middle = math.exp(statistics.median(math.log(row["ratio"]) for row in rows))
    rows = kernels + rows
    counts = {verdict: sum(row["verdict"] == verdict for row in rows)
              for verdict in ("faster", "slower", "within noise")}
    print(f"{len(rows)} cases and kernels: {counts['faster']} faster, {counts['slower']} slower, "
          f"{counts['within noise']} within noise; median ratio of the cases {middle:.3f}")
    return 1 if options.strict and counts["slower"] else 0


if __name__ == "__main__":
    sys.exit(main())
