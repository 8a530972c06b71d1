import { registerClass } from '@skein/codec';

/** A class that both sides of a shuffle know, since this module registers it wherever a function imports it. */
export class Amount {
  readonly cents: number;

  constructor(cents: number) {
    this.cents = cents;
  }

  plus({ cents }: Amount): Amount {
    return new Amount(this.cents + cents);
  }
}
registerClass(Amount, 'test.Amount');
