#!/usr/bin/env python3
"""Writes invariant_table.hpp: the invariant (22) to 17 digits, from mpmath at 900.

The reference is the hypergeometric function itself, not the recurrence under test; the tail is
the difference from the limit at a precision that outlasts its cancellation.
Usage: python3 make_invariant_table.py > invariant_table.hpp
"""
import mpmath

DEPTHS = (1, 2, 3, 4, 5, 7, 8, 13, 20, 51, 100)
POINTS = ("1e-8", "1e-5", "1e-3", "0.03", "0.2", "0.7", "1", "1.5", "4", "30", "1e3", "1e5", "1e8")
SMALLEST_TAIL = mpmath.mpf("1e-290")


def invariant(p, depth):
    half = mpmath.mpf(1) / 2
    return p * mpmath.hyp2f1(half, (depth - 1) * half, 3 * half, -p * p)


def limit(depth):
    half = mpmath.mpf(1) / 2
    return mpmath.sqrt(mpmath.pi) / 2 * mpmath.gamma((depth - 2) * half) / mpmath.gamma(
        (depth - 1) * half)


def row(depth, text):
    # The double nearest to the decimal is what the program sees, so it is what is evaluated.
    p = mpmath.mpf(float(text))
    value = invariant(p, depth)
    tail = limit(depth) - value if depth > 2 else mpmath.inf
    shown = "unbounded" if depth <= 2 else mpmath.nstr(tail, 18) if tail > SMALLEST_TAIL else "0"
    return f"    {{{depth}, {text}, {mpmath.nstr(value, 18)}, {shown}}},"


def main():
    mpmath.mp.dps = 900  # the tail at depth 100, p = 1e8 is about 1e-786
    print("// Made by make_invariant_table.py with mpmath; do not edit.")
    print("#pragma once\n\n#include <array>\n#include <limits>\n")
    print("namespace polypath::theory {\n")
    print("/// F_D(p) of equation (22) and F_D(infinity) - F_D(p); a tail of 0 lies below 1e-290.")
    print("struct InvariantRow {\n  int depth;\n  double p;\n  double value;\n  double tail;\n};\n")
    print("inline constexpr double unbounded = std::numeric_limits<double>::infinity();\n")
    rows = [row(depth, text) for depth in DEPTHS for text in POINTS]
    print(f"inline constexpr std::array<InvariantRow, {len(rows)}> invariant_table{{{{")
    print("\n".join(rows))
    print("}};\n\n}  // namespace polypath::theory")


if __name__ == "__main__":
    main()
