import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';

/** A port of 127.0.0.1 that nobody uses at this moment. */
export async function freePort(): Promise<number> {
  const [port = 0] = await freePorts(1);
  return port;
}

/** Several of them, each another one. */
export async function freePorts(count: number): Promise<readonly number[]> {
  // All are held until the last one is found: none comes twice.
  const holders = await Promise.all(Array.from({ length: count }, () => hold(0)));
  const ports = holders.map(portOf);
  await Promise.all(holders.map(release));
  return ports;
}

/** Several of them whose next port is free too, for programs that count their second port from the first. */
export async function freePairs(count: number): Promise<readonly number[]> {
  const holders: Server[] = [];
  const firsts: number[] = [];
  try {
    while (firsts.length < count) {
      const first = await hold(0);
      holders.push(first);
      const second = await hold(portOf(first) + 1).catch(() => undefined);
      if (second === undefined) continue;
      holders.push(second);
      firsts.push(portOf(first));
    }
  } finally {
    await Promise.all(holders.map(release));
  }
  return firsts;
}

async function hold(port: number): Promise<Server> {
  const holder = createServer().listen(port, '127.0.0.1');
  await once(holder, 'listening');
  return holder;
}

async function release(holder: Server): Promise<void> {
  holder.close();
  await once(holder, 'close');
}

function portOf(holder: Server): number {
  return (holder.address() as AddressInfo).port;
}
