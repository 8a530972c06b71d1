"""Python's multiprocessing.Pool as a contestant: one request a line in, one reply a line out (see protocol.ts)."""

import json
import sys
from multiprocessing import Pool
from time import perf_counter


def increment(n):
    return n + 1


def same(value):
    return value


def hits(seed, points):
    """The same generator, and so the same points, as pi.ts."""
    state = seed
    inside = 0
    for _ in range(points):
        state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
        x = state / 4294967296
        state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
        y = state / 4294967296
        if x * x + y * y <= 1:
            inside += 1
    return inside


def timed(work, check):
    start = perf_counter()
    result = work()
    return {"ms": (perf_counter() - start) * 1000, "answer": check(result)}


def calls(pool, request):
    data = list(range(request["count"]))
    # None is Pool.map's own choice: four chunks a worker.
    return timed(lambda: pool.map(increment, data, request.get("chunksize")), sum)


def stage(pool, request):
    data = list(range(request["count"]))
    chunksize = request.get("chunksize")

    def chain():
        results = pool.map(increment, data, chunksize)
        for _ in range(4):
            results = pool.map(same, results, chunksize)
        return results

    def groups():
        groups = {}
        for n, result in zip(data, pool.map(increment, data, chunksize)):
            groups.setdefault(n % 10, []).append(result)
        return pool.map(sum, groups.values(), 1)

    shapes = {"map": lambda: pool.map(increment, data, chunksize), "chain": chain, "groups": groups}
    return timed(shapes[request["shape"]], sum)


def large(pool, request):
    # Not zeros of calloc: pages that were never touched would be read for free.
    value = b"\x01" * request["bytes"]
    return timed(lambda: pool.apply(same, (value,)), len)


def pi(pool, request):
    tasks = [(seed, request["points"]) for seed in range(request["tasks"])]
    return timed(lambda: pool.starmap(hits, tasks, 1), sum)


SKILLS = {"calls": calls, "stage": stage, "large": large, "pi": pi}

if __name__ == "__main__":
    with Pool(2) as pool:
        for line in sys.stdin:
            request = json.loads(line)
            print(json.dumps(SKILLS[request["op"]](pool, request)), flush=True)
