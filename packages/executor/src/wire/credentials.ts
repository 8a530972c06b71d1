/**
 * Credentials of handles on their way to workers: as a variable among those of a job's calls, which are never part of
 * what is stored. The worker takes it out before a function could see it.
 */
import { CREDENTIALS_VARIABLE, credentialsForWorkers, takeCredentials } from '@skein/codec';

type Variables = Readonly<Record<string, string>> | undefined;

/** The variables of calls, with all the credentials that this process was given in code. */
export function withCredentials(env: Variables): Variables {
  const credentials = credentialsForWorkers();
  return credentials === undefined ? env : { ...env, [CREDENTIALS_VARIABLE]: credentials };
}

/** The variables of calls alone; the credentials are this process's own from now on. */
export function withoutCredentials(env: Variables): Variables {
  const { [CREDENTIALS_VARIABLE]: credentials, ...others } = env ?? {};
  if (credentials === undefined) return env;
  takeCredentials(credentials);
  return others;
}
