"""Lithops' storage on an S3 server, in this process and in functions, as a contestant (see protocol.ts)."""

import hashlib
import io
import json
import os
import sys
import uuid
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter

import lithops

SERVER = json.loads(os.environ["SKEIN_BENCH_S3"])
# Said in full, so that no file is looked for. Its cleaner, a process of its own that would run beside the others'
# rounds, is left out: the server goes with the bench.
CONFIG = {
    "lithops": {"backend": "localhost", "storage": "minio", "data_cleaner": False},
    "minio": {
        "endpoint": SERVER["endpoint"],
        "access_key_id": SERVER["accessKeyId"],
        "secret_access_key": SERVER["secretAccessKey"],
        "storage_bucket": SERVER["bucket"],
    },
}
# As in buckets/content.ts.
BLOCK = 4096
PIECE = 1 << 20


def content_of(n, bytes):
    block = hashlib.shake_256(b"skein").digest(BLOCK)
    return (block * ((n + bytes) // BLOCK + 1))[n : n + bytes]


def is_content_of(n, bytes, body):
    block = hashlib.shake_256(b"skein").digest(BLOCK)
    return len(body) == bytes and body[0] == block[n % BLOCK] and body[-1] == block[(n + bytes - 1) % BLOCK]


def let_go(storage):
    """Its worker forks with connections open that it goes on to use: answers to both would be mixed up."""
    storage.get_client()._endpoint.http_session.close()


def write_one(n, prefix, bytes, storage):
    let_go(storage)
    storage.put_object(storage.bucket, f"{prefix}{n}", content_of(n, bytes))
    # Of a function without a result Lithops does not say that it has failed.
    return 1


def read_one(n, prefix, bytes, storage):
    let_go(storage)
    return is_content_of(n, bytes, storage.get_object(storage.bucket, f"{prefix}{n}"))


class Pieces(io.RawIOBase):
    """A body that is never in memory as a whole. It can be read twice, which signing it takes."""

    def __init__(self, bytes):
        self._piece = content_of(0, min(PIECE, bytes))
        self._bytes = bytes
        self._at = 0

    def readable(self):
        return True

    def seekable(self):
        return True

    def __len__(self):
        return self._bytes

    def tell(self):
        return self._at

    def seek(self, offset, whence=0):
        self._at = offset + (0, self._at, self._bytes)[whence]
        return self._at

    def readinto(self, target):
        start = self._at % PIECE
        count = min(len(target), self._bytes - self._at, len(self._piece) - start)
        target[:count] = memoryview(self._piece)[start : start + count]
        self._at += count
        return count


def in_threads(storage, act, count, prefix, bytes, at_once):
    with ThreadPoolExecutor(at_once) as threads:
        return list(threads.map(lambda n: act(n, prefix, bytes, storage), range(count)))


def in_functions(executor, act, count, prefix, bytes):
    data = [{"n": n, "prefix": prefix, "bytes": bytes} for n in range(count)]
    return executor.get_result(executor.map(act, data), show_progressbar=False)


def write_stream(storage, prefix, bytes):
    storage.put_object(storage.bucket, f"{prefix}0", Pieces(bytes))


def read_stream(storage, prefix):
    body = storage.get_object(storage.bucket, f"{prefix}0", stream=True)
    length = 0
    while piece := body.read(PIECE):
        length += len(piece)
    return length


class Contestant:
    def __init__(self, executor):
        self._executor = executor
        self._storage = executor.storage
        self._kept = None

    def play(self, request):
        count = request.get("count", 1)
        write, read = self._acts(request)
        if request["act"] == "write":
            prefix = f"{uuid.uuid4()}/"
            ms, _ = timed(lambda: write(prefix))
            found = self._storage.list_objects(self._storage.bucket, prefix)
            self._storage.delete_objects(self._storage.bucket, [one["Key"] for one in found])
            return {"ms": ms, "answer": sum(one["Size"] == request["bytes"] for one in found) / count}
        if self._kept is None:
            self._kept = f"{uuid.uuid4()}/"
            write(self._kept)
        ms, share = timed(lambda: read(self._kept))
        return {"ms": ms, "answer": share}

    def _acts(self, request):
        bytes = request["bytes"]
        if request["op"] == "stream":
            return (
                lambda prefix: write_stream(self._storage, prefix, bytes),
                lambda prefix: read_stream(self._storage, prefix) / bytes,
            )
        count = request["count"]
        at_once = request.get("atOnce")

        def each(act, prefix):
            if at_once is None:
                return in_functions(self._executor, act, count, prefix, bytes)
            return in_threads(self._storage, act, count, prefix, bytes, at_once)

        return (
            lambda prefix: each(write_one, prefix),
            lambda prefix: sum(each(read_one, prefix)) / count,
        )


def timed(work):
    start = perf_counter()
    result = work()
    return (perf_counter() - start) * 1000, result


if __name__ == "__main__":
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    with lithops.FunctionExecutor(config=CONFIG, log_level="ERROR") as executor:
        contestant = Contestant(executor)
        for line in sys.stdin:
            print(json.dumps(contestant.play(json.loads(line))), file=replies, flush=True)
