// @vitest-environment node
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { filesOfTar, isTar, tarOf } from './tar';

const files = [
  { name: 'manifest.json', content: new Blob(['{"version": 1}']) },
  { name: 'model.bin', content: new Blob([new Uint8Array(70_000).map((_, at) => at % 251)]) },
  { name: 'empty.json', content: new Blob([]) },
  { name: 'block.bin', content: new Blob([new Uint8Array(512).fill(7)]) },
];

// As long as a name may be.
const long = `${'t'.repeat(128)}@2`;

const bytesOf = async (content: Blob) => Buffer.from(await content.arrayBuffer());

let directory = '';
beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'winnow-tar-'))));
afterEach(() => rmSync(directory, { recursive: true }));
const tar = (...args: string[]) => execFileSync('tar', args, { cwd: directory });

describe('a model as one file', () => {
  it('is unpacked by tar into its directory, to the byte', async () => {
    writeFileSync(join(directory, 'model.tar'), await bytesOf(tarOf(long, files)));
    tar('xf', 'model.tar');
    for (const { name, content } of files) {
      const unpacked = readFileSync(join(directory, long, name));
      expect(unpacked.equals(await bytesOf(content)), name).toBe(true);
    }
  });

  it('is read as tar packs it, with its directories', async () => {
    writeFileSync(join(directory, 'model.tar'), await bytesOf(tarOf('titles', files)));
    tar('xf', 'model.tar');
    tar('cf', 'again.tar', './titles');
    const again = new Blob([readFileSync(join(directory, 'again.tar'))]);
    expect(await isTar(again)).toBe(true);
    const read = await filesOfTar(again);
    expect(read.map(({ name }) => name).sort()).toEqual(files.map(({ name }) => name).sort());
    const model = read.find(({ name }) => name === 'model.bin')!;
    expect((await bytesOf(model.content)).equals(await bytesOf(files[1]!.content))).toBe(true);
  });

  it('is told from other files', async () => {
    expect(await isTar(tarOf('titles', files))).toBe(true);
    expect(await isTar(new Blob(['{"text": "a"}']))).toBe(false);
    expect(await isTar(new Blob([]))).toBe(false);
  });
});
