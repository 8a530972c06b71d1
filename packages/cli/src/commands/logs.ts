import { type CallRecord, openRecords } from '@skein/executor';
import { CommandError } from '../failure.ts';
import { note, paint, print, printJson } from '../terminal.ts';

export async function logs(
  id: string,
  options: { call?: number; failed?: true; json?: true },
): Promise<void> {
  const { executorId, jobId, rows } = await (await openRecords()).read(id);
  if (options.call !== undefined && options.call >= rows.length)
    throw new CommandError(
      rows.length === 0
        ? `job ${executorId}-${jobId} has no calls on record`
        : `job ${executorId}-${jobId} has no call ${options.call}: its calls are 0 to ${rows.length - 1}`,
    );
  const chosen = rows.filter(
    ({ index, state }) =>
      (options.call === undefined || index === options.call) && (!options.failed || state !== 'success'),
  );
  if (options.json) {
    printJson(
      chosen.map(({ index, state, error, logs: text = '' }) => ({ index, state, error, logs: text })),
    );
    return;
  }
  if (options.call !== undefined) process.stdout.write(chosen[0]?.logs ?? '');
  else for (const row of chosen) printCall(row, options.failed === true);
  if (chosen.every(({ logs: text, error }) => text === undefined && !(options.failed && error)))
    note(options.failed ? 'No call failed.' : 'Nothing was printed.');
}

function printCall({ index, logs: text = '', error }: CallRecord, withError: boolean): void {
  const before = paint('dim', `[${String(index).padStart(5, '0')}]`);
  const end = text.endsWith('\n') ? -1 : undefined;
  if (text !== '') for (const line of text.slice(0, end).split('\n')) print(`${before} ${line}`);
  if (!withError || error === undefined) return;
  for (const line of (error.stack ?? `${error.name}: ${error.message}`).split('\n'))
    print(`${before} ${paint('red', line)}`);
}
