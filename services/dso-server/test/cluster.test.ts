/** Servers that find each other by etcd, two of which hold each object: one ends, and the other goes on with all it had. */
import { expect, test } from 'vitest';
import { authority } from './support/certificates.ts';
import { client } from './support/client.ts';
import { clusters } from './support/cluster.ts';
import { file } from './support/folder.ts';

const cluster = clusters();

class Account {
  balance = 0;

  deposit(amount: number): number {
    this.balance += amount;
    return this.balance;
  }
}

test('over TLS, with a token: what waits at a server that ends goes on at the other, and so do objects of classes', async () => {
  const { ca, issue } = authority('own');
  const { cert, key } = issue('server');
  const tokenFile = file('token', 'secret');
  const tls = ['--tls-cert', cert, '--tls-key', key, '--tls-client-ca', ca, '--auth-token-file', tokenFile];
  const { addresses, start, settled } = await cluster({ servers: 2, replicas: 2, flags: tls });
  const [a] = await Promise.all(addresses.map((address) => start(address)));
  await settled();
  const mine = issue('client');
  const dso = await client(`dsos://${addresses.join(',')}`, {
    tokenFile,
    caFile: ca,
    certFile: mine.cert,
    keyFile: mine.key,
  });
  const numbers = [0, 1, 2, 3, 4, 5, 6, 7];
  const taken = numbers.map((i) => dso.queue<number>(`queue ${i}`).take());
  const accounts = numbers.map((i) => dso.object(`account ${i}`, Account));
  for (const account of accounts) expect(await account.deposit(1)).toBe(1);
  expect(await a!.end('SIGTERM')).toBe(0);
  for (const account of accounts) expect(await account.deposit(2)).toBe(3);
  for (const i of numbers) await dso.queue<number>(`queue ${i}`).put(i);
  expect(await Promise.all(taken)).toEqual(numbers);
}, 600_000);
