import { context, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { loadTelemetry } from '../src/report/telemetry.ts';
import { executorOf } from './support/executors.ts';

const exporter = new InMemorySpanExporter();

beforeAll(() => {
  trace.setGlobalTracerProvider(
    new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }),
  );
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
});
afterAll(() => {
  trace.disable();
  context.disable();
});
beforeEach(() => exporter.reset());

const spansOf = (name: string): ReadableSpan[] =>
  exporter.getFinishedSpans().filter((span) => span.name === name);
const ms = ([seconds, nanos]: readonly [number, number]): number => seconds * 1e3 + nanos / 1e6;

const work = async (x: number): Promise<number> => {
  await new Promise((resolve) => setTimeout(resolve, 20));
  if (x === 2) throw new RangeError('two is too many');
  return x;
};

describe('telemetry', () => {
  test('has a span of each job and within it one of each call, when they really ran', async () => {
    const executor = executorOf({ telemetry: true });
    const before = Date.now();
    const job = executor.map(work, [0, 1, 3]);
    await job;
    await executor.close();
    const [jobSpan] = spansOf('job work');
    const calls = spansOf('call work');
    expect(calls).toHaveLength(3);
    expect(jobSpan?.attributes).toMatchObject({
      'code.function.name': 'work',
      'skein.executor.id': executor.executorId,
      'skein.job.id': 'M000',
      'skein.job.calls': 3,
      'skein.job.failures': 0,
    });
    expect(jobSpan?.parentSpanContext).toBeUndefined();
    for (const [i, call] of calls.toSorted(byIndex).entries()) {
      const stats = job.futures[i]?.stats;
      expect(call.parentSpanContext?.spanId).toBe(jobSpan?.spanContext().spanId);
      expect(ms(call.startTime) / 1000).toBeCloseTo(stats!.workerFuncStartTstamp, 3);
      expect(ms(call.endTime) / 1000).toBeCloseTo(stats!.workerFuncEndTstamp, 3);
      expect(ms(call.startTime)).toBeGreaterThanOrEqual(before);
      expect(call.status.code).toBe(SpanStatusCode.UNSET);
      expect(call.attributes).toMatchObject({
        'skein.call.index': i,
        'skein.call.state': 'success',
        'skein.call.attempt': 1,
        'skein.worker.id': stats!.worker,
      });
    }
    expect(ms(jobSpan!.endTime)).toBeGreaterThanOrEqual(ms(calls[2]!.endTime) - 5);
  });

  test('records failures: of the call its error, of the job how many', async () => {
    const executor = executorOf({ telemetry: true });
    await executor.map(work, [1, 2, 3]).catch(() => {});
    await executor.wait();
    await executor.close();
    const [jobSpan] = spansOf('job work');
    expect(jobSpan?.status).toEqual({ code: SpanStatusCode.ERROR, message: '1 of 3 calls failed' });
    const failed = spansOf('call work').filter(({ status }) => status.code === SpanStatusCode.ERROR);
    expect(failed).toHaveLength(1);
    expect(failed[0]?.status.message).toBe('two is too many');
    expect(failed[0]?.events[0]).toMatchObject({
      name: 'exception',
      attributes: { 'exception.type': 'RangeError', 'exception.message': 'two is too many' },
    });
  });

  test('has a span for calls that were cancelled before they told anything', async () => {
    const executor = executorOf({ telemetry: true });
    const job = executor.map(() => new Promise<void>((resolve) => setTimeout(resolve, 60_000)), [1, 2]);
    await executor.wait(undefined, { timeoutMs: 300 });
    job.cancel();
    await executor.wait();
    await executor.close();
    const calls = spansOf('call (anonymous)');
    expect(calls.map(({ attributes }) => attributes['skein.call.state'])).toEqual(['cancelled', 'cancelled']);
    for (const call of calls) expect(ms(call.endTime)).toBeGreaterThanOrEqual(ms(call.startTime));
  });

  test('hangs jobs on the span that is active where map is called, whatever else goes on', async () => {
    const executor = executorOf({ telemetry: true });
    const tracer = trace.getTracer('test');
    const under = (name: string): Promise<string> =>
      tracer.startActiveSpan(name, async (span) => {
        await executor.map(work, [1]);
        span.end();
        return span.spanContext().spanId;
      });
    const parents = await Promise.all([under('one'), under('other')]);
    await executor.close();
    const jobs = spansOf('job work').toSorted((a, b) =>
      String(a.attributes['skein.job.id']).localeCompare(String(b.attributes['skein.job.id'])),
    );
    expect(jobs.map(({ parentSpanContext }) => parentSpanContext?.spanId)).toEqual(parents);
  });

  test('makes no span without the option', async () => {
    const executor = executorOf();
    await executor.map(work, [1]);
    await executor.close();
    expect(exporter.getFinishedSpans()).toEqual([]);
  });

  test('says what to install when the API is not there', async () => {
    const missing = loadTelemetry(() =>
      Promise.reject(new Error("Cannot find package '@opentelemetry/api'")),
    );
    await expect(missing).rejects.toMatchObject({
      code: 'invalid-argument',
      message: expect.stringContaining('npm install @opentelemetry/api'),
    });
  });
});

function byIndex(a: ReadableSpan, b: ReadableSpan): number {
  return Number(a.attributes['skein.call.index']) - Number(b.attributes['skein.call.index']);
}
