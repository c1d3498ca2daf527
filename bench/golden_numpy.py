"""Makes the golden draws of NumPy's legacy generator.

    pip install numpy
    python bench/golden_numpy.py > crates/headstart-engine/src/rng/numpy.golden
"""
import numpy as np

print("# seed call argument: what NumPy draws. rand and randn skip as many numbers as the argument says; mixed is a")
print("# normal number and two uniform ones, again and again; made by bench/golden_numpy.py")


def show(seed, call, argument, values):
    number = int if call in ("randint", "permutation") else float
    print(f"{seed} {call} {argument}:", *(repr(number(x)) for x in values))


for seed in (0, 1, 3, 12345, 4294967295):
    fresh = lambda: np.random.RandomState(seed)
    show(seed, "rand", 0, fresh().rand(4))
    show(seed, "rand", 1300, fresh().rand(1304)[1300:])
    show(seed, "randn", 0, fresh().randn(7))
    show(seed, "randn", 2001, fresh().randn(2006)[2001:])
    state = fresh()
    show(seed, "mixed", 0, [state.rand() if i % 3 else state.randn() for i in range(9)])
    for n in (2, 10, 1000, 2**31 - 1, 2**40):
        state = fresh()
        show(seed, "randint", n, [state.randint(n) for _ in range(5)])
    show(seed, "permutation", 10, fresh().permutation(10))
    show(seed, "permutation", 1000, fresh().permutation(1000)[:8])
