// Writes an ERP-like workspace of twelve NestJS services to a folder: node tests/size/make.mjs FOLDER. The dependencies stand in
// services.json, the sources here. Each service loads all of its dependencies and answers at /health/live.
// After a change of services.json, in the folder: npx pnpm@VERSION install --lockfile-only, and copy pnpm-lock.yaml back.
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const root = process.argv[2];
const { packageManager, all, development, services } = JSON.parse(readFileSync(join(here, 'services.json'), 'utf8'));

const write = (path, text) => {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), typeof text === 'string' ? text : JSON.stringify(text, null, 2) + '\n');
};
const main = (names) => `require('reflect-metadata');
const { Controller, Get, Module } = require('@nestjs/common');
const { NestFactory } = require('@nestjs/core');
const { greeting } = require('@size/kernel');

for (const name of ${JSON.stringify(names)}) require(name);

class Health {
  live() {
    return greeting();
  }
}
Get('live')(Health.prototype, 'live', Object.getOwnPropertyDescriptor(Health.prototype, 'live'));
Controller('health')(Health);

class App {}
Module({ controllers: [Health] })(App);

NestFactory.create(App, { logger: ['error'] }).then((app) => app.enableShutdownHooks().listen(process.env.PORT));
`;

write('package.json', { name: 'size', private: true, packageManager });
write('pnpm-workspace.yaml', 'packages:\n  - services/*\n  - shared/*\n');
write('shared/kernel/package.json', { name: '@size/kernel', version: '1.0.0', private: true, main: 'dist/index.js' });
write('shared/kernel/dist/index.js', `exports.greeting = () => ({ status: 'ok' });\n`);
for (const [name, own] of Object.entries(services)) {
  const dependencies = Object.fromEntries(Object.entries({ ...all, ...own, '@size/kernel': 'workspace:*' }).sort());
  const manifest = { name: `@size/${name}`, version: '1.0.0', private: true, main: 'dist/main.js' };
  write(`services/${name}/package.json`, { ...manifest, dependencies, devDependencies: development });
  write(`services/${name}/dist/main.js`, main(Object.keys(own)));
}
const lockfile = join(here, 'pnpm-lock.yaml');
if (existsSync(lockfile)) copyFileSync(lockfile, join(root, 'pnpm-lock.yaml'));
