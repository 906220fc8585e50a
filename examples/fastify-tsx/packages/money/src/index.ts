export interface Money {
  cents: number;
  currency: string;
}

export function times(money: Money, count: number): Money {
  return { ...money, cents: money.cents * count };
}

export function format({ cents, currency }: Money): string {
  return new Intl.NumberFormat('en', { style: 'currency', currency }).format(cents / 100);
}
