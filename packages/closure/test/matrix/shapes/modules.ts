import { theme } from '../harness/shape.ts';

const { shapes, same } = theme('ES modules');

export { shapes };

const awaited = await Promise.resolve({ v: 8 });
same('a value of top-level await', (x: number) => awaited.v + x, [1]);
const lazily = await import('node:os');
same('a namespace of an awaited import()', () => typeof lazily.cpus().length);
same('import() of a local file', async (x: number) => (await import('./support/deep.ts')).deep(x), [1]);
same('import() of a package', async (x: number) => (await import('lodash-es')).sum([x, 2]), [1]);
same('import() of a builtin', async () => (await import('node:path')).basename('/a/b'));
same('import.meta.url names the file', () => import.meta.url.split('/').pop()?.replace(/\?.*$/, ''));
