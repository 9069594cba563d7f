// The editor of a text's spans on the page: mouse, finger and keys to steps of markup.ts.
import { useSignal, type Signal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { useDigits, useShortcuts, keyName, keys, type Action } from '../app/shortcuts';
import { t } from '../i18n/annotate';
import { offsetsOf } from '../text/offsets';
import { printable } from '../text/printable';
import { unitAt, type Range } from '../text/units';
import { Button } from '../ui/button';
import { labelColour } from '../ui/label_colour';
import { LabelSearch } from './label_search';
import {
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
import { MarkedText } from './marked_text';
import { placeAt } from './text_at';
import './span_editor.css';

/** So many labels have a key and a button; all are found by searching. */
const withKey = 9;

interface Props {
  editor: Signal<Editor>;
  /** The labels that may be given. */
  labels: readonly string[];
  /** All labels of the queue, for the colours. */
  allLabels: readonly string[];
}

export function SpanEditor({ editor, labels, allLabels }: Props) {
  const searching = useSignal(false);
  const now = editor.value;
  const give = (label: string | undefined) => {
    if (label !== undefined) editor.value = mark(editor.value, label);
  };
  const canMark = labels.length > 0;
  useDigits(canMark ? (digit) => give(labels[digit - 1]) : undefined);
  useShortcuts({
    remove: () => (editor.value = removePicked(editor.value)),
    allSame: () => (editor.value = markSame(editor.value)),
    characters: () => (editor.value = toggleCharacters(editor.value)),
    findLabel: canMark ? () => (searching.value = true) : undefined,
  });
  return (
    <>
      <div class="labels" role="group" aria-label={t('labels')}>
        {labels.slice(0, withKey).map((label, index) => (
          <button
            key={label}
            type="button"
            class="label"
            aria-pressed={now.label === label}
            style={{ '--colour': labelColour(label, allLabels) }}
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => give(label)}
          >
            {printable(label)} <kbd aria-hidden="true">{index + 1}</kbd>
          </button>
        ))}
        {labels.length > withKey && (
          <Button onClick={() => (searching.value = true)}>
            {labels.indexOf(now.label) >= withKey ? printable(now.label) : t('findLabel')}
            <kbd aria-hidden="true">{keyName(keys.value.findLabel)}</kbd>
          </Button>
        )}
      </div>
      <div class="sheet">
        <EditableText editor={editor} labels={allLabels} />
      </div>
      <Tools editor={editor} />
      {searching.value && (
        <LabelSearch
          labels={labels}
          allLabels={allLabels}
          onClose={() => (searching.value = false)}
          onChoose={(label) => {
            searching.value = false;
            give(label);
          }}
        />
      )}
    </>
  );
}

function EditableText({ editor, labels }: { editor: Signal<Editor>; labels: readonly string[] }) {
  const root = useRef<HTMLDivElement>(null);
  /** The selection shows while keys or a pointer make it. */
  const isSelecting = useSignal(false);
  const now = editor.value;
  useCursorKeys(root, editor, isSelecting);
  const pointer = usePointerSelection(root, editor, isSelecting);
  return (
    <div
      ref={root}
      class="editor"
      tabIndex={0}
      role="group"
      aria-label={t('markAll')}
      onCopy={(event) => copySelected(event, now)}
      {...pointer}
    >
      <MarkedText
        text={now.text}
        view={{ start: 0, end: offsetsOf(now.text).length }}
        spans={now.spans}
        labels={labels}
        selection={isSelecting.value ? selectionOf(now) : undefined}
        picked={now.picked}
      />
    </div>
  );
}

function useCursorKeys(
  root: { current: HTMLElement | null },
  editor: Signal<Editor>,
  isSelecting: Signal<boolean>,
) {
  const isRtl = () => getComputedStyle(root.current!.querySelector('p')!).direction === 'rtl';
  const step = (right: boolean, extend: boolean) => () => {
    // The first key shows where the cursor is.
    if (isSelecting.value) editor.value = move(editor.value, right === isRtl() ? -1 : 1, extend);
    isSelecting.value = true;
  };
  const line = (down: boolean) => () => {
    const cursor = root.current!.querySelector('.selected');
    isSelecting.value = true;
    if (!cursor) return;
    const box = cursor.getBoundingClientRect();
    const height = parseFloat(getComputedStyle(root.current!.querySelector('p')!).lineHeight);
    const y = box.top + box.height / 2 + (down ? height : -height);
    const place = placeAt(root.current!, box.left + box.width / 2, y);
    if (place === undefined) return;
    const unit = unitAt(editor.value.units, place);
    editor.value = select(editor.value, unit, unit);
  };
  useShortcuts({
    cursorLeft: step(false, false),
    cursorRight: step(true, false),
    cursorUp: line(false),
    cursorDown: line(true),
    endLeft: step(false, true),
    endRight: step(true, true),
  });
}

/** A click picks a span, or marks a word; a drag marks what it passes over. */
function usePointerSelection(
  root: { current: HTMLElement | null },
  editor: Signal<Editor>,
  isSelecting: Signal<boolean>,
) {
  const anchor = useRef<number | undefined>(undefined);
  const unitUnder = (event: PointerEvent) => {
    const place = placeAt(root.current!, event.clientX, event.clientY);
    return place === undefined ? -1 : unitAt(editor.value.units, place);
  };
  return {
    onPointerDown: (event: PointerEvent) => {
      if (event.button !== 0) return;
      const unit = unitUnder(event);
      anchor.current = unit < 0 ? undefined : unit;
    },
    onPointerMove: (event: PointerEvent) => {
      if (anchor.current === undefined) return;
      const unit = unitUnder(event);
      if (unit < 0 || (unit === editor.value.cursor && isSelecting.value)) return;
      if (unit === anchor.current && !isSelecting.value) return;
      root.current!.setPointerCapture(event.pointerId);
      isSelecting.value = true;
      editor.value = select(editor.value, anchor.current, unit);
    },
    onPointerUp: (event: PointerEvent) => {
      if (anchor.current === undefined) return;
      const unit = unitUnder(event);
      const from = anchor.current;
      anchor.current = undefined;
      isSelecting.value = false;
      if (unit < 0) return;
      const selected = select(editor.value, from, unit);
      const isClick = from === unit;
      editor.value =
        isClick && selected.picked !== undefined
          ? pick(selected, selected.picked)
          : mark(withoutPick(selected), selected.label);
    },
    onPointerCancel: () => {
      anchor.current = undefined;
      isSelecting.value = false;
    },
  };
}

/** A drag inside of a span is refused as an overlap; it gives the span no other label. */
function withoutPick(editor: Editor): Editor {
  const { picked: _, ...rest } = editor;
  return rest;
}

function wordsOf({ text }: Editor, { start, end }: Range): string {
  const offsets = offsetsOf(text);
  return text.slice(offsets.toUnits(start), offsets.toUnits(end));
}

function copySelected(event: ClipboardEvent, editor: Editor) {
  const selected = selectionOf(editor);
  if (!selected || !event.clipboardData) return;
  event.clipboardData.setData('text/plain', wordsOf(editor, selected));
  event.preventDefault();
}

function Tools({ editor }: { editor: Signal<Editor> }) {
  const now = editor.value;
  const hasPicked = now.picked !== undefined;
  const tool = (action: Action, label: string, run: () => void, pressed?: boolean) => (
    <Button
      kind="quiet"
      aria-pressed={pressed}
      disabled={pressed === undefined && !hasPicked}
      onMouseDown={(event: MouseEvent) => event.preventDefault()}
      onClick={run}
    >
      {label} <kbd aria-hidden="true">{keyName(keys.value[action])}</kbd>
    </Button>
  );
  return (
    <div class="editor-tools">
      {tool('remove', t('removeSpan'), () => (editor.value = removePicked(editor.value)))}
      {tool('allSame', t('allSame'), () => (editor.value = markSame(editor.value)))}
      {tool(
        'characters',
        t('byCharacter'),
        () => (editor.value = toggleCharacters(editor.value)),
        now.byCharacter,
      )}
      <div class="note" role="status">
        {noteText(now)}
      </div>
    </div>
  );
}

function noteText(editor: Editor): string {
  const { note, picked, spans } = editor;
  switch (note?.kind) {
    case 'overlap':
      return t('noteOverlap', { words: printable(wordsOf(editor, note.with)) });
    case 'marked same':
      return t('noteSame', { n: note.n });
    case 'nothing to mark':
      return t('noteNothing');
  }
  const span = picked === undefined ? undefined : spans[picked];
  if (span) {
    const words = printable(wordsOf(editor, span));
    return t('marked', { words, label: printable(span.label) });
  }
  return spans.length > 0 ? t('spans', { n: spans.length }) : t('noSpan');
}
