import { describe, expect, it } from 'vitest';
import { overlap, segmentsOf } from './spans';

describe('segments', () => {
  it('are cut where ranges begin and end, overlapping ones too', () => {
    expect(
      segmentsOf({ start: 0, end: 10 }, [
        { start: 2, end: 6 },
        { start: 4, end: 8 },
      ]),
    ).toEqual([
      { start: 0, end: 2, covering: [] },
      { start: 2, end: 4, covering: [0] },
      { start: 4, end: 6, covering: [0, 1] },
      { start: 6, end: 8, covering: [1] },
      { start: 8, end: 10, covering: [] },
    ]);
  });

  it('stay inside of the view', () => {
    expect(segmentsOf({ start: 3, end: 5 }, [{ start: 0, end: 4 }])).toEqual([
      { start: 3, end: 4, covering: [0] },
      { start: 4, end: 5, covering: [] },
    ]);
    expect(segmentsOf({ start: 3, end: 5 }, [{ start: 7, end: 9 }])).toEqual([
      { start: 3, end: 5, covering: [] },
    ]);
    expect(segmentsOf({ start: 0, end: 0 }, [])).toEqual([]);
  });
});

it('ranges that touch do not overlap', () => {
  expect(overlap({ start: 0, end: 2 }, { start: 2, end: 3 })).toBe(false);
  expect(overlap({ start: 0, end: 3 }, { start: 2, end: 3 })).toBe(true);
});
