/** Infinispan itself: the get of its client, and what makes a value of the text, which is all that the client carries. */
import infinispan from 'infinispan';
import type { Cached, Shape } from './cached.ts';

export async function open({ infinispan: server }: Shape): Promise<Cached> {
  const { host, port, user, password } = server!;
  const client = await infinispan.client(
    { host, port },
    {
      cacheName: 'text',
      authentication: { enabled: true, saslMechanism: 'DIGEST-MD5', userName: user, password },
    },
  );
  return {
    set: (key, value) => client.put(key, JSON.stringify(value)),
    async getOrSet(key, load) {
      const text = await client.get(key);
      return text === null ? load() : JSON.parse(text);
    },
    close: () => client.disconnect(),
  };
}
