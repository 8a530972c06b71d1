"""What the client's memory grows by while Pool.imap works off a generator: lazy-pool.py <calls>."""

import json
import sys
from multiprocessing import Pool
from resource import RUSAGE_SELF, getrusage


def increment(n):
    return n + 1


def inputs(count):
    return (n % 10 for n in range(count))


def peak():
    return getrusage(RUSAGE_SELF).ru_maxrss * 1024


if __name__ == "__main__":
    count = int(sys.argv[1])
    with Pool(2) as pool:
        sum(pool.imap(increment, inputs(1_000), 100))
        before = peak()
        mean = sum(pool.imap(increment, inputs(count), 100)) / count
        print(json.dumps({"bytes": peak() - before, "answer": mean}), flush=True)
