/** Digest authentication, by the example of its description and as servers offer it. */
import { createHash } from 'node:crypto';
import { DigestChallenge } from '@skein/codec/node';
import { expect, test } from 'vitest';

const account = { username: 'Mufasa', password: 'Circle of Life' };
const OFFER =
  'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=SHA-256, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"';

/** https://www.rfc-editor.org/rfc/rfc7616#section-3.4.1, from what an answer says itself. */
function responseOf(answer: string, method: string): string {
  const part = (name: string): string => new RegExp(`${name}="?([^",]*)`).exec(answer)?.[1] ?? '';
  const sum = (...parts: readonly string[]): string =>
    createHash('sha256').update(parts.join(':')).digest('hex');
  const secret = sum(account.username, part('realm'), account.password);
  const asked = sum(method, part('uri'));
  return sum(secret, part('nonce'), part('[, ]nc'), part('cnonce'), 'auth', asked);
}

test('an answer proves the password without it, each with the next count', () => {
  const challenge = DigestChallenge.parse(OFFER)!;
  for (const count of ['00000001', '00000002']) {
    const answer = challenge.answer('GET', '/dir/index.html', account);
    expect(answer).toContain(`nc=${count}`);
    expect(answer).toContain(`response="${responseOf(answer, 'GET')}"`);
    expect(answer).toContain('opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"');
    expect(answer).not.toContain(account.password);
  }
});

test.each([
  ['alone', OFFER],
  ['behind another scheme', `Basic realm="a, b", ${OFFER}`],
  ['before one that is weaker', `${OFFER}, Digest realm="x", qop="auth", algorithm=MD5, nonce="other"`],
  ['behind one that is not known', `Digest realm="x", qop="auth", algorithm=SHA-3, nonce="other", ${OFFER}`],
])('of several offers the first that is known is taken: %s', (_where, header) => {
  const answer = DigestChallenge.parse(header)!.answer('GET', '/', account);
  expect(answer).toContain('algorithm=SHA-256');
  expect(answer).toContain('nonce="7ypf/');
});

test.each([
  '',
  'Basic realm="digest"',
  'Digest realm="x", algorithm=MD5, nonce="n"',
  'Digest realm="x", qop="auth-int", nonce="n"',
])('what offers none: %j', (header) => {
  expect(DigestChallenge.parse(header)).toBeUndefined();
});

test('what was not offered is not answered', () => {
  const answer = DigestChallenge.parse('Digest realm="x", qop="auth", nonce="n"')!.answer(
    'GET',
    '/',
    account,
  );
  expect(answer).not.toMatch(/algorithm|opaque/);
});
