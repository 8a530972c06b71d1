/** OpenTelemetry spans of jobs and calls. Its API is loaded only for who wants them. */
import type { Attributes, Context, Span, Tracer } from '@opentelemetry/api';
import { ExecutorError } from '../errors.ts';
import { CallState, stateNames } from '../job/call-table.ts';
import type { JobCore } from '../job/job-core.ts';
import { callStats } from '../stats.ts';

type Api = typeof import('@opentelemetry/api');

/**
 * @returns what makes spans of a job. Its parent is what is active where that is called: an executor calls it in what
 * follows from `map`.
 * @throws {ExecutorError} when the API is not installed.
 */
export async function loadTelemetry(
  load: () => Promise<Api> = () => import('@opentelemetry/api'),
): Promise<(job: JobCore) => void> {
  const api = await load().catch((cause: unknown) => {
    throw new ExecutorError(
      'invalid-argument',
      "telemetry is on, but '@opentelemetry/api' cannot be loaded: install it (npm install @opentelemetry/api), or leave the option out",
      { cause },
    );
  });
  const tracer = api.trace.getTracer('@skein/executor');
  return (job) => traceJob(api, tracer, job);
}

function traceJob(api: Api, tracer: Tracer, job: JobCore): void {
  const parent = api.context.active();
  const span = tracer.startSpan(
    `job ${job.name}`,
    {
      startTime: job.createdTstamp,
      attributes: {
        'code.function.name': job.functionName,
        'skein.executor.id': job.executorId,
        'skein.job.id': job.jobId,
      },
    },
    parent,
  );
  const within = api.trace.setSpan(parent, span);
  job.eachSettled((index) => traceCall(api, tracer, within, job, index));
  void job
    .until(() => job.done)
    .then(() => {
      const { size, failed } = job.table;
      span.setAttributes({ 'skein.job.calls': size, 'skein.job.failures': failed });
      if (job.broken !== undefined) recordFailure(api, span, job.broken.error, job.finishedTstamp);
      else if (failed > 0)
        span.setStatus({ code: api.SpanStatusCode.ERROR, message: `${failed} of ${size} calls failed` });
      span.end(job.finishedTstamp);
    });
}

/** A call that never told when it ran, as one whose worker died, has a span of the job's time until now. */
function traceCall(api: Api, tracer: Tracer, within: Context, job: JobCore, index: number): void {
  const state = job.table.state(index);
  const run = job.table.stats(index);
  const end = run?.end ?? Date.now();
  const span = tracer.startSpan(
    `call ${job.name}`,
    { startTime: run?.start ?? job.createdTstamp, attributes: callAttributes(job, index) },
    within,
  );
  if (state !== CallState.success) recordFailure(api, span, job.table.value(index), end);
  span.end(end);
}

function callAttributes(job: JobCore, index: number): Attributes {
  const stats = callStats(job, index);
  return {
    'code.function.name': job.functionName,
    'skein.executor.id': job.executorId,
    'skein.job.id': job.jobId,
    'skein.call.index': index,
    'skein.call.state': stateNames[job.table.state(index)],
    'skein.call.attempt': stats?.attempt ?? job.table.attempt(index),
    ...(stats !== undefined && {
      'skein.worker.id': stats.worker,
      'skein.worker.cold_start': stats.workerColdStart,
      'skein.worker.peak_memory': stats.workerPeakMemory,
      'skein.call.cpu_user_seconds': stats.workerFuncCpuUserTime,
      'skein.call.cpu_system_seconds': stats.workerFuncCpuSystemTime,
      'skein.call.wait_seconds': stats.workerFuncStartTstamp - stats.hostSubmitTstamp,
      'skein.call.return_seconds': stats.hostStatusDoneTstamp - stats.workerFuncEndTstamp,
      'skein.call.bytes_in': stats.bytesIn,
      'skein.call.bytes_out': stats.bytesOut,
    }),
  };
}

function recordFailure(api: Api, span: Span, error: unknown, at: number | undefined): void {
  const message = error instanceof Error ? error.message : String(error);
  span.recordException(error instanceof Error ? error : message, at);
  span.setStatus({ code: api.SpanStatusCode.ERROR, message });
}
