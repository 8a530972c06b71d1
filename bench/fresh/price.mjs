// What is captured and bundled: a function that imports nothing and closes over a helper and values of some size.

/** A fresh set of the values that a price depends on: what any capture of it has to read. */
export function tariff() {
  return {
    rates: new Map(Array.from({ length: 100 }, (_, code) => [`country ${code}`, code / 1_000])),
    discounts: [
      { from: 100, factor: 0.98 },
      { from: 500, factor: 0.95 },
      { from: 1_000, factor: 0.9 },
    ],
    options: { currency: 'EUR', digits: 2, since: new Date('2026-01-01') },
  };
}

export function round(amount, digits) {
  return Number(amount.toFixed(digits));
}

/** The function itself, over given values. */
export function pricing({ rates, discounts, options }) {
  return ({ country, amount }) => {
    const discount = discounts.findLast(({ from }) => amount >= from)?.factor ?? 1;
    return round(amount * discount * (1 + (rates.get(country) ?? 0)), options.digits);
  };
}

export const order = { country: 'country 42', amount: 640 };
