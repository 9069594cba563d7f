import { describe, expect, it } from 'vitest';
import { tokensOf, type Range } from '../text/units';
import { dragEnd, moveEnd, type End } from './boundary';

const text = 'We hire a Senior Java Engineer in Köln';
const units = tokensOf(text);
const all = { start: 0, end: text.length };
const range = (words: string): Range => {
  const start = text.indexOf(words);
  return { start, end: start + words.length };
};
const words = ({ start, end }: Range) => text.slice(start, end);
const moved = (from: string, end: End, by: number, view = all) =>
  words(moveEnd(units, view, range(from), end, by));

describe('an end', () => {
  it('moves word by word', () => {
    expect(moved('Java Engineer', 'start', -1)).toBe('Senior Java Engineer');
    expect(moved('Java Engineer', 'start', 1)).toBe('Engineer');
    expect(moved('Java Engineer', 'end', 1)).toBe('Java Engineer in');
    expect(moved('Java Engineer', 'end', -1)).toBe('Java');
  });

  it('leaves one word, and stays in the view', () => {
    expect(moved('Java', 'start', 1)).toBe('Java');
    expect(moved('Java', 'end', -1)).toBe('Java');
    expect(moved('Java', 'end', 99)).toBe('Java Engineer in Köln');
    expect(moved('Java', 'end', 99, range('Senior Java Engineer'))).toBe('Java Engineer');
    expect(moved('Java', 'start', -99, range('Senior Java Engineer'))).toBe('Senior Java');
  });

  it('of a span inside of a word snaps to the word', () => {
    expect(moved('ava Engin', 'end', 0)).toBe('Java Engineer');
  });

  it('is dragged to the word at a place', () => {
    const dragged = (end: End, to: string) =>
      words(dragEnd(units, all, range('Java'), end, range(to).start));
    expect(dragged('end', 'gineer')).toBe('Java Engineer');
    expect(dragged('start', 'ior')).toBe('Senior Java');
    expect(dragged('start', 'in Köln')).toBe('Java');
  });

  it('of a span without any word stays', () => {
    const blank = { start: 2, end: 3 };
    expect(moveEnd(units, all, blank, 'end', 1)).toEqual(blank);
  });
});
