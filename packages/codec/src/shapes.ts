/**
 * The shapes of plain objects in one message, as a tree of keys: objects that have the same keys in the same
 * order end at the same node. Each node remembers the last step, which is nearly always the next one too.
 */
export class ShapeNode {
  /** The shape's number, -1 until it is written. */
  shape = -1;
  private lastKey: string | undefined;
  private lastNode: ShapeNode | undefined;
  private others: Map<string, ShapeNode> | undefined;

  /** The node after `key`. */
  step(key: string): ShapeNode {
    if (this.lastKey === key) return this.lastNode!;
    return this.find(key);
  }

  private find(key: string): ShapeNode {
    if (this.lastNode === undefined) {
      this.lastKey = key;
      this.lastNode = new ShapeNode();
      return this.lastNode;
    }
    this.others ??= new Map([[this.lastKey!, this.lastNode]]);
    let node = this.others.get(key);
    if (node === undefined) {
      node = new ShapeNode();
      this.others.set(key, node);
    }
    this.lastKey = key;
    this.lastNode = node;
    return node;
  }
}
