import { stat, writeFile } from 'node:fs/promises';

const file = '/tmp/heartbeat';

/** Says that the worker did a round. */
export const beat = () => writeFile(file, '');

/** Whether it did one in the last `seconds`. */
export async function isAlive(seconds = 10) {
  const { mtimeMs } = await stat(file);
  return Date.now() - mtimeMs < seconds * 1000;
}
