/** Builds what is published: every package's JavaScript and types, and the executor's agent as one file. */
import { fileURLToPath } from 'node:url';
import { root, run } from './lib/command.mjs';

export async function build() {
  await run(`${root}node_modules/.bin/tsc`, ['--build']);
  await bundleAgent();
}

/** Every backend deploys the agent by itself, without a node_modules folder: so it is one file. */
async function bundleAgent() {
  const { build } = await import('esbuild');
  await build({
    absWorkingDir: `${root}packages/executor`,
    entryPoints: ['src/agent/main.ts'],
    outfile: 'dist/agent/main.mjs',
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    conditions: ['source'],
    sourcemap: true,
    logLevel: 'silent',
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await build();
