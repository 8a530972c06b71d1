/** A program that uses an executor and ends in one of several ways, for tests that look at what it leaves behind. */
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { FunctionExecutor } from '@skein/executor';
import { scratchFolders } from './processes.ts';

const scenario = process.argv[2];
const before = scratchFolders();
const executor = new FunctionExecutor({ workers: 2 });

const tell = (pids: readonly number[]): void => {
  const scratch = [...scratchFolders()].filter((name) => !before.has(name));
  console.log(JSON.stringify({ pids, scratch }));
};

const slowPid = async (ms: number): Promise<number> => {
  await new Promise((resolve) => setTimeout(resolve, ms));
  return process.pid;
};

if (scenario === 'unawaited') {
  executor
    .map(
      async (x: number) => {
        await new Promise((resolve) => setTimeout(resolve, 300));
        return x;
      },
      [1, 2, 3],
    )
    .then((results) => console.log(`done ${results.length}`));
} else if (scenario === 'endless agents') {
  const file = process.argv[3] ?? '';
  writeFileSync(file, '');
  executor.map((): number => {
    appendFileSync(file, `${process.pid}\n`);
    for (;;);
  }, [1, 2]);
  const told = (): number[] => readFileSync(file, 'utf8').trim().split('\n').filter(Boolean).map(Number);
  while (told().length < 2) await new Promise((resolve) => setTimeout(resolve, 20));
  tell(told());
} else {
  const pids = [...new Set(await executor.map(slowPid, [50, 50]))];
  if (scenario === 'busy') executor.map(slowPid, [60_000, 60_000]);
  if (scenario === 'endless') {
    executor.map((): number => {
      for (;;);
    }, [1, 2]);
  }
  // A moment for the calls to begin: nobody tells when they have.
  if (scenario !== 'forgetful') await new Promise((resolve) => setTimeout(resolve, 200));
  tell(pids);
  if (scenario === 'idle') setInterval(() => {}, 1_000);
}
