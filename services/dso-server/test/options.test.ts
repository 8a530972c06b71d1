/** An option that cannot be used is named, with what was expected and what came, before anything is opened. */
import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { ServerOptionError, type ServerOptions, startServer } from '../src/index.ts';
import { client } from './support/client.ts';
import { file, folder } from './support/folder.ts';
import { runProgram, startProgram } from './support/server.ts';

const wrong: readonly (readonly [ServerOptions, RegExp])[] = [
  [{ listen: 'nowhere' }, /--listen must be host:port.*not "nowhere"/],
  [{ listen: '127.0.0.1:70000' }, /--listen must be host:port/],
  [{ grpc: 'maybe' }, /--grpc must be 'shared', 'off', or host:port/],
  [{ unix: 'relative.sock' }, /--unix must be an absolute path/],
  [{ listen: 'off' }, /--listen off needs --unix/],
  [{ advertise: 'a' }, /--advertise must be host:port/],
  [{ membership: 'etcd:nowhere' }, /--membership etcd: is followed by the addresses of etcd.*not "nowhere"/],
  [
    { membership: 'etcd:http://a:2379', listen: 'off', unix: '/tmp/x.sock' },
    /--membership etcd: needs --listen host:port/,
  ],
  [{ membership: 'a:7600,b:7600' }, /--membership must be 'static:'/],
  [{ membership: 'static:a:7600,a:7600' }, /each once/],
  [{ membership: 'static:a:7600,b:7600' }, /must name this server too: --listen says 127\.0\.0\.1:7600/],
  [{ membership: 'static:a:7600', advertise: 'c:7600' }, /--advertise says c:7600, the members are a:7600/],
  [{ replicas: 2 }, /--replicas must be 1, not 2: copies on several servers need --membership etcd:/],
  [
    { membership: 'static:a:7600,b:7600', advertise: 'a:7600', replicas: 2 },
    /--replicas must be 1, not 2: .* need --membership etcd:, which says who may take over/,
  ],
  [
    { membership: 'static:a:7600', advertise: 'a:7600', leaseMs: 3000 },
    /--lease-ms needs --membership etcd:/,
  ],
  [{ leaseMs: 10 }, /--lease-ms must be a number of at least 1000/],
  [{ replicas: 0 }, /--replicas must be a whole number of at least 1, not 0/],
  [{ authTokenFile: '/nowhere/token' }, /--auth-token-file must be a file that can be read: ENOENT/],
  [{ listen: '0.0.0.0:0' }, /0\.0\.0\.0:0 can be reached from other machines: give --auth-token-file/],
  [{ grpc: '0.0.0.0:0' }, /0\.0\.0\.0:0 can be reached from other machines/],
  [{ tlsCert: '/nowhere' }, /TLS needs --tls-key too/],
  [{ tlsClientCa: '/nowhere' }, /TLS needs --tls-cert and --tls-key too/],
  [{ tlsCert: '/nowhere', tlsKey: '/nowhere' }, /--tls-cert must be a file that can be read/],
  [{ maxObjectBytes: '5 apples' }, /--max-object-bytes must be a number of bytes.*not "5 apples"/],
  [{ userCodeTimeLimitMs: 0 }, /--user-code-time-limit-ms must be a number of at least 1/],
  [{ drainTimeoutMs: -1 }, /--drain-timeout-ms must be a number of at least 0/],
  [{ logLevel: 'loud' as 'info' }, /--log-level must be 'debug' or 'info'.*not "loud"/],
  [{ metrics: '9090' }, /--metrics must be host:port.*not "9090"/],
  [{ load: ['/nowhere.mjs'] }, /--load \/nowhere\.mjs: /],
  [{ lissten: 'x' } as ServerOptions, /there is no option --lissten/],
];

test.each(wrong)('%j', async (options, message) => {
  await expect(startServer(options)).rejects.toThrow(message);
  await expect(startServer(options)).rejects.toBeInstanceOf(ServerOptionError);
});

