import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { type JobRecord, openRecords } from '@skein/executor';
import { html, type PlottedJob, png, svg } from '@skein/plot';
import { print, visible } from '../terminal.ts';
import { bytes } from '../units.ts';
import { UsageError } from '../usage-error.ts';

const draw = {
  '.svg': (jobs: readonly PlottedJob[]) => svg(jobs),
  '.png': (jobs: readonly PlottedJob[]) => png(jobs),
  '.html': (jobs: readonly PlottedJob[]) => html(jobs),
} as const;

export async function jobPlot(ids: readonly string[], options: { output?: string }): Promise<void> {
  const { output } = options;
  const kind = kindOf(output);
  const records = await openRecords();
  const jobs: PlottedJob[] = [];
  for (const id of ids) jobs.push(plotted(await records.read(id)));
  const picture = await draw[kind](jobs);
  if (output === '-') {
    process.stdout.write(picture);
    return;
  }
  const file = output ?? freeName(jobs[0]?.jobId ?? 'jobs');
  await writeFile(file, picture);
  print(`${visible(file)}  ${bytes(Buffer.byteLength(picture))}`);
}

function kindOf(output: string | undefined): keyof typeof draw {
  if (output === undefined || output === '-') return '.svg';
  const ending = extname(output).toLowerCase();
  if (Object.hasOwn(draw, ending)) return ending as keyof typeof draw;
  throw new UsageError(
    `cannot draw '${output}': expected a name that ends in ${Object.keys(draw).join(', ')}`,
  );
}

/** Nobody said where to: nothing of theirs is overwritten. */
function freeName(id: string): string {
  for (let n = 1; ; n++) {
    const name = `${id}${n === 1 ? '' : `-${n}`}.svg`;
    if (!existsSync(name)) return name;
  }
}

function plotted({ executorId, jobId, name, createdTstamp, rows }: JobRecord): PlottedJob {
  return {
    jobId: `${executorId}-${jobId}`,
    name,
    createdTstamp,
    calls: rows.map(({ index, state, attempt, stats }) => ({
      index,
      state,
      attempt,
      worker: stats?.worker,
      submitTstamp: stats?.hostSubmitTstamp,
      startTstamp: stats?.workerFuncStartTstamp,
      endTstamp: stats?.workerFuncEndTstamp,
      doneTstamp: stats?.hostStatusDoneTstamp,
    })),
  };
}
