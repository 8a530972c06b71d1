/** What handles count in a process, as it is told from time to time, and put together. */
import { expect, onTestFinished, test } from 'vitest';
import { MetricsReader, MetricsSum, registerMetrics } from '../src/index.ts';

function counting(name: string): {
  counters: Record<string, number>;
  gauges: Record<string, number>;
  end: () => void;
} {
  const counters: Record<string, number> = { hits: 0, misses: 0 };
  const gauges: Record<string, number> = { bytes: 10 };
  const end = registerMetrics({ name, read: () => ({ counters: { ...counters }, gauges: { ...gauges } }) });
  onTestFinished(end);
  return { counters, gauges, end };
}

function reader(): MetricsReader {
  const made = new MetricsReader();
  onTestFinished(() => made.close());
  return made;
}

test('a reader is told what was counted since it has asked before, and nothing of what has counted nothing', () => {
  const one = counting('test:one');
  counting('test:idle');
  const told = reader();
  expect(told.take()).toBeUndefined();
  one.counters['hits'] = 3;
  expect(told.take()).toEqual({ 'test:one': { counters: { hits: 3 }, gauges: { bytes: 10 } } });
  expect(told.take()).toBeUndefined();
  Object.assign(one.counters, { hits: 4, misses: 2 });
  expect(told.take()).toEqual({ 'test:one': { counters: { hits: 1, misses: 2 }, gauges: { bytes: 10 } } });
});

test('what a source has counted before it ended is told, and of two with one name the sum', () => {
  const told = reader();
  const first = counting('test:one');
  const second = counting('test:one');
  Object.assign(first.counters, { hits: 5 });
  Object.assign(first.gauges, { bytes: 70 });
  second.counters['hits'] = 1;
  first.end();
  first.end();
  first.counters['hits'] = 100;
  expect(told.take()).toEqual({ 'test:one': { counters: { hits: 6 }, gauges: { bytes: 70 } } });
});

test('a source that throws costs only its own figures, and numbers that are not finite are left out', () => {
  const told = reader();
  onTestFinished(
    registerMetrics({
      name: 'test:broken',
      read: () => {
        throw new Error('broken');
      },
    }),
  );
  const one = counting('test:one');
  one.counters['hits'] = 1;
  one.gauges['bytes'] = Number.POSITIVE_INFINITY;
  expect(told.take()).toEqual({ 'test:one': { counters: { hits: 1 }, gauges: {} } });
});

test('of several processes counters are added, and gauges are the most', () => {
  const sum = new MetricsSum();
  expect(sum.isEmpty).toBe(true);
  sum.add({ a: { counters: { hits: 1 }, gauges: { bytes: 5 } } });
  sum.add({ a: { counters: { hits: 2, misses: 1 }, gauges: { bytes: 3 } }, b: { counters: {}, gauges: {} } });
  expect(sum.all()).toEqual({
    a: { counters: { hits: 3, misses: 1 }, gauges: { bytes: 5 } },
    b: { counters: {}, gauges: {} },
  });
});
