import { describe, expect, it } from 'vitest';
import { allPages } from './load';

describe('a list', () => {
  it('is read to its last page', async () => {
    const pages: Record<string, { rows: number[]; nextPageToken: string }> = {
      '': { rows: [1, 2], nextPageToken: 'b' },
      b: { rows: [], nextPageToken: 'c' },
      c: { rows: [3], nextPageToken: '' },
    };
    const rows = await allPages(
      async ({ pageToken }) => pages[pageToken]!,
      ({ rows }) => rows,
    );
    expect(rows).toEqual([1, 2, 3]);
  });
});
