import type { PlottedJob } from './job.ts';
import { pictureOf } from './picture.ts';

/**
 * Timeline, calls running over time and histogram, as one SVG without scripts or references.
 *
 * @throws {TypeError} for what is not a job or a time, before anything is drawn.
 */
export async function svg(jobs: readonly PlottedJob[]): Promise<string> {
  const spec = pictureOf(jobs);
  // 150 ms, so only for those who draw.
  const vega = await import('vega');
  const view = new vega.View(vega.parse(spec), { renderer: 'none', logLevel: vega.Error });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}
