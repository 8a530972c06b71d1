/** Who is told of every job as it begins, by the executor's options. */
import type { JobCore } from '../job/job-core.ts';
import { showProgress } from './progress-bar.ts';
import { loadTelemetry } from './telemetry.ts';

export type Observer = (job: JobCore) => void;

export async function observersOf(options: {
  readonly showProgress: boolean | undefined;
  readonly telemetry: boolean;
}): Promise<readonly Observer[]> {
  return [
    ...(options.showProgress === false ? [] : [showProgress]),
    ...(options.telemetry ? [await loadTelemetry()] : []),
  ];
}
