import { render } from 'preact';
import { act } from 'preact/test-utils';
import { describe, expect, it, vi } from 'vitest';
import { allPages, useLoaded } from './load';

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

describe('a page in a tab that nobody sees', () => {
  it('is loaded once, and not again before it is seen', async () => {
    const hidden = vi.spyOn(document, 'hidden', 'get').mockReturnValue(true);
    const load = vi.fn(() => Promise.resolve('there'));
    const Page = () => <p>{useLoaded(load, [], { every: 5 }).value}</p>;
    const root = document.createElement('div');
    act(() => render(<Page />, root));
    await vi.waitFor(() => expect(root.textContent).toBe('there'));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(load).toHaveBeenCalledTimes(1);
    hidden.mockReturnValue(false);
    await vi.waitFor(() => expect(load.mock.calls.length).toBeGreaterThan(1));
    act(() => render(null, root));
    hidden.mockRestore();
  });
});
