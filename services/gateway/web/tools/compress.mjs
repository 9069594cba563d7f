// Writes NAME.gz and NAME.br beside every file of a directory that gets smaller by it, so that the
// gateway compresses nothing itself.
//   node tools/compress.mjs DIRECTORY
import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const directory = process.argv[2];
if (!directory) throw new Error('usage: node tools/compress.mjs DIRECTORY');

function* filesIn(folder) {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) yield* filesIn(path);
    else if (!/\.(gz|br)$/.test(name)) yield path;
  }
}

for (const path of filesIn(directory)) {
  const content = readFileSync(path);
  const packed = {
    gz: gzipSync(content, { level: 9 }),
    br: brotliCompressSync(content, {
      params: { [constants.BROTLI_PARAM_SIZE_HINT]: content.length },
    }),
  };
  for (const [extension, bytes] of Object.entries(packed)) {
    if (bytes.length < content.length) writeFileSync(`${path}.${extension}`, bytes);
  }
}
