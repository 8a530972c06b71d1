/** Runs one exported function of a module for a test in another process. See `runClient`. */
import type { Surroundings } from './processes.ts';

const [module = '', name = '', args = ''] = process.argv.slice(2);
// A test that has gone takes its programs along.
const orphaned = (): void => process.exit(1);
process.on('disconnect', orphaned);
const heard: unknown[] = [];
const waiting: ((message: unknown) => void)[] = [];
process.on('message', (message) => {
  const next = waiting.shift();
  if (next === undefined) heard.push(message);
  else next(message);
});
const surroundings: Surroundings<unknown> = {
  say: (message) => void process.send?.(message),
  heard: () =>
    heard.length > 0 ? Promise.resolve(heard.shift()) : new Promise((resolve) => waiting.push(resolve)),
};
const exported = (await import(module)) as Record<
  string,
  (args: unknown, surroundings: Surroundings<unknown>) => Promise<void>
>;
await exported[name]?.(JSON.parse(args), surroundings);
process.off('disconnect', orphaned).disconnect();
