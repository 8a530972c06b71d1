import { decode, encode } from '@skein/codec';
import { BrokenChannelError, ChannelEnd, connect, DsoError, EndOfChannelError } from '@skein/dso';
import { describe, expect, test } from 'vitest';
import { Channel } from '../../src/handles/channel.ts';
import { channel } from '../../src/objects/channel.ts';
import { LocalServer } from './local.ts';

function setUp(capacity?: number) {
  const server = new LocalServer([channel]);
  const [parent, child] = [server.client('parent'), server.client('child')];
  const place = ['channel', 'pipe', [capacity]] as const;
  const ours = new Channel<unknown>(parent.place(...place));
  const theirs = new Channel<unknown>(child.place(...place));
  return { server, parent, child, ours, theirs };
}

describe('the ends of a channel', () => {
  test('send and receive values of all kinds, both ways', async () => {
    const { ours, theirs } = setUp();
    const [one] = ours.ends();
    const other = theirs.end(1);
    const waits = one.receive();
    await one.send({ a: [1n, new Set(['x'])] });
    await one.send(undefined);
    expect(await other.pending()).toBe(2);
    expect([await other.receive(), await other.receive()]).toEqual([{ a: [1n, new Set(['x'])] }, undefined]);
    await other.send('back');
    expect(await waits).toBe('back');
  });

  test('wait for room, and for messages, as long as they may', async () => {
    const { server, ours, theirs } = setUp(100);
    const [one, other] = [ours.end(0), theirs.end(1)];
    await one.send('x'.repeat(60));
    const late = one.send('y'.repeat(60), { timeoutMs: 50 });
    const empty = one.receive({ timeoutMs: 50 });
    const polls = one.poll({ timeoutMs: 50 });
    server.clock.pass(50);
    await expect(late).rejects.toMatchObject({ code: 'timeout' });
    await expect(empty).rejects.toMatchObject({ code: 'timeout' });
    expect(await polls).toBe(false);
    const patient = one.send('z');
    expect([await other.poll(), await one.poll()]).toEqual([true, false]);
    const soon = one.poll({ timeoutMs: 50 });
    await other.send(1);
    expect([await soon, await one.receive()]).toEqual([true, 1]);
    await other.receive();
    await patient;
    const stop = new AbortController();
    const aborted = one.poll({ timeoutMs: 50, signal: stop.signal });
    stop.abort(new Error('enough'));
    await expect(aborted).rejects.toThrow('enough');
  });

  test('tell when the other one is gone: by close, or with the session', async () => {
    const { child, ours, theirs } = setUp();
    const [one, other] = [ours.end(0), theirs.end(1)];
    await other.send('last');
    const sends = ours.end(0);
    child.end();
    expect([await one.poll(), await one.receive(), await one.poll()]).toEqual([true, 'last', true]);
    await expect(one.receive()).rejects.toThrow(EndOfChannelError);
    await expect(sends.send(1)).rejects.toThrow(BrokenChannelError);
    await one.close();
    const closed = one.send(1);
    await expect(closed).rejects.toThrow(DsoError);
    await expect(closed).rejects.toMatchObject({ code: 'closed' });
    await expect(ours.end(0).open()).rejects.toMatchObject({ code: 'broken-channel' });
  });

  test('are lent to a copy on its way, which its user takes over', async () => {
    const { child, ours, theirs } = setUp();
    const one = ours.end(0);
    await ours.end(1).lend('for the child');
    const copy = theirs.end(1).as('for the child');
    expect([copy.number, copy.holder]).toEqual([1, 'for the child']);
    await copy.send('here');
    expect(await one.receive()).toBe('here');
    const rest = one.receive();
    child.end();
    await expect(rest).rejects.toThrow(EndOfChannelError);
  });

  test('are gone when copies that nobody has used are closed by their lender', async () => {
    const { ours } = setUp();
    const [one, other] = ours.ends();
    await other.lend('a');
    await other.lend('b');
    const waits = one.receive();
    await other.close('a');
    // Not the handle's own holder: it may still be used.
    expect(await other.poll()).toBe(false);
    await other.close();
    expect(await one.poll()).toBe(false);
    await other.as('b').close();
    await expect(waits).rejects.toThrow(EndOfChannelError);
  });

  test('refuse what is none before anything is sent', async () => {
    const { server, ours } = setUp();
    expect(() => ours.end(2 as never)).toThrow(/the end must be 0 or 1, not 2/);
    expect(() => ours.end(0).as('')).toThrow(/the holder must be text that is not empty/);
    await expect(ours.end(0).lend(5 as never)).rejects.toThrow(/the holder must be text/);
    await expect(ours.end(0).send(() => {})).rejects.toThrow(/cannot ship/);
    await expect(ours.end(0).poll({ timeoutMs: -1 })).rejects.toThrow(/timeoutMs must be/);
    expect(server.asked).toBe(0);
  });
});

test('an end that has travelled is the same end, by the same holder', async () => {
  await using dso = await connect();
  const end = dso.channel<string>('travels', { capacity: 1000 }).end(1);
  for (const one of [end, end.as('ticket')]) {
    const arrived = decode<ChannelEnd<string>>(encode(one).toBytes());
    expect(arrived).toBeInstanceOf(ChannelEnd);
    expect([arrived.key, arrived.number, arrived.holder]).toEqual(['travels', 1, one.holder]);
    await arrived.send('from afar');
    expect(await dso.channel('travels').end(0).receive()).toBe('from afar');
  }
  const whole = decode<Channel<string>>(encode(dso.channel('travels')).toBytes());
  await whole.end(0).send('to 1');
  expect(await end.receive()).toBe('to 1');
});
