import { describe, expect, it } from 'vitest';
import type { LabelledSpan } from '../text/spans';
import {
  editorOf,
  mark,
  markSame,
  move,
  pick,
  removePicked,
  select,
  selectionOf,
  toggleCharacters,
  type Editor,
} from './markup';

const wordsOf = (editor: Editor, { start, end }: { start: number; end: number }) =>
  [...editor.text].slice(start, end).join('');
const marked = (editor: Editor) =>
  editor.spans.map((span) => `${wordsOf(editor, span)}=${span.label}`);
const begin = (text: string, spans: LabelledSpan[] = []) => editorOf(text, 'A', spans);

describe('the editor', () => {
  it('marks what is selected, word by word', () => {
    let editor = begin('Senior Java Engineer, Köln');
    editor = mark(move(move(editor, 1, false), 1, true), 'A');
    expect(marked(editor)).toEqual(['Java Engineer=A']);
    editor = mark(select(editor, 0, 0), 'B');
    expect(marked(editor)).toEqual(['Senior=B', 'Java Engineer=A']);
  });

  it('selects backwards as well, and stops at the ends', () => {
    const editor = move(select(begin('one two three'), 2, 2), -9, true);
    expect(wordsOf(editor, selectionOf(editor)!)).toBe('one two three');
    expect(move(editor, -1, false).cursor).toBe(0);
  });

  it('gives another label to the span that is picked', () => {
    const editor = mark(begin('one two'), 'A');
    expect(marked(mark(editor, 'B'))).toEqual(['one=B']);
    expect(marked(mark(pick(editor, 0), 'B'))).toEqual(['one=B']);
    expect(marked(mark(select(editor, 0, 0), 'B'))).toEqual(['one=B']);
  });

  it('refuses a span that overlaps another one, and says which; touching is fine', () => {
    let editor = mark(select(begin('日本語'), 0, 1), 'A');
    editor = mark(select(editor, 1, 2), 'B');
    expect(marked(editor)).toEqual(['日本=A']);
    expect(editor.note).toMatchObject({ kind: 'overlap', with: { start: 0, end: 2 } });
    expect(marked(mark(select(editor, 2, 2), 'B'))).toEqual(['日本=A', '語=B']);
  });

  it('removes what is picked, and nothing otherwise', () => {
    const editor = mark(begin('one two'), 'A');
    expect(marked(removePicked(editor))).toEqual([]);
    expect(marked(removePicked(select(editor, 1, 1)))).toEqual(['one=A']);
  });

  it('marks all same mentions that stand as whole words and free', () => {
    const text = 'Ada met Ada, Adam and Ada';
    let editor = begin(text, [{ start: 22, end: 25, label: 'B' }]);
    editor = markSame(mark(editor, 'A'));
    expect(editor.spans.map(({ start, label }) => [start, label])).toEqual([
      [0, 'A'],
      [8, 'A'],
      [22, 'B'],
    ]);
    expect(editor.note).toEqual({ kind: 'marked same', n: 1 });
    expect(wordsOf(editor, editor.spans[editor.picked!]!)).toBe('Ada');
    expect(editor.spans[editor.picked!]!.start).toBe(0);
  });

  it('selects parts of words by character, as people see characters', () => {
    let editor = toggleCharacters(begin('cafe\u0301s 👩‍👩‍👧!'));
    editor = mark(select(editor, 3, 3), 'A');
    expect(marked(editor)).toEqual(['e\u0301=A']);
    editor = mark(select(editor, 5, 5), 'B');
    expect(marked(editor)).toEqual(['e\u0301=A', '👩‍👩‍👧=B']);
    expect(toggleCharacters(editor).units.length).toBeLessThan(editor.units.length + 3);
  });

  it('counts code points, whatever the script', () => {
    const editor = begin('😀 שלום עולם 😀');
    expect(mark(select(editor, 1, 1), 'A').spans).toEqual([{ start: 2, end: 6, label: 'A' }]);
    expect(mark(select(editor, 3, 3), 'A').spans).toEqual([{ start: 12, end: 13, label: 'A' }]);
  });

  it('has nothing to mark in a text of white space', () => {
    const editor = mark(begin(' \n '), 'A');
    expect(marked(editor)).toEqual([]);
    expect(editor.note).toEqual({ kind: 'nothing to mark' });
    expect(selectionOf(editor)).toBeUndefined();
  });
});
