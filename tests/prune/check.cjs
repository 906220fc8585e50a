// node check.cjs WHOLE PRUNED SERVICE...: compares what a service can load from two copies of one node_modules, and prints what differs.
// WHOLE and PRUNED are roots of workspaces; SERVICE is a folder below both. Ends with 1 where anything differs.
'use strict';
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

if (process.argv[2] === '--load') {
  load(process.argv[3]);
} else {
  compare(...process.argv.slice(2));
}

/// Requires every dependency of the service in `folder`, and uses those whose files are read late; one line for each.
function load(folder) {
  const { createRequire } = require('node:module');
  const { dependencies = {} } = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8'));
  const from = createRequire(path.join(folder, 'package.json'));
  const root = path.resolve(folder, '../..');
  const lines = [];
  for (const name of Object.keys(dependencies)) {
    lines.push(`${name}: ${attempt(() => use(name, from(name)), root)}`);
  }
  fs.writeSync(1, `${lines.join('\n')}\n`);
  process.exit(0);
}

function attempt(work, root) {
  try {
    return work() ?? 'loads';
  } catch (error) {
    return `${error.code ?? error.name}: ${String(error.message).split('\n')[0].replaceAll(root, '')}`;
  }
}

function use(name, loaded) {
  switch (name) {
    case 'typescript': {
      const host = loaded.createCompilerHost({});
      const read = host.getSourceFile;
      host.getSourceFile = (file, ...rest) =>
        file === 'x.ts' ? loaded.createSourceFile(file, 'const x: Promise<number[]> = f();', 99) : read(file, ...rest);
      const found = loaded.getPreEmitDiagnostics(loaded.createProgram(['x.ts'], { types: [], target: 9 }, host));
      return `compiles, says ${found.map(each => each.code).join()}`;
    }
    case 'yaml':
      return `reads ${JSON.stringify(loaded.parse('a: [1, 2]'))}`;
    case 'mathjs':
      return `explains ${loaded.help('sin').doc.name}`;
    case 'googleapis':
      return `has ${Object.keys(loaded.google).length} members, docs: ${typeof loaded.google.docs}`;
    case 'human-readable-ids':
      return `makes ${typeof loaded.hri.random()}`;
    default:
      return undefined;
  }
}

function compare(whole, pruned, ...services) {
  const faults = [];
  for (const service of services) {
    const [one, other] = [whole, pruned].map(root => loaded(path.join(root, service)));
    one.forEach((line, index) => {
      if (line !== other[index]) faults.push(`${line} in the whole tree, ${other[index]} in the pruned one`);
    });
    one.filter(line => !/: (loads|compiles|reads|explains|has|makes)/.test(line)).forEach(line => console.log(`in both: ${line}`));
    const works = one.filter(line => / (loads|compiles|reads|explains|has|makes)/.test(line)).length;
    console.log(`${service}: ${works} of ${one.length} load in both`);
  }
  faults.push(...references(whole, pruned));
  faults.forEach(fault => console.error(fault));
  process.exit(faults.length === 0 ? 0 : 1);
}

function loaded(folder) {
  const { stdout, stderr } = spawnSync(process.execPath, [__filename, '--load', folder], { encoding: 'utf8', maxBuffer: 1 << 26, cwd: folder });
  const lines = stdout.split('\n').filter(line => /^[@a-z][^ ]*: /.test(line));
  if (lines.length === 0) throw new Error(`nothing was loaded: ${stderr}`);
  return lines;
}

/// Every file that a script or a manifest of the pruned tree names and the whole one has.
function references(whole, pruned) {
  const faults = [];
  let count = 0;
  for (const file of files(path.join(pruned, 'node_modules/.pnpm'))) {
    for (const [target, folders] of named(file)) {
      const there = resolve(target.replace(pruned, whole), folders);
      if (there === undefined) continue;
      count += 1;
      if (!fs.existsSync(there.replace(whole, pruned))) faults.push(`${file} names ${there}, which was removed`);
    }
  }
  console.log(`${count} references lead to what they led to`);
  if (count === 0) faults.push('no reference was found');
  return faults;
}

function* files(folder) {
  for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
    const full = path.join(folder, entry.name);
    if (entry.isDirectory()) yield* files(full);
    else if (entry.isFile() && /\.(js|cjs|mjs)$|^package\.json$/.test(entry.name)) yield full;
  }
}

/// Paths, each with whether it may be that of a folder.
function* named(file) {
  const text = fs.readFileSync(file, 'utf8');
  const folder = path.dirname(file);
  if (file.endsWith('package.json')) {
    for (const target of manifest(text)) yield [path.join(folder, target), false];
    return;
  }
  for (const [, target] of text.matchAll(/(?:require|require\.resolve|import)\s*\(\s*['"](\.[^'"\n]*)['"]/g)) yield [path.join(folder, target), false];
  for (const [, target] of text.matchAll(/(?:from|import)\s*['"](\.[^'"\n]*)['"]/g)) yield [path.join(folder, target), false];
  for (const [, parts] of text.matchAll(/(?:join|resolve)\(__dirname,((?:\s*['"][^'"\n]+['"]\s*,?)+)\)/g)) {
    yield [path.join(folder, ...[...parts.matchAll(/['"]([^'"]+)['"]/g)].map(([, part]) => part)), true];
  }
}

function manifest(text) {
  let parsed;
  try {
    parsed = JSON.parse(text);
  } catch {
    return [];
  }
  const targets = [];
  const walk = value => {
    if (typeof value === 'string' && !value.includes('*')) targets.push(value);
    else if (Array.isArray(value)) value.forEach(walk);
    else if (value && typeof value === 'object') {
      for (const [key, below] of Object.entries(value)) if (!/^(types|typings)/.test(key)) walk(below);
    }
  };
  for (const field of ['main', 'module', 'bin', 'exports', 'imports']) walk(parsed[field]);
  return targets;
}

function resolve(target, folders) {
  const names = [target, ...['.js', '.json', '.node', '/index.js', '/index.json'].map(end => target + end)];
  return names.find(name => fs.existsSync(name) && (folders || fs.statSync(name).isFile()));
}
