/** Each server of one node, and how one writes to it and lists what is in it, in its own protocol. */
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { findAzurite, startAzurite } from '../../../servers/azurite.ts';
import { findEtcd, startEtcd } from '../../../servers/etcd.ts';
import { findFakeGcs, startFakeGcs } from '../../../servers/fake-gcs.ts';
import { findMinio, startMinio } from '../../../servers/minio.ts';
import type { Program } from '../../../servers/program.ts';
import { findRedis, startRedis } from '../../../servers/redis.ts';
import { askS3, type S3Server } from '../../../servers/s3.ts';
import type { Server } from '../../../servers/server.ts';
import { findSwift, type Swift, startSwift } from '../../../servers/swift.ts';
import { findVersitygw, startVersitygw } from '../../../servers/versitygw.ts';
import { askAzure } from './azure.ts';

export interface Case {
  readonly name: string;
  /** Whether what was written is there after a crash. */
  readonly keeps: boolean;
  /** Built on request alone: without it the test is left out in CI too. */
  readonly rare?: boolean;
  find(options: { readonly install: boolean }): Promise<Program>;
  start(program: Program): Promise<Started>;
}

/** A server of any kind, as the tests see it. */
export interface Started {
  readonly server: Server;
  write(name: string): Promise<void>;
  list(): Promise<readonly string[]>;
  /** The status that one gets who shows wrong credentials; none where the server asks for none. */
  readonly stranger?: () => Promise<number>;
}

export const cases: readonly Case[] = [
  {
    name: 'Redis',
    keeps: false,
    find: findRedis,
    start: async (program) => {
      const server = await startRedis(program);
      const ask = (command: string): Promise<string> => askRedis(server.port, command);
      return {
        server,
        write: async (name) => void (await ask(`SET ${name} 1`)),
        list: async () => namesIn(await ask('KEYS *'), /\$\d+\r\n(.*)\r\n/g),
      };
    },
  },
  {
    name: 'etcd',
    keeps: true,
    find: findEtcd,
    start: async (program) => {
      const server = await startEtcd(program);
      const ask = async (path: string, body: object): Promise<string> => {
        const options = { method: 'POST', body: JSON.stringify(body) };
        return (await ok(fetch(`${server.url}${path}`, options))).text();
      };
      const base64 = (text: string): string => Buffer.from(text).toString('base64');
      return {
        server,
        write: async (name) => void (await ask('/v3/kv/put', { key: base64(name), value: base64('1') })),
        list: async () => {
          const all = await ask('/v3/kv/range', { key: base64('\0'), range_end: base64('\0') });
          return namesIn(all, /"key":"([^"]*)"/g).map((name) => Buffer.from(name, 'base64').toString());
        },
      };
    },
  },
  {
    name: 'versitygw',
    keeps: true,
    find: findVersitygw,
    start: async (program) => s3(await startVersitygw(program)),
  },
  {
    name: 'MinIO',
    keeps: true,
    rare: true,
    find: findMinio,
    start: async (program) => s3(await startMinio(program)),
  },
  {
    name: 'fake-gcs-server',
    keeps: false,
    find: findFakeGcs,
    start: async (program) => {
      const server = await startFakeGcs(program);
      const buckets = `${server.endpoint}/storage/v1/b?project=${server.projectId}`;
      return {
        server,
        write: async (name) => {
          const headers = { 'content-type': 'application/json' };
          await ok(fetch(buckets, { method: 'POST', headers, body: JSON.stringify({ name }) }));
        },
        list: async () => {
          const found = (await (await ok(fetch(buckets))).json()) as { items?: { name: string }[] };
          return (found.items ?? []).map(({ name }) => name);
        },
      };
    },
  },
  {
    name: 'Azurite',
    keeps: false,
    find: findAzurite,
    start: async (program) => {
      const server = await startAzurite(program);
      const other = { ...server, key: Buffer.from('another').toString('base64') };
      return {
        server,
        write: async (name) => void (await ok(askAzure(server, 'PUT', `/${name}?restype=container`))),
        list: async () =>
          namesIn(await (await ok(askAzure(server, 'GET', '/?comp=list'))).text(), /<Name>(.*?)<\/Name>/g),
        stranger: async () => (await askAzure(other, 'GET', '/?comp=list')).status,
      };
    },
  },
  {
    name: 'OpenStack Swift',
    keeps: true,
    find: findSwift,
    start: async (program) => {
      const server = await startSwift(program);
      const ask = async (method: string, path: string): Promise<Response> => {
        const { headers } = await ok(authenticate(server));
        const token = { 'x-auth-token': headers.get('x-auth-token') ?? '' };
        return ok(fetch(`${headers.get('x-storage-url')}${path}`, { method, headers: token }));
      };
      return {
        server,
        write: async (name) => void (await ask('PUT', `/${name}`)),
        list: async () => (await (await ask('GET', '')).text()).split('\n').filter(Boolean),
        stranger: async () => (await authenticate({ ...server, key: 'another' })).status,
      };
    },
  },
];

function s3(server: S3Server): Started {
  const other = { ...server, secretAccessKey: 'another' };
  return {
    server,
    write: async (name) => void (await ok(askS3(server, 'PUT', `/${name}`))),
    list: async () =>
      namesIn(await (await ok(askS3(server, 'GET', '/'))).text(), /<Bucket>.*?<Name>(.*?)<\/Name>/gs),
    stranger: async () => (await askS3(other, 'GET', '/')).status,
  };
}

function authenticate({ authUrl, user, key }: Swift): Promise<Response> {
  return fetch(authUrl, { headers: { 'x-storage-user': user, 'x-storage-pass': key } });
}

async function askRedis(port: number, command: string): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port });
  socket.write(`${command}\r\nQUIT\r\n`);
  return (await text(socket)).replace(/\+OK\r\n$/, '');
}

async function ok(answer: Promise<Response>): Promise<Response> {
  const response = await answer;
  if (!response.ok) throw new Error(`${response.url} answered ${response.status}: ${await response.text()}`);
  return response;
}

function namesIn(answer: string, pattern: RegExp): readonly string[] {
  return [...answer.matchAll(pattern)].map((match) => match[1] ?? '');
}