test('an empty token, and a certificate that is none', async () => {
  const empty = file('token', '\n');
  await expect(startServer({ authTokenFile: empty })).rejects.toThrow('must hold a token, and is empty');
  await expect(startServer({ authTokenFile: file('token', 'x'), auth: false })).rejects.toThrow('exclude');
  await expect(startServer({ tlsCert: empty, tlsKey: empty })).rejects.toThrow(
    '--tls-cert and --tls-key must be a PEM certificate and its key',
  );
});

test('everything that is wrong is said at once; the exit code is 2, and nothing was opened', async () => {
  const { code, stdout, stderr } = await runProgram(['--listen', 'x', '--max-memory-bytes', 'lots']);
  expect(code).toBe(2);
  expect(stdout).toBe('');
  expect(stderr.trimEnd().split('\n')).toEqual([
    expect.stringMatching(/^skein-dso-server: --listen must be host:port/),
    expect.stringMatching(/^skein-dso-server: --max-memory-bytes must be/),
  ]);
});

test('an unknown flag, and a word that is none', async () => {
  expect(await runProgram(['--lisen', 'x'])).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/unknown option '--lisen'\n\(Did you mean --listen\?\)/),
  });
  expect((await runProgram(['word'])).code).toBe(2);
});

test('--help and --version', async () => {
  const help = await runProgram(['--help']);
  expect(help.code).toBe(0);
  expect(help.stdout).toContain('--auth-token-file');
  expect(await runProgram(['--version'])).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
  });
});

test('a port that is taken is named; the exit code is 1', async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void other.close());
  const { port } = other.address() as AddressInfo;
  const { code, stderr } = await runProgram(['--listen', `127.0.0.1:${port}`]);
  expect(stderr).toBe(
    `skein-dso-server: cannot listen on 127.0.0.1:${port} (--listen): another program listens there already\n`,
  );
  expect(code).toBe(1);
});

test('variables say what flags do not; a flag wins', async () => {
  const env = { SKEIN_DSO_SERVER_MAX_OBJECT_BYTES: '2KiB', SKEIN_DSO_SERVER_LOG_LEVEL: 'debug' };
  const server = await startProgram([], env);
  const dso = await client(server.url('dso:'));
  await expect(dso.atomicByteArray('bytes').set(new Uint8Array(4000))).rejects.toThrow('limit of 2048');
  const flagged = await startProgram(['--max-object-bytes', '1MiB'], env);
  await (await client(flagged.url('dso:'))).atomicByteArray('bytes').set(new Uint8Array(4000));
  expect(await runProgram([], { SKEIN_DSO_SERVER_REPLICAS: 'many' })).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/SKEIN_DSO_SERVER_REPLICAS must be a whole number.*not "many"/),
  });
});

test('--no-auth lets everybody in', async () => {
  await using server = await startServer({ listen: '0.0.0.0:0', advertise: '127.0.0.1:1', auth: false });
  const dso = await client(server.urls[0]!.replace('0.0.0.0', '127.0.0.1'));
  expect(await dso.counter('visits').increment()).toBe(1);
});

test('a file at the place of the socket is left alone', async () => {
  const path = file('data.db', 'precious');
  await expect(startServer({ listen: 'off', unix: path })).rejects.toThrow(
    `cannot listen on ${path} (--unix)`,
  );
  expect(readFileSync(path, 'utf8')).toBe('precious');
});

test('a socket is for the server’s own user alone', async () => {
  const path = join(folder(), 'server.sock');
  await using _server = await startServer({ listen: 'off', unix: path });
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test('a socket that a killed server has left is taken over; that of a living one is not', async () => {
  const path = join(folder(), 'server.sock');
  const program = `require('node:net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))`;
  expect(spawnSync(process.execPath, ['-e', program, path]).signal).toBe('SIGKILL');
  expect(statSync(path).isSocket()).toBe(true);
  await using first = await startServer({ listen: 'off', unix: path });
  expect(first.urls).toEqual([`dso+unix:${path}`]);
  await expect(startServer({ listen: 'off', unix: path })).rejects.toThrow(
    `cannot listen on ${path} (--unix): another program listens there already`,
  );
  expect(await (await client(first.urls[0]!)).counter('visits').increment()).toBe(1);
});
