import { type CaptureWarning, capture } from '@skein/closure';
import { describe, expect, it } from 'vitest';

function warningsOf(fn: Function): CaptureWarning[] {
  const warnings: CaptureWarning[] = [];
  capture(fn, { warn: (warning) => warnings.push(warning) });
  return warnings;
}

describe('a function that assigns to a captured variable', () => {
  it('warns once for each place, with the code frame and the way out', () => {
    let total = 0;
    const add = (x: number) => {
      total += x;
    };
    const [warning, ...others] = warningsOf(add);
    expect(others).toHaveLength(0);
    expect(warning?.name).toBe('total');
    expect(warning?.place).toMatch(/capture-warnings\.test\.ts:\d+:\d+$/);
    expect(warning?.message).toMatch(/> *\d+ \| +total \+= x;\n +\| +\^\^\^\^\^/);
    expect(warning?.message).toMatch(/Return the value.*shared object/s);
    expect(warningsOf(add)).toHaveLength(0);
    expect(capture(add, { warn: () => {} }).warnings).toHaveLength(1);
    expect(total).toBe(0);
  });

  it('is not warned of for variables of its own', () => {
    const sum = (list: number[]) => {
      let own = 0;
      for (const x of list) own += x;
      return own;
    };
    expect(warningsOf(sum)).toHaveLength(0);
  });
});
