/** What a client says that asks and does not read: the bytes of a hello, a session, an object and many reads of it. */
import { CATALOG } from '../../src/objects/catalog.ts';
import { writeDefinition, writeHello, writeSession } from '../../src/wire/messages.ts';
import { Outbox } from '../../src/wire/outbox.ts';
import { MAGIC, PROTOCOL_VERSION, ToNode } from '../../src/wire/protocol.ts';

/** @param reads how often the whole of the list 'long' is asked for */
export function greeting(reads: number): Uint8Array[] {
  const outbox = new Outbox(ToNode.part);
  const pieces: Uint8Array[] = [];
  outbox.attach({
    write: (parts) => void pieces.push(...parts),
    buffered: 0,
    onDrain: undefined,
    pause() {},
    end() {},
    destroy() {},
  });
  writeHello(outbox.frame(ToNode.hello), { magic: MAGIC, version: PROTOCOL_VERSION, token: '' });
  writeSession(outbox.frame(ToNode.session), {
    alias: 0,
    id: 'deaf',
    parent: undefined,
    ttlMs: 60_000,
    resume: false,
  });
  writeDefinition(outbox.frame(ToNode.define), {
    ref: 0,
    type: 'list',
    key: 'long',
    mode: 'create',
    seenIn: undefined,
    config: [],
  });
  for (let id = 1; id <= reads; id++) {
    const writer = outbox.frame(ToNode.calls, true);
    writer.varint(id);
    writer.varint(0);
    writer.varint(0);
    writer.byte(CATALOG.list.indexOf('slice'));
    writer.byte(0);
    writer.values([0, 16]);
  }
  outbox.flush();
  return pieces;
}
