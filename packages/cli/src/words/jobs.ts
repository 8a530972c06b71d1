import type { Command } from 'commander';
import { parseCount } from '../units.ts';
import { does, examples } from './word.ts';

export function addJob(skein: Command): void {
  const job = skein
    .command('job')
    .helpCommand('help [command]', 'print the help of a command')
    .summary('list, show and plot jobs that have run')
    .description(
      'Jobs that have run, by their records. Executors keep records with the option `records`, or under SKEIN_RECORDS=1.',
    );
  const list = job
    .command('list')
    .summary('list jobs, the last one first')
    .description('List jobs, the last one first.')
    .option('-n, --limit <count>', 'at most this many', parseCount(1), 20)
    .option('--failed', 'only jobs with failures')
    .option('--json', 'print one JSON document')
    .action(does(async () => (await import('../commands/job-list.ts')).jobList));
  const show = job
    .command('show')
    .summary('show where the time of a job went, and what failed')
    .description('Show where the time of a job went, and what failed.')
    .argument('<id>', 'of the job, or as much of its beginning as tells it from others')
    .option('--all', 'every call, not only a few')
    .option('--json', 'print the record as one JSON document')
    .action(does(async () => (await import('../commands/job-show.ts')).jobShow));
  const plot = job
    .command('plot')
    .summary('draw the timeline of jobs')
    .description(
      'Draw when each call of one or more jobs was sent, ran and was done, and how many ran at once.',
    )
    .argument('<id...>', 'of the jobs, or as much of their beginnings as tells them from others')
    .option('-o, --output <file>', "a .svg, .png or .html; '-' is the standard output, as SVG")
    .action(does(async () => (await import('../commands/job-plot.ts')).jobPlot));
  examples(
    job,
    ['skein job list', ''],
    ['skein job show a1b2c3', ''],
    ['skein job plot a1b2c3 -o job.html', ''],
  );
  examples(
    list,
    ['skein job list', ''],
    ['skein job list --failed -n 5', 'the last five jobs with failures'],
    ["skein job list --json | jq -r '.[].id'", 'for scripts'],
  );
  examples(
    show,
    ['skein job show a1b2c3-0-M000', ''],
    ['skein job show a1b2 --all', 'with a line for every call'],
    ["skein job show a1b2 --json | jq '.rows[0].stats'", 'all that was measured'],
  );
  examples(
    plot,
    ['skein job plot a1b2c3', 'writes <id>.svg'],
    ['skein job plot a1b2c3 -o job.png', ''],
    ['skein job plot a1b2c3-0-M000 a1b2c3-0-M001 -o both.html', 'two jobs on one axis'],
  );
}

export function addLogs(skein: Command): void {
  const logs = skein
    .command('logs')
    .summary('print what the calls of a job have printed')
    .description(
      'Print what the calls of a job have printed, call by call, each line after the index of its call.',
    )
    .argument('<id>', 'of the job, or as much of its beginning as tells it from others')
    .option('--call <index>', 'of this call alone, as it was printed', parseCount(0))
    .option('--failed', 'only of calls that failed, with their errors')
    .option('--json', 'print one JSON document')
    .action(does(async () => (await import('../commands/logs.ts')).logs));
  examples(
    logs,
    ['skein logs a1b2c3', ''],
    ['skein logs a1b2c3 --call 7', 'what call 7 has printed, and nothing else'],
    ['skein logs a1b2c3 --failed', 'why they failed'],
  );
}
