/** The command line, and the variables that stand in for it. */
import { createRequire } from 'node:module';
import { variableName } from '@skein/config';
import { Command, Option } from 'commander';
import {
  FIELDS,
  flagOf,
  type OptionName,
  parseOption,
  ServerOptionError,
  type ServerOptions,
} from './options.ts';

const FLAGS: { readonly [Name in OptionName]: readonly [flags: string, description: string] } = {
  listen: ['<host:port>', "where clients come; port 0: any that is free; 'off' (default: 127.0.0.1:7600)"],
  grpc: [
    '<where>',
    "gRPC: 'shared', on the same port; host:port, on one of its own besides; 'off' (default: shared)",
  ],
  unix: ['<path>', 'a Unix socket for clients of this machine'],
  advertise: ['<host:port>', 'how others reach this server (default: where it listens)'],
  membership: [
    '<members>',
    'all servers: static:a:7600,b:7600; or where they find each other: etcd:http://a:2379 (default: only this one)',
  ],
  replicas: ['<count>', 'how many servers hold each object, with etcd: (default: 1)'],
  leaseMs: [
    '<ms>',
    'with etcd: how long a server may be silent before others take its objects over (default: 2000)',
  ],
  authTokenFile: ['<file>', 'the token that clients have to give'],
  auth: ['', 'let everybody in who reaches this server, also from other machines'],
  tlsCert: ['<file>', 'certificate, PEM: clients come by dsos: and grpcs:'],
  tlsKey: ['<file>', 'its key, PEM'],
  tlsClientCa: ['<file>', 'the authority whose certificates clients have to show, PEM'],
  allowUserClasses: [
    '',
    'clients may send classes and functions, which run here (default: only where nobody else reaches this server)',
  ],
  load: ['<module>', 'a module whose classes and functions clients may use by name; may be said again'],
  metrics: ['<host:port>', 'Prometheus metrics, /healthz and /readyz by HTTP (default: none)'],
  maxMessageBytes: ['<size>', 'of one message, such as 64MiB (default: 256MiB)'],
  maxObjectBytes: ['<size>', 'of one object (default: 256MiB)'],
  maxMemoryBytes: ['<size>', 'of all objects (default: 2GiB)'],
  data: [
    '<folder>',
    'where objects are kept on disk, of this server alone (default: they are in memory only)',
  ],
  fsync: [
    '<when>',
    "with --data, when they are on the disk: 'always', before an answer; 'interval:<ms>' later; 'never' (default: always)",
  ],
  snapshotAfterBytes: ['<size>', 'with --data, how much log there may be before a snapshot (default: 64MiB)'],
  userCodeTimeLimitMs: ['<ms>', "how long a method of a user's class may run (default: 30000)"],
  drainTimeoutMs: [
    '<ms>',
    'how long the end may take after SIGTERM (default: 10000; 60000 with etcd, where all goes to others first)',
  ],
  logLevel: ['<level>', 'debug, info, warn, error or silent (default: info)'],
};

/** Reads flags, then variables: a flag wins. Answers `undefined` when help or the version was asked for, and printed. */
export function program(): Command {
  const command = new Command('skein-dso-server')
    .description("One node of Skein's shared objects.")
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .allowExcessArguments(false)
    .exitOverride()
    .configureOutput({
      outputError: (text, write) => write(text.replace(/^error: /, 'skein-dso-server: ')),
    });
  for (const [name, [value, description]] of Object.entries(FLAGS)) {
    if (name === 'auth') command.addOption(new Option('--no-auth', description).default(undefined));
    else if (name === 'allowUserClasses') {
      command.addOption(new Option('--allow-user-classes', description));
      command.addOption(new Option('--no-allow-user-classes', 'they may not'));
    } else if (name === 'load')
      command.addOption(
        new Option(`--load ${value}`, description).argParser((said: string, before?: readonly string[]) => [
          ...(before ?? []),
          said,
        ]),
      );
    else command.addOption(new Option(`${flagOf(name)} ${value}`, description));
  }
  return command.addHelpText(
    'after',
    `
Every option has a variable: SKEIN_DSO_SERVER_LISTEN for --listen; SKEIN_DSO_SERVER_AUTH=false for --no-auth.

Examples:
  skein-dso-server
  skein-dso-server --data /var/lib/skein --fsync always
  skein-dso-server --listen 0.0.0.0:7600 --auth-token-file token --tls-cert cert.pem --tls-key key.pem
  skein-dso-server --listen 0.0.0.0:7600 --advertise a:7600 --membership static:a:7600,b:7600 --auth-token-file token
  skein-dso-server --listen 0.0.0.0:7600 --advertise a:7600 --membership etcd:http://e:2379 --replicas 2 --auth-token-file token

Exit codes: 0 after SIGTERM or SIGINT; 1 when it cannot listen, etcd does not answer, or its data cannot be used, read or
written; 2 when an option cannot be used.`,
  );
}

/** The options that flags and variables say. @throws {ServerOptionError} with everything that is wrong with them */
export function optionsOf(
  flags: Readonly<Record<string, unknown>>,
  env: Readonly<Record<string, string | undefined>>,
): ServerOptions {
  const problems: string[] = [];
  const options: Record<string, unknown> = {};
  const take = (name: OptionName, value: unknown, said: string): void => {
    const result = parseOption(name, value, said);
    if ('problem' in result) problems.push(result.problem);
    // As it was said: the server parses it once more, and knows no other form.
    else options[name] = typeof value === 'string' ? readable(name, value) : value;
  };
  for (const name of Object.keys(FIELDS) as OptionName[]) {
    const variable = variableName(`dsoServer.${name}`);
    const written = env[variable];
    if (flags[name] !== undefined) take(name, flags[name], flagOf(name));
    else if (written !== undefined && written !== '') take(name, written, variable);
  }
  if (problems.length > 0) throw new ServerOptionError(problems);
  return options;
}

/** Text as the option's own type, where that is not text. */
function readable(name: OptionName, written: string): unknown {
  return FIELDS[name].fromText(written);
}

function version(): string {
  const manifest: { version: string } = createRequire(import.meta.url)('../package.json');
  return manifest.version;
}
