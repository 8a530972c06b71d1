/** A shape that is known to fail: where, and why it cannot pass. It must fail: passing is an error too. */
export interface KnownFailure {
  readonly shape: string;
  readonly host: RegExp;
  readonly because: string;
}

const bundledApplication = /^esbuild/;

export const knownFailures: readonly KnownFailure[] = [
  {
    shape: 'values: result of a class that the caller cannot know',
    host: bundledApplication,
    because:
      'in one file there is no importer: the class is captured together with the function, and so known',
  },
  {
    shape: 'imports: CommonJS package with dependencies',
    host: /^esbuild, (everything|minified|CommonJS)/,
    because: 'a package inside the application is captured by value, and this one holds a native function',
  },
  {
    shape: 'CommonJS: a required package',
    host: /^esbuild, CommonJS/,
    because: 'a package inside the application is captured by value, and this one holds a native function',
  },
  ...['CommonJS: an own export', 'CommonJS: an own export by way of module'].map((shape) => ({
    shape,
    host: /^esbuild, CommonJS/,
    because:
      'the exports of a bundled module are an ordinary object, captured whole; here they hold every shape',
  })),
  {
    shape: 'ES modules: import() of a package',
    host: /^esbuild, (everything|minified)/,
    because:
      'import() of a package inside the application is its whole namespace, and lodash keeps a WeakMap',
  },
  ...[
    'a socket, with the path to it',
    'a promise',
    'a WeakMap',
    'a WeakSet',
    'a WeakRef',
    'a running generator',
    'shared memory',
    'a Proxy around a function',
  ].map((shape) => ({
    shape: `refused: ${shape}`,
    host: /^esbuild, minified/,
    because: 'it is refused, but the path in the message has the minified name',
  })),
];

/** What this host must fail, with the reasons. */
export function knownFailuresOf(host: string): ReadonlyMap<string, string> {
  return new Map(
    knownFailures
      .filter((known) => known.host.test(host))
      .map((known): [string, string] => [known.shape, known.because]),
  );
}
