import { type JobRecordSummary, openRecords } from '@skein/executor';
import { note, paint, print, printJson, table, visible } from '../terminal.ts';
import { ago, duration } from '../units.ts';

export async function jobList(options: { limit: number; failed?: true; json?: true }): Promise<void> {
  const found: JobRecordSummary[] = [];
  const records = await openRecords();
  for await (const record of records.list()) {
    if (options.failed && isFine(record)) continue;
    found.push(record);
    if (found.length === options.limit) break;
  }
  if (options.json) printJson(found);
  else if (found.length === 0) {
    note(
      options.failed
        ? 'No job with failures is on record.'
        : 'No job is on record. Records are kept with the option `records`, as in: SKEIN_RECORDS=1 skein run FILE',
    );
  } else printJobs(found);
}

function broken({ broken }: JobRecordSummary): string {
  return broken === undefined ? '' : `  ${paint('red', visible(`${broken.name}: ${broken.message}`))}`;
}

function isFine({ failed, broken }: JobRecordSummary): boolean {
  return failed === 0 && broken === undefined;
}

function printJobs(found: readonly JobRecordSummary[]): void {
  const now = Date.now();
  const columns = [
    { title: '' },
    { title: 'id' },
    { title: 'function' },
    { title: 'backend' },
    { title: 'calls', align: 'right' },
    { title: 'failed', align: 'right' },
    { title: 'took', align: 'right' },
    { title: 'ended' },
  ] as const;
  print(
    table(
      columns,
      found.map((job) => [
        isFine(job) ? paint('green', '✓') : paint('red', '✗'),
        paint('cyan', job.id),
        visible(job.name),
        visible(job.backend),
        job.calls.toLocaleString('en'),
        job.failed === 0 ? '' : paint('red', job.failed.toLocaleString('en')),
        duration((job.finishedTstamp - job.createdTstamp) * 1000),
        ago(job.finishedTstamp * 1000, now) + broken(job),
      ]),
    ),
  );
}
