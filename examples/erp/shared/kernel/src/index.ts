export { Money } from './money';
export { Collection, Identified } from './collection';
