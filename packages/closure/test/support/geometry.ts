/** A module that test functions import. */
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

/** Its private state cannot be set from outside. */
export class Sealed {
  #secret = 7;
  open(): number {
    return this.#secret;
  }
}

class Hidden {
  readonly kind = 'hidden';
}

export function makeHidden(): Hidden {
  return new Hidden();
}

/** Functions reached through data: one is an export of this module, the other is not. */
export const table: Record<string, (x: number) => number> = { double, triple: (x) => x * 3 };

export function double(x: number): number {
  return x * 2;
}
