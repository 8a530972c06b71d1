/** Calls that fail, hang, or take their worker with them: each has its time and its attempts, and harms no other. */
import { createHash } from 'node:crypto';
import { type CallContext, CallTimeoutError, FunctionExecutor, WorkerLostError } from '@skein/executor';

/** A service that is busy every other time: by chance, but the same chance on every run. */
function ask(city: string, { attempt }: CallContext): string {
  const chance = createHash('sha256').update(`${city} ${attempt}`).digest().readUInt8(0);
  if (chance < 128) throw new Error(`busy, come back later for ${city}`);
  return `sunny in ${city}`;
}

/** Takes twice as long with every letter before an end that does not match: no code around it could interrupt that. */
function onlyLetters(text: string): boolean {
  return /^([a-z]+)+$/.test(text);
}

/** Ends like a process that the kernel kills, in each attempt but the last. */
function fragile(deaths: number, { attempt }: CallContext): string {
  if (attempt <= deaths) process.kill(process.pid, 'SIGKILL');
  return 'alive';
}

function inWords(error: unknown): string {
  if (error instanceof CallTimeoutError) return `stopped after ${error.timeoutMs} ms`;
  if (error instanceof WorkerLostError) return `lost with its worker: ${error.signal}`;
  return String(error);
}

await using executor = new FunctionExecutor({ retries: 3 });
const jobs = [
  executor.map(ask, ['Bergen', 'Cork', 'Ghent', 'Graz', 'Porto', 'Turku', 'Tartu']),
  executor.map(onlyLetters, ['skein', `${'z'.repeat(50)}!`], { timeoutMs: 1_000, retries: 1 }),
  executor.map(fragile, [0, 1, 2, 1_000]),
];
await executor.wait();

for (const [index, { name, calls, failures, retries }] of executor.jobSummary().entries()) {
  console.log(`${name}: ${calls} calls, ${failures} failed, ${retries} retries`);
  for (const future of jobs[index]!.futures) {
    const { success, stats, error } = future;
    console.log(`  attempt ${stats?.attempt}: ${success ? await future : inWords(error)}`);
  }
}
