import { Money } from '@atlas/kernel';

/** What the catalogue holds from the start. It lies outside src, so the compiler puts the entry at dist/src/main.js. */
export const products = [
  { sku: 'BOLT-M8', title: 'Bolt M8, steel', price: new Money('0.12', 'EUR') },
  { sku: 'PUMP-2', title: 'Centrifugal pump, 2 kW', price: new Money('849.90', 'EUR') },
];
