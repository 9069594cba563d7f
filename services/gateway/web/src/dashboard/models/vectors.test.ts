// @vitest-environment node
import { describe, expect, it, vi } from 'vitest';

vi.mock('../../api/upload', () => ({ makeLexicon: vi.fn() }));

import { frequentRows, linesOf } from './vectors';

const rows = (count: number) => Array.from({ length: count }, (_, at) => `word${at} 0.5 1\n`);

describe('a file of vectors', () => {
  it('is cut at a line, wherever the browser cuts its pieces', async () => {
    const file = new Blob(rows(20_000));
    expect(await (await linesOf(file, 3)).text()).toBe(rows(3).join(''));
    expect((await linesOf(file, 19_999)).size).toBe(new Blob(rows(19_999)).size);
    expect(await linesOf(file, 20_001)).toBe(file);
  });

  it('is sent as it is where it is small', async () => {
    const file = new Blob(['3 2\n', ...rows(3)]);
    expect(await frequentRows(file)).toBe(file);
  });

  it('gives its first rows where it is large, whose number no line contradicts', async () => {
    for (const head of [[], ['105 2\n']]) {
      const sent = await frequentRows(new Blob([...head, ...rows(105)]), 100);
      expect(await sent.text()).toBe(rows(100).join(''));
    }
  });
});
