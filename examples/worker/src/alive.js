// The health check of the image: exit code 0 if the worker did a round lately.
import { isAlive } from './heartbeat.js';

process.exit((await isAlive().catch(() => false)) ? 0 : 1);
