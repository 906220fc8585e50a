import { Collection, Identified } from '@atlas/kernel';

/** How every service answers with a list. */
export function listing<T>(collection: Collection<T>): { total: number; items: (T & Identified)[] } {
  const items = collection.all();
  return { total: items.length, items };
}
