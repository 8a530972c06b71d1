/**
 * Metadata that crosses in HTTP headers. What a header cannot hold as it is, such as letters outside of ASCII or
 * spaces at the ends, goes as an encoded word (RFC 2047, section 4.1), which is how S3 itself answers with such text.
 */
import type { Metadata } from '../driver.ts';

const PLAIN = /^[!-~](?:[ -~]*[!-~])?$/;
const WORD = /^=\?UTF-8\?B\?([A-Za-z0-9+/=]*)\?=$/i;

export function toHeaders(metadata: Metadata): Record<string, string> {
  return mapped(metadata, (value) =>
    PLAIN.test(value) && !WORD.test(value) ? value : `=?UTF-8?B?${Buffer.from(value).toString('base64')}?=`,
  );
}

export function fromHeaders(headers: Metadata): Metadata {
  return mapped(headers, (value) => {
    const word = WORD.exec(value)?.[1];
    return word === undefined ? value : Buffer.from(word, 'base64').toString();
  });
}

function mapped(metadata: Metadata, change: (value: string) => string): Record<string, string> {
  return Object.fromEntries(Object.entries(metadata).map(([name, value]) => [name, change(value)]));
}
