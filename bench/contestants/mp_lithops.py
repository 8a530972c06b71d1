"""Lithops' multiprocessing on localhost and a Redis, whose port is the argument, as a contestant."""

import json
import os
import sys

# Said in full, so that no file is looked for. Its cleaner, a process of its own that would run beside the others'
# rounds, is left out: the bench removes the whole home.
os.environ["LITHOPS_CONFIG"] = json.dumps(
    {
        "lithops": {"backend": "localhost", "storage": "localhost", "data_cleaner": False, "log_level": "ERROR"},
        "redis": {"host": "127.0.0.1", "port": int(sys.argv[1])},
    }
)
sys.dont_write_bytecode = True

import lithops.multiprocessing  # noqa: E402
import mp_games  # noqa: E402

if __name__ == "__main__":
    # It prints empty lines where there is no progress to be shown: they are no replies.
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    mp_games.serve(lithops.multiprocessing, replies)
