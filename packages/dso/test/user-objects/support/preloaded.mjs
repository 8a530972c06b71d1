// What the operator of a server has written: other text than that of clients, by the same names.
export class Cart {
  items = new Map();
  add(item, count = 1) {
    this.items.set(item, (this.items.get(item) ?? 0) + count);
    return [...this.items.values()].reduce((sum, n) => sum + n, 0);
  }
  each(fn) {
    return [...this.items.keys()].map(fn);
  }
  fail() {
    this.items.clear();
    throw new RangeError('the text of the server');
  }
  me() {
    return this;
  }
}

export class Hidden {
  #secret = 1;
  tell() {
    return this.#secret;
  }
}
