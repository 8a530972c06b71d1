/** By which way the output of calls reaches the client's own. */
import { fstatSync } from 'node:fs';
import { isatty } from 'node:tty';
import type { ResolvedOptions } from '../options.ts';
import { isWatched } from '../report/progress-bar.ts';
import { ERR, OUT, type OutputStream, type OutputTerms, type Route } from './output-terms.ts';

/** @param channel agents have a channel to this process; others write where their backend lets them */
export function outputTerms(options: ResolvedOptions, channel: boolean): OutputTerms {
  const { logs, logLevel, showProgress } = options;
  const bar = showProgress !== false && isWatched(process.stderr, process.env);
  const route = (stream: OutputStream): Route =>
    channel && (isatty(stream) ? bar : logs === 'prefix' && isPipe(stream)) ? 'relay' : 'direct';
  return { mode: logs, logLevel, stdout: route(OUT), stderr: route(ERR) };
}

/** Of several processes that write to one pipe, each may break the long lines of the others. */
function isPipe(stream: OutputStream): boolean {
  try {
    const stats = fstatSync(stream);
    return stats.isFIFO() || stats.isSocket();
  } catch {
    return false; // it is closed
  }
}
