import type { components } from './generated/api.js';

export { Status } from './generated/api.js';
export type Order = components['schemas']['Order'];
