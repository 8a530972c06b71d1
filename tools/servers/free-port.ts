import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

/** A port of 127.0.0.1 that nobody uses at this moment. */
export async function freePort(): Promise<number> {
  const [port = 0] = await freePorts(1);
  return port;
}

/** Several of them, each another one, the lowest first. */
export async function freePorts(count: number): Promise<readonly number[]> {
  // All are held until the last one is found: none comes twice.
  const holders = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(holders.map((holder) => once(holder, 'listening')));
  const ports = holders.map((holder) => (holder.address() as AddressInfo).port);
  for (const holder of holders) holder.close();
  await Promise.all(holders.map((holder) => once(holder, 'close')));
  return ports.sort((a, b) => a - b);
}
