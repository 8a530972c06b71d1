import { readFileSync } from 'node:fs';
import type { ResolveFnOutput, ResolveHook } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * A module hook, in the hooks' thread. Node takes a `.ts` file for CommonJS when no package.json says otherwise,
 * and `await` at the top of a program is then a syntax error. As newer versions of Node do, let the file's own
 * syntax decide where no package.json does.
 */
export const resolve: ResolveHook = async (specifier, context, next) => {
  const resolved = await next(specifier, context);
  return isUndeclaredModule(resolved) ? { ...resolved, format: 'module' } : resolved;
};

function isUndeclaredModule({ url, format }: ResolveFnOutput): boolean {
  if (format === 'module' || !/^file:.*\.tsx?$/.test(url)) return false;
  const path = fileURLToPath(url);
  return packageType(dirname(path)) === undefined && moduleSyntax.test(readFileSync(path, 'utf8'));
}

// `import x = require('x')` and `export = x` are how TypeScript writes CommonJS.
const moduleSyntax = /^(?:import\b(?!\s+\w+\s*=)|export\b(?!\s*=)|await\b|(?:const|let|var)\b.*=\s*await\b)/m;

/** The `type` of the package that owns the folder; Node looks no further than the first package.json. */
function packageType(folder: string): unknown {
  for (let at = folder; ; at = dirname(at)) {
    const text = read(join(at, 'package.json'));
    if (text !== undefined) return Reflect.get(JSON.parse(text), 'type');
    if (dirname(at) === at) return undefined;
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
