import Decimal from 'decimal.js';

/** An amount in one currency, kept exactly: binary fractions have no place in a ledger. */
export class Money {
  private readonly amount: Decimal;

  constructor(amount: Decimal.Value, readonly currency: string) {
    this.amount = new Decimal(amount);
  }

  plus(other: Money): Money {
    if (other.currency !== this.currency) {
      throw new Error(`cannot add ${other.currency} to ${this.currency}`);
    }
    return new Money(this.amount.plus(other.amount), this.currency);
  }

  times(quantity: number): Money {
    return new Money(this.amount.times(quantity), this.currency);
  }

  toJSON(): string {
    return `${this.amount.toFixed(2)} ${this.currency}`;
  }
}
