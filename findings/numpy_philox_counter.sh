#!/usr/bin/env bash
# numpy.random.Philox increments its counter before the first block, so counter = 0 yields the block
# that Philox4x64-10 and Random123 define for counter 1; the block of counter 0 is reached from
# 2^256 - 1. Guess: with key and counter both set, the first words are those of that counter.
# Matters to whoever reproduces one library's counter-based streams with the other's.
# Seen: numpy 2.3.5. Exits 0 while this is so.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" -q install numpy==2.3.5
"$folder/env/bin/python" - <<'END'
import numpy

MASK = 2**64 - 1


def philox4x64(counter, key):
    """Ten rounds of Salmon et al. 2011."""
    c, k = [counter, 0, 0, 0], [key, 0]
    for _ in range(10):
        a, b = 0xD2E7470EE14C6C93 * c[0], 0xCA5A826395121157 * c[2]
        c = [(b >> 64) ^ c[1] ^ k[0], b & MASK, (a >> 64) ^ c[3] ^ k[1], a & MASK]
        k = [(k[0] + 0x9E3779B97F4A7C15) & MASK, (k[1] + 0xBB67AE8584CAA73B) & MASK]
    return c


# Random123's known answer for counter 0 and key 0.
assert philox4x64(0, 0)[0] == 0x16554D9ECA36314C, "the reference itself is wrong"


def first(counter):
    return [int(word) for word in numpy.random.Philox(key=0, counter=counter).random_raw(4)]


print("numpy", numpy.__version__)
print("counter 0 of numpy:        ", [hex(word) for word in first(0)])
print("counter 0 by definition:   ", [hex(word) for word in philox4x64(0, 0)])
print("counter 1 by definition:   ", [hex(word) for word in philox4x64(1, 0)])
assert first(0) == philox4x64(1, 0) and first(0) != philox4x64(0, 0)
assert first(2**256 - 1) == philox4x64(0, 0)
END
