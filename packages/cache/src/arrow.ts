/** Arrow tables as bytes, and back. */
import { type ArrowTables, arrowTables } from '@skein/codec/node';
import { loadPackage } from './optional-package.ts';

export const tables: ArrowTables = arrowTables(() => loadPackage('apache-arrow', 'keeping Arrow tables'));
