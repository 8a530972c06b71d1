/** The thread that says which sessions live. */
import { expect, test, vi } from 'vitest';
import { parseAddress } from '../../src/client/address.ts';
import { Heartbeats } from '../../src/client/heartbeats.ts';
import { LinkSession } from '../../src/client/link-session.ts';
import { ToClient, ToNode } from '../../src/wire/protocol.ts';
import { scriptNode } from '../support/scripted-node.ts';

function beatsTo(url: string): { readonly beats: Heartbeats; readonly host: string } {
  const address = parseAddress(url);
  const beats = new Heartbeats({ address, token: undefined, tls: {}, sessionTtlMs: 150 });
  return { beats, host: address.hosts[0]! };
}

test('says nothing more of a session that is over, and nothing at all when there is none', async () => {
  const said: string[] = [];
  const node = await scriptNode(({ kind, body, outbox }) => {
    if (kind !== ToNode.beat) return;
    said.push(body.text());
    outbox.frame(ToClient.beat);
  });
  const { beats, host } = beatsTo(node.url);
  const one = new LinkSession(0, undefined);
  const two = new LinkSession(1, undefined);
  beats.start(host, one);
  beats.start(host, two);
  await vi.waitFor(() => expect(new Set(said)).toEqual(new Set([one.id, two.id])));
  beats.end(host, one);
  // Those of a moment ago may be on their way.
  await vi.waitFor(() => {
    const last = said.splice(0);
    expect(last.length).toBeGreaterThan(0);
    expect(last).not.toContain(one.id);
  }, 10_000);
  beats.stop();
}, 20_000);

test('makes a connection anew on which nothing is answered', async () => {
  const node = await scriptNode(() => {});
  const { beats, host } = beatsTo(node.url);
  beats.start(host, new LinkSession(0, undefined));
  await vi.waitFor(() => expect(node.connections).toBeGreaterThan(1), { timeout: 20_000, interval: 100 });
  beats.stop();
}, 30_000);
