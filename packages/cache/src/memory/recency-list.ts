/** A doubly linked list in order of use, which knows its bytes. Its members are its own links: a use costs a few assignments. */
export interface Linked<N> {
  bytes: number;
  before: N | undefined;
  after: N | undefined;
}

export class RecencyList<N extends Linked<N>> {
  bytes = 0;
  /** Used last. */
  newest: N | undefined;
  /** Not used for longest. */
  oldest: N | undefined;

  add(node: N): void {
    node.before = undefined;
    node.after = this.newest;
    if (this.newest === undefined) this.oldest = node;
    else this.newest.before = node;
    this.newest = node;
    this.bytes += node.bytes;
  }

  remove(node: N): void {
    const { before, after } = node;
    if (before === undefined) this.newest = after;
    else before.after = after;
    if (after === undefined) this.oldest = before;
    else after.before = before;
    node.before = undefined;
    node.after = undefined;
    this.bytes -= node.bytes;
  }

  /** It was used. */
  touch(node: N): void {
    if (this.newest === node) return;
    this.remove(node);
    this.add(node);
  }
}
