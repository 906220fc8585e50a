import { join } from 'node:path';

/** @type {import('next').NextConfig} */
export default {
  output: 'standalone',
  outputFileTracingRoot: join(import.meta.dirname, '../..'),
  // Without it, each build has a random id, and no two builds are the same image.
  generateBuildId: () => process.env.BUILD_ID ?? null,
  images: { unoptimized: true },
};
