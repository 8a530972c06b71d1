export interface Tariff {
  readonly rates: Map<string, number>;
  readonly discounts: readonly { readonly from: number; readonly factor: number }[];
  readonly options: { readonly currency: string; readonly digits: number; readonly since: Date };
}
export interface Order {
  readonly country: string;
  readonly amount: number;
}
export function tariff(): Tariff;
export function round(amount: number, digits: number): number;
export function pricing(tariff: Tariff): (order: Order) => number;
export const order: Order;
