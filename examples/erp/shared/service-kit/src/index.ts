export { HealthModule, ReadyCheck } from './health';
export { listing } from './listing';
export { serve } from './serve';
