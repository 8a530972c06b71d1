/** Folders of embedded objects: those of processes that were killed are removed, and no others. */
import { existsSync, linkSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { embed } from '../../src/embedded.ts';

/** No process has it: the largest that Linux gives is 2^22. */
const NOBODY = 2 ** 22 + 1;

test('a folder is left whose socket is heard, or that is new, though its process cannot be seen', async () => {
  const root = mkdtempSync(join(tmpdir(), 'skein-test-'));
  const { TMPDIR } = process.env;
  process.env['TMPDIR'] = root;
  onTestFinished(() => {
    if (TMPDIR === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = TMPDIR;
    rmSync(root, { recursive: true, force: true });
  });
  const [heard = '', dead = '', fresh = ''] = ['a', 'b', 'c'].map((end) =>
    join(root, `skein-dso-${NOBODY}-${end}`),
  );
  for (const folder of [heard, dead, fresh]) mkdirSync(folder);
  const listening = async (path: string) => {
    const server = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => server.listen(path, resolve));
    return server;
  };
  const server = await listening(join(heard, 'node.sock'));
  onTestFinished(() => void server.close());
  // What a killed process leaves: a socket without anybody behind it.
  const killed = await listening(join(root, 'killed'));
  linkSync(join(root, 'killed'), join(dead, 'node.sock'));
  await new Promise((resolve) => killed.close(resolve));

  const embedded = embed({});
  await vi.waitFor(() => expect(existsSync(dead)).toBe(false), 5000);
  expect(existsSync(heard)).toBe(true);
  expect(existsSync(fresh)).toBe(true);
  await embedded.close();
});
