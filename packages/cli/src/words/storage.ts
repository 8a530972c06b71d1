import type { Command } from 'commander';
import { parseAge, parseCount } from '../units.ts';
import { does, examples } from './word.ts';

const storageOption = ['--storage <url>', 'another storage than the configured one'] as const;
const place = "'bucket/key'; without a '/', a key of the bucket 'skein'";

export function addStorage(skein: Command): void {
  const storage = skein
    .command('storage')
    .helpCommand('help [command]', 'print the help of a command')
    .summary('put, get and list objects')
    .description(
      'Objects of the configured storage; where none is configured, of a folder of your own in the temporary one.',
    );
  const put = storage
    .command('put')
    .summary('store a file')
    .description('Store a file. It is streamed: its size does not matter.')
    .argument('<file>', "what to store; '-' is the standard input")
    .argument('[place]', `${place}; left out, the name of the file`)
    .option('--content-type <type>', 'kept with the object, where the storage can')
    .option('--if-absent', 'only when there is no such object')
    .option('--create-bucket', 'make the bucket unless it exists')
    .option(...storageOption)
    .option('--json', 'print one JSON document')
    .action(does(async () => (await import('../commands/storage-put.ts')).storagePut));
  const get = storage
    .command('get')
    .summary('fetch an object into a file')
    .description('Fetch an object into a file, which appears when it is whole.')
    .argument('<place>', place)
    .argument('[file]', "where to; '-' is the standard output. Left out, the last part of the key")
    .option('--range <bytes>', "only these: '0-99', '100-', or '-100' for the last hundred")
    .option('-f, --force', 'overwrite the file that exists')
    .option(...storageOption)
    .action(does(async () => (await import('../commands/storage-get.ts')).storageGet));
  const head = storage
    .command('head')
    .summary('show what is known of an object')
    .description(
      'Show what is known of an object, without reading it. The exit code is 1 when there is none.',
    )
    .argument('<place>', place)
    .option(...storageOption)
    .option('--json', 'print one JSON document')
    .action(does(async () => (await import('../commands/storage-head.ts')).storageHead));
  const list = storage
    .command('list')
    .summary('list objects')
    .description('List the objects of a bucket, as they are read.')
    .argument('[bucket]', "'bucket', or 'bucket/' and the beginning of the keys", 'skein')
    .option('-p, --prefix <text>', 'only keys that begin with this')
    .option('-m, --match <glob>', "only keys that match: '*' stops at '/', '**' does not")
    .option('-d, --delimiter <text>', "fold keys that go on after this, most often '/'")
    .option('-n, --limit <count>', 'at most this many', parseCount(1))
    .option(...storageOption)
    .option('--json', 'print one JSON document')
    .action(does(async () => (await import('../commands/storage-list.ts')).storageList));
  const remove = storage
    .command('delete')
    .summary('delete objects')
    .description('Delete objects: those that are named, or all whose keys begin with a prefix.')
    .argument('[places...]', place)
    .option('-p, --prefix <place>', "all objects that begin with this, such as 'bucket/logs/'")
    .option('-n, --dry-run', 'tell what would be deleted, and delete nothing')
    .option('-y, --yes', 'do not ask before a prefix is deleted')
    .option(...storageOption)
    .option('--json', 'print one JSON document')
    .action(does(async () => (await import('../commands/storage-delete.ts')).storageDelete));
  examples(
    storage,
    ['skein storage put data.csv', "as 'data.csv' in the bucket 'skein'"],
    ['skein storage list', ''],
    ['skein storage get data.csv copy.csv', ''],
  );
  examples(
    put,
    ['skein storage put data.csv', "as 'data.csv' in the bucket 'skein'"],
    ['skein storage put data.csv inputs/data.csv --create-bucket', "in the bucket 'inputs'"],
    ['pg_dump shop | skein storage put - backups/shop.sql', 'what comes by the pipe'],
  );
  examples(
    get,
    ['skein storage get inputs/2026/data.csv', "into 'data.csv' here"],
    ['skein storage get inputs/2026/data.csv - | head', 'to the standard output'],
    ['skein storage get inputs/2026/data.csv --range 0-99 -', 'the first hundred bytes'],
  );
  examples(head, ['skein storage head inputs/2026/data.csv', '']);
  examples(
    list,
    ['skein storage list inputs', ''],
    ['skein storage list inputs/2026/', 'keys that begin with 2026/'],
    ["skein storage list inputs -m '**/*.csv' --json", ''],
  );
  examples(
    remove,
    ['skein storage delete inputs/old.csv', ''],
    ['skein storage delete -p inputs/2025/ --dry-run', 'what would go'],
    ['skein storage delete -p inputs/2025/ --yes', 'without asking'],
  );
}

export function addClean(skein: Command): void {
  const clean = skein
    .command('clean')
    .summary('remove what programs that died have left')
    .description(
      'Remove temporary data of executors and programs that are gone: objects in the configured storage, found by their\n' +
        'age, cloud objects and cached values that have expired, and scratch folders of this machine; and what caches keep\n' +
        'in the memory of this machine that no program has open. Programs that end,\n' +
        'even by Ctrl-C, remove their own. Named scopes of cloud objects stay, and are told; --scope removes one.',
    )
    .option(
      '--older-than <age>',
      "only what nobody has touched for this long, such as '30m', '12h' or '7d'",
      parseAge,
    )
    .option('--all', 'whatever its age; what belongs to programs that run stays')
    .option('--executor <id>', 'only what this one has left')
    .option(
      '--scope <name>',
      "only the cloud objects of this scope, such as 'cache'; without an age all of them",
    )
    .option('-n, --dry-run', 'tell what would be removed, and remove nothing')
    .option(...storageOption)
    .option('--json', 'print one JSON document')
    .action(does(async () => (await import('../commands/clean.ts')).clean));
  examples(
    clean,
    ['skein clean', 'what is older than a day'],
    ['skein clean --dry-run', 'what would go'],
    ['skein clean --older-than 1h', ''],
    ['skein clean --scope cache --older-than 7d', 'cached values that were computed a week ago'],
  );
}
