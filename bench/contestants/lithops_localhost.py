"""Lithops on localhost as it comes, as a contestant: one request a line in, one reply a line out (see protocol.ts)."""

import json
import sys
from time import perf_counter

import lithops

# Said in full, so that no file is looked for. Its cleaner, a process of its own that would run beside the others'
# rounds, is left out: the bench removes the whole home.
CONFIG = {"lithops": {"backend": "localhost", "storage": "localhost", "data_cleaner": False}}


def increment(n):
    return n + 1


def rate(executor, request):
    data = [n % 10 for n in range(request["count"])]
    start = perf_counter()
    futures = executor.map(increment, data)
    results = executor.get_result(futures, show_progressbar=False)
    return {"ms": (perf_counter() - start) * 1000, "answer": sum(results) / len(data)}


if __name__ == "__main__":
    with lithops.FunctionExecutor(config=CONFIG, log_level="ERROR") as executor:
        for line in sys.stdin:
            print(json.dumps(rate(executor, json.loads(line))), flush=True)
