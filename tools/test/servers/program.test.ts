/** Programs that are missing, and how one is told what to do. */
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { goServer } from '../../servers/go.ts';
import { findProgram, NoServerError, programAt, type Recipe } from '../../servers/program.ts';

class NoSuchError extends NoServerError {}

const recipe: Recipe = {
  name: 'such',
  advice: 'get one',
  folder: '/made/here',
  Missing: NoSuchError,
  find: async () => undefined,
  install: async () => {},
};

test('one that is not there is not fetched unasked', async () => {
  const install = vi.fn();
  const found = findProgram({ ...recipe, install }, { install: false });
  await expect(found).rejects.toThrow(new NoSuchError('such is not installed: get one'));
  expect(install).not.toHaveBeenCalled();
});

test('one that cannot be fetched is told with the reason', async () => {
  const cause = new Error('no network');
  const install = (): Promise<never> => Promise.reject(cause);
  const found = findProgram({ ...recipe, install }, { install: true });
  await expect(found).rejects.toMatchObject({
    constructor: NoSuchError,
    message: 'there is no such, and it could not be fetched: get one',
    cause,
  });
});

test('one that does not run, once fetched, is told with where it is', async () => {
  const found = findProgram(recipe, { install: true });
  await expect(found).rejects.toThrow('the such in /made/here does not run: delete that folder');
});

test('one that is built needs Go, and a build that fails leaves nothing', async () => {
  vi.stubEnv('PATH', '/nowhere');
  const go = goServer({
    name: 'skein-no-such-server',
    path: 'skein.invalid/no/such',
    version: 'v1.0.0',
    takes: 'no time',
    answer: /x/,
    Missing: NoSuchError,
  });
  await expect(findProgram(go, { install: true })).rejects.toThrow(
    /there is no skein-no-such-server, .*install Go.* put skein-no-such-server on the PATH/,
  );
  vi.unstubAllEnvs();
  await expect(programAt(join(go.folder, go.name), { version: /x/ })).resolves.toBeUndefined();
});

test('another program of that name is not taken for it', async () => {
  expect(await programAt(process.execPath, { version: /^redis (\S+)/ })).toBeUndefined();
  expect(await programAt(process.execPath, { version: /^v(\S+)/ })).toMatchObject({
    command: process.execPath,
    version: process.versions.node,
  });
});
