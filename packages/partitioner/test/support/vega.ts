import { join } from 'node:path';

/** Where a real file of the package `vega-datasets` lies: its exports map knows no data. */
export function vegaFile(name: string): string {
  return join(import.meta.dirname, '../../node_modules/vega-datasets/data', name);
}
