/** Who is told of every job as it begins, by the executor's options. */
import type { JobCore } from '../job/job-core.ts';
import { showProgress } from './progress-bar.ts';
import { loadTelemetry } from './telemetry.ts';

export type Observer = (job: JobCore) => void;

export async function observersOf(options: {
  readonly backend: string;
  readonly showProgress: boolean | undefined;
  readonly telemetry: boolean;
}): Promise<readonly Observer[]> {
  // What functions print in its agents goes to the terminal past this process, in the middle of a bar.
  const { showProgress: shown = options.backend !== 'subprocess' } = options;
  return [...(shown ? [showProgress] : []), ...(options.telemetry ? [await loadTelemetry()] : [])];
}
