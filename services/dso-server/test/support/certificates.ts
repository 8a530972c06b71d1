/** Certificates for a test, by the `openssl` command: Node reads certificates, and makes none. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { folder } from './folder.ts';

export interface Authority {
  /** The path of its certificate. */
  readonly ca: string;
  /** Makes a certificate for 127.0.0.1 and localhost, and its key: their paths. */
  issue(name: string): { readonly cert: string; readonly key: string };
}

export function authority(name: string): Authority {
  const at = folder();
  const path = (file: string): string => join(at, file);
  const openssl = (...args: string[]): void => {
    execFileSync('openssl', args, { cwd: at, stdio: 'pipe' });
  };
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  openssl(
    'req',
    '-x509',
    ...newKey,
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
    '-days',
    '2',
    '-subj',
    `/CN=${name}`,
  );
  return {
    ca: path('ca.pem'),
    issue(subject) {
      writeFileSync(path('names.txt'), 'subjectAltName=DNS:localhost,IP:127.0.0.1\n');
      const [cert, key, request] = [`${subject}.pem`, `${subject}.key`, `${subject}.csr`];
      openssl('req', ...newKey, '-keyout', key, '-out', request, '-subj', `/CN=${subject}`);
      const signed = [
        '-CA',
        'ca.pem',
        '-CAkey',
        'ca.key',
        '-CAcreateserial',
        '-days',
        '2',
        '-extfile',
        'names.txt',
      ];
      openssl('x509', '-req', '-in', request, '-out', cert, ...signed);
      return { cert: path(cert), key: path(key) };
    },
  };
}
