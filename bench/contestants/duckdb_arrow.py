"""DuckDB on an Arrow file that pyarrow maps into memory, as a contestant (see protocol.ts). DuckDB reads none by itself."""

import json
import os
import sys
from time import perf_counter

import duckdb
import pyarrow


def total(duck, path):
    with pyarrow.memory_map(path) as file:
        table = pyarrow.ipc.open_file(file).read_all()
        return duck.from_arrow(table).sum("amount").fetchone()[0]


if __name__ == "__main__":
    path = os.environ["SKEIN_BENCH_DATA"]
    with duckdb.connect(config={"threads": 2}) as duck:
        for line in sys.stdin:
            request = json.loads(line)
            start = perf_counter()
            answer = total(duck, path) / request["rows"]
            print(json.dumps({"ms": (perf_counter() - start) * 1000, "answer": answer}), flush=True)
