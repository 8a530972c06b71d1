"""The requests that processes play together (see protocol.ts), for whoever has the interface of multiprocessing."""

import json
import sys
from time import perf_counter


def square(x):
    return x * x


def spin(n):
    end = perf_counter() + 0.001
    while perf_counter() < end:
        pass
    return n


def same(value):
    return value


def obey(control, work, *things):
    """What a process does until there is no more: perf_counter is a clock that all processes of a machine have."""
    while True:
        share = control.recv()
        if share is None:
            return
        start = perf_counter()
        result = work(share, *things)
        control.send((start, perf_counter(), result))


def puts(count, queue):
    for n in range(count):
        queue.put(n % 10)
    return 0


def takes(count, queue):
    total = 0
    for _ in range(count):
        total += queue.get()
    return total


def asks(count, peer):
    total = 0
    for n in range(count):
        peer.send(n % 10)
        total += peer.recv()
    return total


def echoes(count, peer):
    for _ in range(count):
        peer.send(peer.recv())
    return 0


def locks(count, lock):
    held = []
    for _ in range(count):
        lock.acquire()
        start = perf_counter()
        held.append((start, perf_counter()))
        lock.release()
    return held


def meets(count, barrier):
    total = 0
    for _ in range(count):
        total += barrier.wait()
    return total


class Crew:
    """Processes that stay for all rounds."""

    def __init__(self, mp, members):
        self.members = []
        for work, *things in members:
            control, theirs = mp.Pipe()
            process = mp.Process(target=obey, args=(theirs, work, *things))
            process.start()
            self.members.append((process, control))

    def play(self, share):
        for _, control in self.members:
            control.send(share)
        done = [control.recv() for _, control in self.members]
        start = min(one[0] for one in done)
        end = max(one[1] for one in done)
        return (end - start) * 1000, [one[2] for one in done]

    def close(self):
        for process, control in self.members:
            control.send(None)
            process.join()


def share_of(results, is_right):
    return sum(1 for n, result in enumerate(results) if is_right(result, n)) / len(results)


class Games:
    def __init__(self, mp):
        self.mp = mp
        self.pool = None
        self.crew = None

    def play(self, request):
        return getattr(self, request["op"])(request)

    def close(self):
        if self.crew is not None:
            self.crew.close()
        if self.pool is not None:
            self.pool.close()
            self.pool.join()

    def poolMap(self, request):
        if self.pool is None:
            self.pool = self.mp.Pool(2)
        count, size = request["count"], request.get("bytes", 0)
        numbers = list(range(count))
        task, items, is_right = {
            "square": lambda: (square, numbers, lambda result, n: result == n * n),
            "spin": lambda: (spin, numbers, lambda result, n: result == n),
            "same": lambda: (
                same,
                [bytes([n % 256]) * size for n in numbers],
                lambda result, n: len(result) == size and result[-1] == n % 256,
            ),
        }[request["task"]]()
        start = perf_counter()
        results = self.pool.map(task, items, request.get("chunksize"))
        ms = (perf_counter() - start) * 1000
        return {"ms": ms, "answer": share_of(results, is_right)}

    def queue(self, request):
        count, pairs = request["count"], request["pairs"]
        if self.crew is None:
            queue = self.mp.Queue()
            self.crew = Crew(self.mp, [(puts, queue), (takes, queue)] * pairs)
        ms, results = self.crew.play(count // pairs)
        return {"ms": ms, "answer": sum(results) / count}

    def pipe(self, request):
        if self.crew is None:
            one, other = self.mp.Pipe()
            self.crew = Crew(self.mp, [(asks, one), (echoes, other)])
        ms, results = self.crew.play(request["count"])
        return {"ms": ms, "answer": sum(results) / request["count"]}

    def lock(self, request):
        if self.crew is None:
            lock = self.mp.Lock()
            self.crew = Crew(self.mp, [(locks, lock)] * 2)
        ms, processes = self.crew.play(request["count"])
        hand_overs = count_hand_overs(processes)
        return {"ms": ms / hand_overs if request.get("perHandOver") else ms, "answer": 1}

    def barrier(self, request):
        if self.crew is None:
            barrier = self.mp.Barrier(request["parties"])
            self.crew = Crew(self.mp, [(meets, barrier)] * request["parties"])
        ms, results = self.crew.play(request["count"])
        return {"ms": ms, "answer": sum(results) / request["count"]}


def count_hand_overs(processes):
    """How often the lock went from one process to the other. Raises when both have held it at a time."""
    held = sorted((start, end, who) for who, times in enumerate(processes) for start, end in times)
    hand_overs = 0
    for (_, end, before), (start, _, who) in zip(held, held[1:]):
        if start < end:
            raise RuntimeError("two processes have held the lock at the same time")
        hand_overs += who != before
    return max(1, hand_overs)


def serve(mp, replies):
    games = Games(mp)
    for line in sys.stdin:
        print(json.dumps(games.play(json.loads(line))), file=replies, flush=True)
    games.close()
