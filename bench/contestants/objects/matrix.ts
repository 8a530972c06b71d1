/** A square matrix, by rows: Skein keeps one at its server, Redis its bytes. */
export class Matrix {
  values: Float64Array;

  constructor(values: Float64Array) {
    this.values = values;
  }

  /** Multiplies it by another; gives the sum of its elements. */
  multiply(by: Float64Array): number {
    const { values } = this;
    const size = Math.sqrt(values.length);
    const product = new Float64Array(values.length);
    for (let row = 0; row < size; row++) {
      for (let k = 0; k < size; k++) {
        const factor = values[row * size + k]!;
        for (let column = 0; column < size; column++) {
          product[row * size + column]! += factor * by[k * size + column]!;
        }
      }
    }
    this.values = product;
    let sum = 0;
    for (const value of product) sum += value;
    return sum;
  }
}

/** Small whole numbers, whose sums are exact. */
export function numbered(size: number): Float64Array {
  return Float64Array.from({ length: size * size }, (_, index) => index % 7);
}

/** What turns the columns of another by one place: the sum of its elements stays as it is, however often. */
export function turning(size: number): Float64Array {
  const values = new Float64Array(size * size);
  for (let row = 0; row < size; row++) values[row * size + ((row + 1) % size)] = 1;
  return values;
}
