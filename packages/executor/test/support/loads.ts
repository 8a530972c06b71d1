/** A module that leaves a trace when it is loaded, where it is told to. */
import { writeFileSync } from 'node:fs';

const trace = process.env['SKEIN_TEST_TRACE'];
if (trace !== undefined) writeFileSync(trace, '');

export const total = (numbers: readonly number[]): number => numbers.reduce((sum, one) => sum + one, 0);
