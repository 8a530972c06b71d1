/** A process for recorder.test.ts: it is killed in the middle of its second operation. */
import { appendFileSync } from 'node:fs';
import type { CounterInput } from './models.ts';
import { Recorder } from './recorder.ts';

const file = process.argv[2] ?? '';
const recorder = new Recorder<CounterInput, number>({ journal: (line) => appendFileSync(file, line) });
await recorder.record('a', { op: 'increment', by: 1 }, async () => 1);
await recorder.record('a', { op: 'increment', by: 1 }, async () => {
  process.kill(process.pid, 'SIGKILL');
  return 2;
});
