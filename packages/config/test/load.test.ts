import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { expect, test } from 'vitest';

test('loaders of YAML and TypeScript are not loaded when no file needs them', () => {
  const script = `
    import { resolveConfig, resolveConfigSync, number } from '@skein/config';
    import { createRequire } from 'node:module';
    const options = { cwd: '/', home: '/nonexistent', env: { SKEIN_WORKERS: '2' } };
    await resolveConfig({ workers: number() }, options);
    resolveConfigSync({ workers: number() }, options);
    const require = createRequire(import.meta.url);
    const loaded = Object.keys(require.cache).filter((file) => /node_modules.(yaml|jiti)/.test(file));
    process.stdout.write(JSON.stringify(loaded));
  `;
  const tsx = createRequire(import.meta.url).resolve('tsx');
  const output = execFileSync(
    process.execPath,
    ['--conditions=source', '--import', tsx, '--input-type=module', '-e', script],
    { cwd: import.meta.dirname, encoding: 'utf8' },
  );
  expect(JSON.parse(output)).toEqual([]);
});
