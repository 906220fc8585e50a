import { randomUUID } from 'node:crypto';

/** Anything that has been given an identity. */
export interface Identified {
  readonly id: string;
}

/** Records in memory, where a real service would ask its database. */
export class Collection<T> {
  private readonly records = new Map<string, T & Identified>();

  add(record: T, id: string = randomUUID()): T & Identified {
    const stored = { ...record, id };
    this.records.set(id, stored);
    return stored;
  }

  get(id: string): (T & Identified) | undefined {
    return this.records.get(id);
  }

  all(): (T & Identified)[] {
    return [...this.records.values()];
  }
}
