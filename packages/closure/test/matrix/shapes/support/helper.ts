import { deep } from './deep.ts';

/** Only ever imported as a type. */
export interface Options {
  readonly n: number;
}

export const helper = (x: number): number => deep(x) * 10;

export default function increment(x: number): number {
  return x + 1;
}

export class Point {
  readonly x: number;
  readonly y: number;
  constructor(x: number, y: number) {
    this.x = x;
    this.y = y;
  }
  norm(): number {
    return Math.hypot(this.x, this.y);
  }
}

export class Figure {
  name = 'figure';
  area(): number {
    return 0;
  }
  describe(): string {
    return `${this.name}:${this.area()}`;
  }
}

class Hidden {
  v = 7;
}
/** An instance of a class that no importer can name. */
export const makeHidden = (): object => new Hidden();

export const registry: Record<'double', (x: number) => number> = { double: (x) => deep(x) * 2 };

export function failing(x: number): number {
  throw new RangeError(`helper failed with ${x}`);
}

export { deep as renamed } from './deep.ts';
