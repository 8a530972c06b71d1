"""Python's multiprocessing as it comes, as a contestant."""

import multiprocessing
import sys

# Beside the program: nothing of a run stays there.
sys.dont_write_bytecode = True

import mp_games  # noqa: E402

if __name__ == "__main__":
    mp_games.serve(multiprocessing, sys.stdout)
