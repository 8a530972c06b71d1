import { expect, test } from 'vitest';
import { client } from './support/client.ts';
import { file } from './support/folder.ts';
import { metric } from './support/metrics.ts';
import { startProgram } from './support/server.ts';

class Account {
  balance = 0;
  deposit(amount: number): number {
    if (amount < 0) throw new RangeError('a deposit is positive');
    this.balance += amount;
    return this.balance;
  }
}

const MODULE = `
  export class Account {
    balance = 0;
    deposit(amount) {
      if (amount < 0) throw new RangeError('a deposit is positive');
      this.balance += amount;
      return this.balance + 0.5;
    }
  }
`;

test('clients’ classes run where only this machine reaches the server', async () => {
  const server = await startProgram();
  for (const scheme of ['dso:', 'grpc:']) {
    const account = (await client(server.url(scheme))).object(`of ${scheme}`, Account);
    expect(await account.deposit(10)).toBe(10);
    await expect(account.deposit(-1)).rejects.toThrow('a deposit is positive');
  }
  expect(await metric(server.metrics, 'skein_dso_user_code_runs_total{outcome="threw"}')).toBe(2);
});

test('--no-allow-user-classes: they are refused, and the message says what to do', async () => {
  const server = await startProgram(['--no-allow-user-classes']);
  const dso = await client(server.url('dso:'));
  await expect(dso.object('mine', Account).deposit(1)).rejects.toMatchObject({
    code: 'user-code-refused',
    message: expect.stringMatching(/takes no code from clients.*'Account'.*--allow-user-classes.*--load/),
  });
  await expect(dso.map<string, number>('numbers').merge('one', 1, (a, b) => a + b)).rejects.toMatchObject({
    code: 'user-code-refused',
  });
  expect(await dso.counter('visits').increment()).toBe(1);
});

test('on an address that others reach they are off, unless they are allowed', async () => {
  const token = file('token', 'open sesame');
  const open = ['--listen', '0.0.0.0:0', '--advertise', '127.0.0.1:1', '--auth-token-file', token];
  const mine = async (flags: readonly string[]): Promise<number> => {
    const server = await startProgram([...open, ...flags]);
    const dso = await client(server.url('dso:').replace('0.0.0.0', '127.0.0.1'), { token: 'open sesame' });
    return dso.object('mine', Account).deposit(1);
  };
  await expect(mine([])).rejects.toMatchObject({ code: 'user-code-refused' });
  expect(await mine(['--allow-user-classes'])).toBe(1);
});

test('--load: the operator’s class is used in place of the client’s of the same name', async () => {
  const server = await startProgram(['--no-allow-user-classes', '--load', file('account.mjs', MODULE)]);
  const dso = await client(server.url('dso:'));
  expect(await dso.object('mine', Account).deposit(1)).toBe(1.5);
  expect(server.lines).toContainEqual(expect.objectContaining({ names: ['Account'] }));
});

test('--user-code-time-limit-ms: a method that runs longer is ended, and the server goes on', async () => {
  const server = await startProgram(['--user-code-time-limit-ms', '200']);
  const dso = await client(server.url('dso:'));
  class Endless {
    run(): void {
      for (;;);
    }
  }
  await expect(dso.object('endless', Endless).run()).rejects.toMatchObject({
    code: 'user-code-failed',
    message: expect.stringContaining('200 ms'),
  });
  expect(await metric(server.metrics, 'skein_dso_user_code_runs_total{outcome="failed"}')).toBe(1);
  expect(await dso.counter('visits').increment()).toBe(1);
});
