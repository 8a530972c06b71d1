/** A module of the user's own, for functions that import. */
export const offset = 100;

export function triple(x: number): number {
  return x * 3;
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

export class TeapotError extends Error {
  readonly code: number;
  constructor(message: string, code: number, options?: ErrorOptions) {
    super(message, options);
    this.name = 'TeapotError';
    this.code = code;
  }
}

export function failDeep(x: number): never {
  throw new TeapotError(`no coffee for ${x}`, 418, { cause: new RangeError('short and stout') });
}
