import { expect, it } from 'vitest';
import { differenceOf } from './compare';

it('the difference tells which side has which span; a label is a part of it', () => {
  const a = { start: 0, end: 2, label: 'A' };
  const b = { start: 3, end: 5, label: 'A' };
  const sides = differenceOf([a, b], [a, { ...b, label: 'B' }, { start: 6, end: 7, label: 'A' }]);
  expect(sides.map(({ start, label, side }) => [start, label, side])).toEqual([
    [0, 'A', 'both'],
    [3, 'A', 'first'],
    [3, 'B', 'second'],
    [6, 'A', 'second'],
  ]);
});
