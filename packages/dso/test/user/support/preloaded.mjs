export class Cart {
  items = new Map();
  add(item, count = 1) {
    this.items.set(item, (this.items.get(item) ?? 0) + count);
    return [...this.items.values()].reduce((sum, n) => sum + n, 0);
  }
  each(fn) {
    return [...this.items.keys()].map(fn);
  }
}

export class Hidden {
  #secret = 1;
  tell() {
    return this.#secret;
  }
}

export class Colours {
  red() {
    return '#f00';
  }
}

export const plus = (a, b) => a + b;
