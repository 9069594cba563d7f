import { describe, expect, it } from 'vitest';
import { csvOf, filtered, sorted, visibleRange, type ValueOf } from './table_rows';

interface Row {
  name: string;
  size?: number | bigint;
}
const columns: ValueOf<Row>[] = [({ name }) => name, ({ size }) => size];
const rows: Row[] = [{ name: 'q10', size: 5 }, { name: 'Q2' }, { name: 'a', size: 12n }];
const names = (some: Row[]) => some.map(({ name }) => name);

describe('rows', () => {
  it('are found by all words, in any column and case', () => {
    expect(names(filtered(rows, columns, 'q'))).toEqual(['q10', 'Q2']);
    expect(names(filtered(rows, columns, '5 Q1'))).toEqual(['q10']);
    expect(names(filtered(rows, columns, '  '))).toEqual(['q10', 'Q2', 'a']);
  });

  it('are sorted by numbers and by texts as people read them, empty ones last', () => {
    expect(names(sorted(rows, columns, { column: 0, descending: false }))).toEqual([
      'a',
      'Q2',
      'q10',
    ]);
    expect(names(sorted(rows, columns, { column: 1, descending: false }))).toEqual([
      'q10',
      'a',
      'Q2',
    ]);
    expect(names(sorted(rows, columns, { column: 1, descending: true }))).toEqual([
      'a',
      'q10',
      'Q2',
    ]);
  });

  it('are written as CSV that no spreadsheet calculates', () => {
    const odd: Row[] = [{ name: 'a "b", c\n', size: -1 }, { name: '=1+1' }];
    expect(csvOf(['name', 'size'], odd, columns)).toBe(
      'name,size\r\n"a ""b"", c\n",-1\r\n\'=1+1,\r\n',
    );
  });

  it('are drawn as far as they are seen, also of 100,000', () => {
    expect(visibleRange(0, 440, 44, 5)).toEqual({ from: 0, to: 5 });
    const { from, to } = visibleRange(44 * 50_000, 440, 44, 100_000);
    expect(from).toBeLessThan(50_000);
    expect(to).toBeGreaterThan(50_010);
    expect(to - from).toBeLessThan(60);
    expect(visibleRange(44 * 90, 440, 44, 3)).toEqual({ from: 2, to: 3 });
  });
});
