/** What commands ask a person. */
import { confirm, intro, isCancel, select, text } from '@clack/prompts';
import { Storage } from '@skein/storage';
import { type Choices, defaults } from './config-template.ts';

/** Asks what has not been said; `undefined` when the person left. */
export async function askChoices(said: Partial<Choices>): Promise<Choices | undefined> {
  intro('A configuration for Skein. Enter takes what is offered, Ctrl-C leaves.');
  const choices = { ...defaults, ...said };
  for (const key of Object.keys(questions) as (keyof typeof questions)[]) {
    if (said[key] !== undefined || (key === 'isolation' && choices.backend !== 'localhost')) continue;
    const answer = await questions[key]();
    if (isCancel(answer)) return undefined;
    Object.assign(choices, { [key]: key === 'workers' ? Number(answer ?? 0) : (answer ?? '') });
  }
  return choices;
}

/** Enter is no, and so is leaving. */
export async function agrees(message: string): Promise<boolean> {
  return (await confirm({ message, initialValue: false })) === true;
}

const questions = {
  backend: () =>
    select<Choices['backend']>({
      message: 'Where should functions run?',
      initialValue: defaults.backend,
      options: [
        { value: 'localhost', label: 'on this machine', hint: 'warm workers, nothing to set up' },
        {
          value: 'subprocess',
          label: 'on this machine, as if it were a cloud',
          hint: 'workers that know only the storage; slower',
        },
      ],
    }),
  isolation: () =>
    select<Choices['isolation']>({
      message: 'What should a worker be?',
      initialValue: defaults.isolation,
      options: [
        { value: 'process', label: 'a process', hint: 'a crash takes only its own worker' },
        { value: 'thread', label: 'a thread', hint: 'lighter; a crash is everybody’s' },
      ],
    }),
  workers: () =>
    text({
      message: 'How many workers in parallel?',
      placeholder: 'one a core',
      validate: (value) =>
        value === undefined || value === '' || /^[1-9]\d{0,6}$/.test(value)
          ? undefined
          : 'A whole number from 1, or nothing for one a core.',
    }),
  storage: () =>
    text({
      message: 'Where should large data be kept?',
      placeholder: 'a folder that ends with each executor; or file:/path, s3://bucket, …',
      validate: wrongWithStorage,
    }),
  records: () =>
    confirm({
      message: 'Keep a record of every job, for skein job and skein logs?',
      initialValue: defaults.records,
    }),
  format: () =>
    select<Choices['format']>({
      message: 'Which kind of file?',
      initialValue: defaults.format,
      options: [
        { value: 'ts', label: 'skein.config.ts', hint: 'checked by your editor' },
        { value: 'yaml', label: 'skein.config.yaml' },
      ],
    }),
} as const;

function wrongWithStorage(value: string | undefined): string | undefined {
  if (value === undefined || value === '') return undefined;
  try {
    new Storage(value); // opens nothing
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
