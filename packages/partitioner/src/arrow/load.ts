import { loadPackage } from '../optional-package.ts';

export type Arrow = typeof import('apache-arrow');

export function loadArrow(): Promise<Arrow> {
  return loadPackage<Arrow>('apache-arrow', 'Arrow tables are read and made by');
}
