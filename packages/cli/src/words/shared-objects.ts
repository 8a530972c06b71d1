import type { Command } from 'commander';
import { parseAge, parseCount } from '../units.ts';
import { does, examples } from './word.ts';

/** How the servers are reached: every word below `dso` takes these. */
function reaching(command: Command): Command {
  return command
    .option(
      '-a, --address <address>',
      "any member: 'host:port', or as connect() takes it, such as dsos://a:7600",
    )
    .option('--token-file <file>', 'holds the token, where servers ask for one')
    .option('--ca-file <file>', 'the authority of their certificates, PEM')
    .option('--json', 'print one JSON document');
}

export function addDso(skein: Command): void {
  const dso = skein
    .command('dso')
    .helpCommand('help [command]', 'print the help of a command')
    .summary('look at servers of shared objects, and drain them')
    .description(
      'Servers of shared objects. They are found by --address, else by the configuration (SKEIN_DSO), else at 127.0.0.1:7600.\n' +
        'A token comes from --token-file or SKEIN_DSO_TOKEN: on a command line others would see it.',
    );
  const members = reaching(
    dso
      .command('members')
      .summary('list the members and what each holds')
      .description(
        'List the members: since when they are there, the slots they hold, whether that is on disk, and which are about to\n' +
          'leave, have a full disk, or do not answer.',
      ),
  ).action(does(async () => (await import('../commands/dso/members.ts')).dsoMembers));
  const ring = reaching(
    dso
      .command('ring')
      .summary('show how evenly the slots are spread')
      .description('Show how evenly the slots, and with them the objects, are spread over the members.'),
  ).action(does(async () => (await import('../commands/dso/ring.ts')).dsoRing));
  const objects = reaching(
    dso
      .command('objects')
      .summary('count objects by type, and list the largest')
      .description(
        'Count the objects by type, and list the largest, or those at which the most operations wait.',
      )
      .option('-p, --prefix <text>', 'only objects whose key begins so', '')
      .option('-n, --limit <count>', 'list at most so many, up to 10,000', parseCount(0), 10)
      .option('--waiting', 'list those at which the most operations wait, such as for a lock'),
  ).action(does(async () => (await import('../commands/dso/objects.ts')).dsoObjects));
  const stats = reaching(
    dso
      .command('stats')
      .summary('show what each member holds and has done')
      .description(
        'Show what each member holds, has done since its start, and does for its copies; and where objects are on disk, its\n' +
          'log and snapshots, when they were synced and taken, and whether the disk is full.',
      ),
  ).action(does(async () => (await import('../commands/dso/stats.ts')).dsoStats));
  const drain = reaching(
    dso
      .command('drain')
      .summary('have a member hand over all that it holds')
      .description(
        'Have a member hand over all that it holds, and wait until it holds nothing: then it can be ended. Clients go on\n' +
          'meanwhile. It stays a member, and would get slots again if it were started anew.',
      )
      .argument('<member>', "'host:port', as `skein dso members` lists it")
      .option('--timeout <time>', "how long to wait, such as '90s' or '5m'", parseAge, 300_000)
      .option('--cancel', 'it is to stay after all: it gets its share again'),
  ).action(does(async () => (await import('../commands/dso/drain.ts')).dsoDrain));
  examples(
    dso,
    ['skein dso members -a 10.0.0.7:7600', ''],
    ['SKEIN_DSO=dsos://a:7600,b:7600 skein dso ring', 'as programs find them'],
    ['skein dso drain b:7600 && ssh b systemctl restart skein-dso', 'nothing is lost'],
  );
  examples(
    members,
    ['skein dso members', 'of the configured servers, or of 127.0.0.1:7600'],
    ["skein dso members --json | jq -r '.[].address'", 'for scripts'],
  );
  examples(ring, ['skein dso ring', '']);
  examples(
    objects,
    ['skein dso objects', 'the ten largest'],
    ['skein dso objects --waiting -n 3', 'where programs wait for each other'],
    ['skein dso objects -p session/ --json', ''],
  );
  examples(
    stats,
    ['skein dso stats', ''],
    ["skein dso stats --json | jq '.[].answer.replicationLag'", 'for scripts'],
  );
  examples(
    drain,
    ['skein dso drain b:7600', ''],
    ['skein dso drain b:7600 --timeout 10m', ''],
    ['skein dso drain b:7600 --cancel', ''],
  );
}
