import { parseArgs } from 'node:util';

/**
 * The conditions of `exports` maps under which this process runs (`node --conditions=source`), so that the
 * bundle takes the same files of a package as the user's program does.
 */
export function hostConditions(
  execArgv: readonly string[] = process.execArgv,
  nodeOptions: string = process.env['NODE_OPTIONS'] ?? '',
): string[] {
  const { values } = parseArgs({
    args: [...nodeOptions.split(/\s+/).filter((flag) => flag !== ''), ...execArgv],
    options: { conditions: { type: 'string', short: 'C', multiple: true } },
    strict: false,
  });
  const given = (values.conditions ?? []).filter((condition) => typeof condition === 'string');
  return [...new Set(given)];
}
