/** The configuration file that `skein init` writes: what was chosen, and beside it what there is to choose. */

export interface Choices {
  readonly backend: 'localhost' | 'subprocess';
  /** Of workers on localhost. */
  readonly isolation: 'process' | 'thread';
  /** An address; '' for a folder that ends with each executor. */
  readonly storage: string;
  /** 0: one a core. */
  readonly workers: number;
  readonly records: boolean;
  readonly format: 'ts' | 'yaml';
}

export const defaults: Choices = {
  backend: 'localhost',
  isolation: 'process',
  storage: '',
  workers: 0,
  records: false,
  format: 'ts',
};

export function configFile(choices: Choices): string {
  return choices.format === 'ts' ? typeScript(choices) : yaml(choices);
}

interface Entry {
  readonly path: readonly string[];
  readonly comment: readonly string[];
  readonly value: string | number | boolean;
  /** A default is written as a comment: it shows what there is, and follows when defaults change. */
  readonly chosen: boolean;
}

function entries({ backend, isolation, storage, workers, records }: Choices): Entry[] {
  return [
    {
      path: ['backend'],
      comment: [
        "Where functions run: 'localhost' is warm workers on this machine, 'subprocess' runs",
        'workers that know only the storage, as those of a cloud do.',
      ],
      value: backend,
      chosen: true,
    },
    {
      path: ['localhost', 'isolation'],
      comment: [
        "'process': a call that crashes takes only its own worker with it. 'thread': lighter, and a",
        'crash is everybody’s.',
      ],
      value: isolation,
      chosen: backend === 'localhost' && isolation !== defaults.isolation,
    },
    {
      path: ['workers'],
      comment: ['Workers that run in parallel. Left out: one a core.'],
      value: workers === 0 ? 4 : workers,
      chosen: workers !== 0,
    },
    {
      path: ['storage'],
      comment: [
        'Where code, large arguments and large results are kept. Left out: a folder that ends',
        'with each executor.',
      ],
      value: storage === '' ? 'file:/var/tmp/skein' : storage,
      chosen: storage !== '',
    },
    {
      path: ['records'],
      comment: ['Keeps a record of every job, for `skein job` and `skein logs`.'],
      value: true,
      chosen: records,
    },
    {
      path: ['retries'],
      comment: ['How often a call that failed is tried again.'],
      value: 2,
      chosen: false,
    },
    {
      path: ['timeoutMs'],
      comment: ['How long a call may run, in milliseconds.'],
      value: 60_000,
      chosen: false,
    },
    {
      path: ['runtimeMemory'],
      comment: ['How much memory a worker may use.'],
      value: '512MiB',
      chosen: false,
    },
  ];
}

const head = [
  'The configuration of Skein in this folder and below. A program’s own options and variables such as',
  'SKEIN_WORKERS=4 win over it; `skein --print-config` shows what was said where.',
] as const;

function typeScript(choices: Choices): string {
  const lines = entries(choices).flatMap(({ path: [first = '', second], comment, value, chosen }) => {
    const written = literal(value);
    const line = second === undefined ? `${first}: ${written},` : `${first}: { ${second}: ${written} },`;
    return ['', ...comment.map((text) => `  // ${text}`), `  ${chosen ? '' : '// '}${line}`];
  });
  return [
    ...head.map((text) => `// ${text}`),
    "import type { ExecutorOptions } from '@skein/executor';",
    '',
    `export default {${lines.join('\n').replace(/^\n?/, '\n')}`,
    '} satisfies ExecutorOptions;',
    '',
  ].join('\n');
}

function yaml(choices: Choices): string {
  const lines = entries(choices).flatMap(({ path, comment, value, chosen }) => {
    const written = typeof value === 'string' ? literal(value) : String(value);
    const before = chosen ? '' : '# ';
    const [first = '', second] = path;
    const line = second === undefined ? [`${first}: ${written}`] : [`${first}:`, `  ${second}: ${written}`];
    return ['', ...comment.map((text) => `# ${text}`), ...line.map((one) => `${before}${one}`)];
  });
  return `${[...head.map((text) => `# ${text}`), ...lines].join('\n')}\n`;
}

/** In TypeScript and in YAML alike, a string between double quotes with JSON's escapes is what it says. */
function literal(value: string | number | boolean): string {
  if (typeof value !== 'string') return String(value);
  return /^[\x20-\x7e]*$/.test(value) && !/['"\\]/.test(value) ? `'${value}'` : JSON.stringify(value);
}
