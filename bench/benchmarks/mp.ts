/** Who plays the benchmarks of multiprocessing, and what is said of all of them. */
import type { Request } from '../contestants/protocol.ts';
import type { Scale, ServedContestant } from '../harness/benchmark.ts';

/** Requests of processes that share something. */
type Shared = Extract<Request, { readonly by?: 'tcp' }>;

export function skein(request: Request, name = 'Skein', parts = 1): ServedContestant {
  return { kind: 'served', name, program: 'multiprocessing.ts', request, parts };
}

export function skeinTcp(request: Shared, parts = 1): ServedContestant {
  return skein({ ...request, by: 'tcp' }, 'Skein, server by TCP', parts);
}

export function python(request: Request, parts = 1): ServedContestant {
  return { kind: 'served', name: 'Python', program: 'mp_python.py', request, parts };
}

export function lithopsOnRedis(request: Request, { quick }: Scale, parts = 1): ServedContestant {
  return {
    kind: 'served',
    name: 'Lithops on Redis',
    program: 'mp_lithops.py',
    request,
    parts,
    python: { packages: ['lithops==3.8.0', 'redis==5.2.1'], install: !quick },
    redis: { install: !quick },
  };
}

/** What must not be forgotten where Python's processes share something. */
export const KERNEL =
  'Python’s pipes and semaphores are the kernel’s, of one machine. Skein’s are at a server, in the process that starts the others or in one of its own: the same program goes over a network, and what a process holds that dies is freed.';
