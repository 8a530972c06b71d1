"""Lithops' partitioner on localhost, as a contestant (see protocol.ts)."""

import json
import os
import sys
from time import perf_counter

import lithops
from lithops.job.partitioner import create_partitions

# As in lithops_localhost.py.
CONFIG = {"lithops": {"backend": "localhost", "storage": "localhost", "data_cleaner": False}}
# As Skein cuts unless told otherwise.
CHUNK = 64 * 2**20


def count_lines(obj):
    return obj.data_stream.read().count(b"\n")


def count(executor, path, request):
    def work():
        futures = executor.map(count_lines, path, obj_chunk_size=CHUNK)
        return executor.get_result(futures, show_progressbar=False)

    ms, counts = timed(work)
    return {"ms": ms, "answer": sum(counts) / request["records"]}


def plan(executor, path, request):
    """What `map` does before there is a job, which cannot be asked for alone."""
    data = [{"obj": path}]
    ms, (partitions, _) = timed(
        lambda: create_partitions(executor.config, executor.internal_storage, data, CHUNK, None, "\n")
    )
    return {"ms": ms, "answer": len(partitions) / request["objects"]}


SKILLS = {"count": count, "plan": plan}


def timed(work):
    start = perf_counter()
    result = work()
    return (perf_counter() - start) * 1000, result


if __name__ == "__main__":
    # Its workers print too.
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    with lithops.FunctionExecutor(config=CONFIG, log_level="ERROR") as executor:
        path = os.environ["SKEIN_BENCH_DATA"]
        for line in sys.stdin:
            request = json.loads(line)
            reply = SKILLS[request["op"]](executor, path, request)
            print(json.dumps(reply), file=replies, flush=True)
