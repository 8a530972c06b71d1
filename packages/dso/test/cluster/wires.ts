/** What lies between members, and cuts them from each other while clients go on reaching both, and both etcd. */
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterAll } from 'vitest';

export interface Wires {
  /** For each member, in their order, where others reach it. */
  readonly advertised: readonly string[];
  /** Bytes that did not pass. */
  readonly swallowed: number;
  /** Nothing passes between two members any more, in either direction, and nobody is told. */
  cut(one: string, other: string): void;
  /** All can reach each other again. What was said meanwhile is lost, and so are the connections on which that was. */
  heal(): void;
}

interface Line {
  readonly to: string;
  /** The member that speaks on it, once it has said who it is; clients never do. */
  from: string | undefined;
  readonly end: () => void;
}

/** A member names its life when it greets another: `host:port#random`. */
const GREETING = /(127\.0\.0\.1:\d+)#[0-9a-f]{12}/;

const opened = new Set<() => void>();
afterAll(() => {
  for (const close of opened) close();
});

/** @param ports where the members listen, or will; the wires are gone after the file's tests */
export async function wires(ports: readonly number[]): Promise<Wires> {
  const lines = new Set<Line>();
  const cuts = new Set<string>();
  const isCut = ({ from, to }: Line): boolean => cuts.has(`${from} ${to}`) || cuts.has(`${to} ${from}`);

  let swallowed = 0;
  const pass = (line: Line, to: Socket, chunk: Buffer): void => {
    if (isCut(line)) swallowed += chunk.length;
    else to.write(chunk);
  };

  const carry = (client: Socket, to: string, port: number): void => {
    const server = connect(port, '127.0.0.1');
    const line: Line = {
      to,
      from: undefined,
      end() {
        lines.delete(line);
        client.destroy();
        server.destroy();
      },
    };
    lines.add(line);
    client.on('data', (chunk: Buffer) => {
      line.from ??= GREETING.exec(chunk.toString('latin1'))?.[1];
      pass(line, server, chunk);
    });
    server.on('data', (chunk: Buffer) => {
      pass(line, client, chunk);
    });
    for (const socket of [client, server]) {
      socket.setNoDelay(true);
      socket.on('error', line.end).on('close', line.end);
    }
  };

  const ends = await Promise.all(
    ports.map(async (port): Promise<readonly [Server, string]> => {
      const server = createServer((client) => carry(client, at, port));
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const at = `127.0.0.1:${(server.address() as AddressInfo).port}`;
      return [server, at];
    }),
  );
  opened.add(() => {
    for (const [server] of ends) server.close();
    for (const line of lines) line.end();
  });
  return {
    advertised: ends.map(([, address]) => address),
    get swallowed() {
      return swallowed;
    },
    cut(one, other) {
      cuts.add(`${one} ${other}`);
    },
    heal() {
      for (const line of lines) if (isCut(line)) line.end();
      cuts.clear();
    },
  };
}
