import { writeFileSync } from 'node:fs';
import { runShape } from './run-shape.ts';
import type { Shape } from './shape.ts';
import { startWorker } from './worker.ts';

/** What one host reports: each shape's name with `ok` or what went wrong. */
export interface Report {
  readonly node: string;
  readonly rows: Readonly<Record<string, string>>;
}

/**
 * Runs every shape against one bare child process and writes the report to SKEIN_MATRIX_REPORT.
 * SKEIN_MATRIX_ONLY keeps the shapes whose name contains it; then failures are printed in full.
 */
export async function runHost(shapes: readonly Shape[]): Promise<void> {
  const only = process.env['SKEIN_MATRIX_ONLY'] ?? '';
  const rows: Record<string, string> = {};
  const worker = startWorker();
  try {
    for (const shape of shapes) {
      const name = `${shape.theme}: ${shape.name}`;
      if (!name.includes(only)) continue;
      if (name in rows) throw new Error(`two shapes are called "${name}"`);
      try {
        await runShape(shape, worker);
        rows[name] = 'ok';
      } catch (error) {
        rows[name] = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
        if (only !== '') console.error(`\n${name}\n`, error);
      }
    }
  } finally {
    worker.close();
  }
  const file = process.env['SKEIN_MATRIX_REPORT'];
  if (file !== undefined)
    writeFileSync(file, JSON.stringify({ node: process.version, rows } satisfies Report));
  else
    for (const [name, outcome] of Object.entries(rows)) console.log(outcome === 'ok' ? 'ok  ' : 'FAIL', name);
}
