// An editor of the spans of a text: pure functions from one state to the next. A cursor stands on a
// unit (a token, or a character); the units from the anchor to the cursor are selected.
import { offsetsOf } from '../text/offsets';
import { byPlace, overlap, sameRange, type LabelledSpan } from '../text/spans';
import { graphemesOf, tokensOf, unitsIn, type Range } from '../text/units';

export interface Editor {
  readonly text: string;
  readonly units: readonly Range[];
  readonly byCharacter: boolean;
  /** Ascending. They overlap only where those did that were marked already. */
  readonly spans: readonly LabelledSpan[];
  readonly anchor: number;
  readonly cursor: number;
  /** The label that a selection gets. */
  readonly label: string;
  /** The span that keys speak of: an index of `spans`. */
  readonly picked?: number;
  /** What came of the last step, where that is not plain to see. */
  readonly note?: Note;
}

export type Note =
  | { kind: 'overlap'; with: LabelledSpan }
  | { kind: 'marked same'; n: number }
  | { kind: 'nothing to mark' };

/** An editor of `text`, in which `spans` are marked already. */
export function editorOf(text: string, label: string, spans: LabelledSpan[]): Editor {
  return {
    text,
    units: tokensOf(text),
    byCharacter: false,
    spans: [...spans].sort(byPlace),
    anchor: 0,
    cursor: 0,
    label,
  };
}

/** The selected part of the text; undefined in a text without a unit. */
export function selectionOf({ units, anchor, cursor }: Editor): Range | undefined {
  const first = units[Math.min(anchor, cursor)];
  const last = units[Math.max(anchor, cursor)];
  return first && last && { start: first.start, end: last.end };
}

const without = <Key extends keyof Editor>(editor: Editor, ...keys: Key[]): Editor => {
  const rest = { ...editor };
  for (const key of keys) delete rest[key];
  return rest;
};

const settle = (editor: Editor) => without(editor, 'picked', 'note');

/** Selects from one unit to another. */
export function select(editor: Editor, anchor: number, cursor: number): Editor {
  const last = editor.units.length - 1;
  const inside = (index: number) => Math.min(Math.max(index, 0), Math.max(last, 0));
  const next = { ...settle(editor), anchor: inside(anchor), cursor: inside(cursor) };
  const selected = selectionOf(next);
  const picked =
    selected &&
    next.spans.findIndex(({ start, end }) => start <= selected.start && selected.end <= end);
  return picked !== undefined && picked >= 0 ? { ...next, picked } : next;
}

/** Moves the cursor; `extend` keeps the anchor. */
export function move(editor: Editor, by: number, extend: boolean): Editor {
  const cursor = editor.cursor + by;
  return select(editor, extend ? editor.anchor : cursor, cursor);
}

/** Marks the selection, or gives its label to the picked span. */
export function mark(editor: Editor, label: string): Editor {
  const labelled = { ...settle(editor), label };
  if (editor.picked !== undefined) {
    const spans = editor.spans.map((span, index) =>
      index === editor.picked ? { ...span, label } : span,
    );
    return { ...labelled, spans, picked: editor.picked };
  }
  const selected = selectionOf(editor);
  if (!selected) return { ...labelled, note: { kind: 'nothing to mark' } };
  const other = editor.spans.find((span) => overlap(span, selected));
  if (other) return { ...labelled, note: { kind: 'overlap', with: other } };
  return withSpans(labelled, [{ ...selected, label }], selected);
}

function withSpans(editor: Editor, added: LabelledSpan[], picked: Range): Editor {
  const spans = [...editor.spans, ...added].sort(byPlace);
  return { ...editor, spans, picked: spans.findIndex((span) => sameRange(span, picked)) };
}

/** Picks a span, and puts the cursor on it. */
export function pick(editor: Editor, index: number): Editor {
  const touched = unitsIn(editor.units, editor.spans[index]!);
  const at = touched ? { anchor: touched.first, cursor: touched.last } : {};
  return { ...settle(editor), ...at, picked: index };
}

export function removePicked(editor: Editor): Editor {
  if (editor.picked === undefined) return editor;
  return { ...settle(editor), spans: editor.spans.filter((_, index) => index !== editor.picked) };
}

/** Marks every other mention of the picked span's words that stands free, between units. */
export function markSame(editor: Editor): Editor {
  const span = editor.picked === undefined ? undefined : editor.spans[editor.picked];
  if (!span) return { ...editor, note: { kind: 'nothing to mark' } };
  const free = mentionsOf(editor, span).filter(
    (mention) => !editor.spans.some((other) => overlap(other, mention)),
  );
  const added = free.map((mention) => ({ ...mention, label: span.label }));
  return { ...withSpans(editor, added, span), note: { kind: 'marked same', n: added.length } };
}

function mentionsOf({ text, units }: Editor, span: Range): Range[] {
  const offsets = offsetsOf(text);
  const words = text.slice(offsets.toUnits(span.start), offsets.toUnits(span.end));
  const starts = new Set(units.map(({ start }) => start));
  const ends = new Set(units.map(({ end }) => end));
  const mentions: Range[] = [];
  for (let at = text.indexOf(words); at >= 0; at = text.indexOf(words, at + words.length)) {
    const start = offsets.toCodePoints(at);
    const end = offsets.toCodePoints(at + words.length);
    if (starts.has(start) && ends.has(end)) mentions.push({ start, end });
  }
  return mentions;
}

/** Selections snap to characters instead of tokens, or back. */
export function toggleCharacters(editor: Editor): Editor {
  const byCharacter = !editor.byCharacter;
  const units = byCharacter ? graphemesOf(editor.text) : tokensOf(editor.text);
  const selected = selectionOf(editor);
  const touched = selected && unitsIn(units, selected);
  return {
    ...settle(editor),
    byCharacter,
    units,
    anchor: touched?.first ?? 0,
    cursor: (byCharacter ? touched?.first : touched?.last) ?? 0,
  };
}
