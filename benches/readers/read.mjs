// Reads a layer with node's zlib. In: how (stream or sync), gzip or zstd, a file. Out: the SHA-256 of the archive, and its bytes.
import { createHash } from 'node:crypto';
import { createReadStream, readFileSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import zlib from 'node:zlib';

const [how, kind, file] = process.argv.slice(2);
const hash = createHash('sha256');
let size = 0;
const count = (bytes) => { hash.update(bytes); size += bytes.length; };
if (how === 'sync') {
  count(kind === 'zstd' ? zlib.zstdDecompressSync(readFileSync(file)) : zlib.gunzipSync(readFileSync(file)));
} else {
  const reader = kind === 'zstd' ? zlib.createZstdDecompress() : zlib.createGunzip();
  reader.on('data', count);
  await pipeline(createReadStream(file), reader);
}
console.log(hash.digest('hex'), size);
