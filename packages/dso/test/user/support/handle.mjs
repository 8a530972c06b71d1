/** A handle, as this module would define it if it imported the codec: threads load it without this checkout's sources. */
export class Door {
  static [Symbol.for('skein.portable.1')] = {
    type: 'skein-test:Door@1',
    module: import.meta.url,
    reach: 'network',
    dehydrate: (door) => door.number,
    revive: (number) => new Door(number),
  };
  constructor(number) {
    this.number = number;
  }
}
