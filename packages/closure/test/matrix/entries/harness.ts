import type { Shape } from '../harness/shape.ts';

/**
 * Runs shapes with the harness named by the environment. The harness and the library inside it are one
 * compiled file, loaded as a user's installed package is: whatever transpiles the shapes does not touch it.
 */
export async function runHost(shapes: readonly Shape[]): Promise<void> {
  const url = process.env['SKEIN_MATRIX_HARNESS'];
  if (url === undefined) throw new Error('SKEIN_MATRIX_HARNESS must be the URL of the compiled harness');
  const harness = (await import(/* @vite-ignore */ url)) as typeof import('../harness/run-host.ts');
  await harness.runHost(shapes);
}
