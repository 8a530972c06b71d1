/** URLs whose secrets stay with the process: user, password and query are kept by the codec, under a name that says nothing. */
import { accountAddress, giveCredentials, processSite } from '@skein/codec';
import type { WebResource } from '../data-object.ts';

const SERVICE = 'url';

/** What may be shown and travel, and the name of the rest. */
export type WebAddress = Pick<WebResource, 'url' | 'account'>;

export function webAddress(given: URL): WebAddress {
  const { username, password, search } = given;
  const plain = new URL(given);
  plain.username = '';
  plain.password = '';
  plain.search = '';
  plain.hash = '';
  if (username === '' && password === '' && search === '') return { url: plain.href };
  const account = giveCredentials(SERVICE, plain.href, { username, password, search });
  return { url: plain.href, account };
}

/** What `fetch` is given: it takes no user in a URL, but a header. */
export function requestOf({ url, account }: WebAddress): {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
} {
  if (account === undefined) return { url, headers: {} };
  const kept = processSite().credentials(SERVICE, accountAddress(url, account));
  const { username = '', password = '', search = '' } = kept;
  const user = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  const headers = user === ':' ? {} : { authorization: `Basic ${Buffer.from(user).toString('base64')}` };
  return { url: url + search, headers: headers as Readonly<Record<string, string>> };
}
