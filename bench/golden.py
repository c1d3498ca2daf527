"""Prints inputs and correctly rounded results of the engine's elementary functions, for its tests.

    python bench/golden.py > crates/headstart-engine/src/math/golden.txt

A line is a function, the bits of an input and the bits of the result, both in hex. Needs mpmath.
"""

import math
import random
import struct
from mpmath import mp, mpf, cos, erf, exp, expm1, log, log1p, sin, tanh

mp.prec = 1300
# Enough to round correctly, and to add 1 to a number of any size.
FUNCTIONS = {
    "exp": exp,
    "exp_m1": expm1,
    "ln": log,
    "ln_1p": log1p,
    "tanh": tanh,
    "erf": erf,
    "sigmoid": lambda x: 1 / (1 + exp(-x)),
    "softplus": lambda x: log1p(exp(x)),
    "sin": sin,
    "cos": cos,
}
# Where results overflow, vanish, saturate or where a method changes.
BORDERS = {
    "exp": [709.782712893384, -708.3964185322641, -745.1332191019411, math.log(2) / 2, -math.log(2) / 2],
    "exp_m1": [709.782712893384, -37.42994775023705, math.log(2) / 2, math.log(2) / 2 * 3, -math.log(2) / 2],
    "ln": [1.0, math.sqrt(2), math.sqrt(0.5), 2.2250738585072014e-308, 1.7976931348623157e308],
    "ln_1p": [-1.0, math.sqrt(2) - 1, math.sqrt(0.5) - 1, 1.0, 2.0**53, 2.0**1000, 1.7976931348623157e308],
    "tanh": [19.061547465398498, math.log(2) / 4, -math.log(2) * 3 / 4, 1.0],
    "erf": [5.921587195794507, 0.3, 0.5, 1.0, -0.75],
    "sigmoid": [-708.3964185322641, -745.1332191019411, 36.7368005696771, -36.7368005696771, math.log(2) / 2],
    "softplus": [-708.3964185322641, -745.1332191019411, 36.7368005696771, 0.0, -0.881373587019543],
    "sin": [k * math.pi / 4 for k in (1, 2, 3, 4, 5, 355, 63661, 2**20)] + [6381956970095103 * 2.0**797],
    "cos": [k * math.pi / 4 for k in (1, 2, 3, 4, 6, 355, 63662, 2**20)] + [5.0e8, 1.1e9],
}


def bits(x):
    return struct.unpack("Q", struct.pack("d", x))[0]


def to_double(y):
    """Rounds once, to subnormals as well: mpmath's own conversion does, but for the last of them."""
    if y == 0 or abs(y) >= mpf(2) ** -1022:
        return float(y) if abs(y) < mpf(2) ** 1024 * (1 - mpf(2) ** -54) else math.copysign(math.inf, y)
    return int(mp.nint(y * mpf(2) ** 1074)) * 2.0**-1074


def inputs(name, random_number):
    for border in BORDERS[name]:
        x = border
        for _ in range(3):
            x = math.nextafter(x, -math.inf)
        for _ in range(7):
            yield x
            x = math.nextafter(x, math.inf)
    for exponent in range(-1074, 1024, 41):
        yield random_number.uniform(1, 2) * 2.0**exponent
        yield -random_number.uniform(1, 2) * 2.0**exponent
    for exponent in range(-30, 12):
        for _ in range(4):
            yield random_number.uniform(1, 2) * 2.0**exponent
            yield -random_number.uniform(1, 2) * 2.0**exponent
    for _ in range(120):
        yield random_number.uniform(-3, 3)


random_number = random.Random(1)
for name, function in FUNCTIONS.items():
    for x in inputs(name, random_number):
        if not math.isfinite(x) or name == "ln" and x <= 0 or name == "ln_1p" and x <= -1:
            continue
        mp.prec = 1300 if abs(x) > 1e6 or abs(x) < 1e-6 else 200
        if name in ("exp", "exp_m1", "softplus", "sigmoid", "tanh") and abs(x) > 800:
            mp.prec, x = 200, math.copysign(800 + abs(x) % 100, x)
        if name == "erf" and abs(x) > 20:
            continue
        y = to_double(function(mpf(x)))
        print(f"{name} {bits(x):x} {bits(y):x}")
