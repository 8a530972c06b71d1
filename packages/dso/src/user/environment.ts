/**
 * What user code sees of the server's environment: where programs and files are, and how to write dates and text.
 * Tokens, passwords and addresses of the server's own stay out, so the list says what may pass, not what may not.
 */
const PASSED = [
  'PATH',
  'HOME',
  'USERPROFILE',
  'SYSTEMROOT',
  'TMPDIR',
  'TEMP',
  'TMP',
  'TZ',
  'LANG',
  'LC_ALL',
  'LC_CTYPE',
  'NODE_ENV',
] as const;

export function threadEnvironment(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    PASSED.flatMap((name) => {
      const value = env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
