// Keys that do something: one table of actions with their keys, which people can change; pages say
// what their actions do while they are shown.
import { computed, signal } from '@preact/signals';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { t as ts } from '../i18n/shortcuts';
import { stored } from './stored';

/** Every action and its key as `chordOf` writes it. The names are keys of i18n/shortcuts.ts. */
export const defaults = {
  help: '?',
  accept: 'a',
  reject: 'x',
  ignore: 'Space',
  undo: 'Backspace',
  submit: 'Enter',
  startLeft: 'Shift+Alt+ArrowLeft',
  startRight: 'Shift+Alt+ArrowRight',
  endLeft: 'Shift+ArrowLeft',
  endRight: 'Shift+ArrowRight',
  cursorLeft: 'ArrowLeft',
  cursorRight: 'ArrowRight',
  cursorUp: 'ArrowUp',
  cursorDown: 'ArrowDown',
  remove: 'Delete',
  allSame: 's',
  characters: 'c',
  findLabel: 'l',
  first: '1',
  second: '2',
  tie: 't',
  diff: 'd',
  mend: 'm',
  who: 'w',
  history: 'h',
} as const;

export type Action = keyof typeof defaults;

/** Only what was changed. */
export const changedKeys = stored<Partial<Record<Action, string>>>('keys', {});

/** Off for people whose speech control or shaking hand presses single keys by mistake. */
export const keysOn = stored('keysOn', true);

export const keys = computed<Record<Action, string>>(() => ({
  ...defaults,
  ...changedKeys.value,
}));

type Handlers = { [Name in Action]?: ((event: KeyboardEvent) => void) | undefined };

// What is on the page, the innermost last. A handler may be a new function at every rendering.
const active = signal<{ current: Handlers }[]>([]);

/** Does `handlers` at their keys while the component is shown; what is undefined does nothing. */
export function useShortcuts(handlers: Handlers) {
  const latest = useRef(handlers);
  latest.current = handlers;
  // Before the page is painted: who sees a card may press its keys.
  useLayoutEffect(() => {
    active.value = [...active.peek(), latest];
    return () => {
      active.value = active.peek().filter((one) => one !== latest);
    };
  }, []);
}

/** The actions that do something now, for the help. */
export function activeActions(): Action[] {
  const names = active.value.flatMap(({ current }) =>
    Object.entries(current).flatMap(([name, run]) => (run ? [name as Action] : [])),
  );
  return (Object.keys(defaults) as Action[]).filter((name) => names.includes(name));
}

const modifiers = new Set(['Shift', 'Control', 'Alt', 'Meta', 'AltGraph', 'CapsLock', 'Dead']);

/** "a", "A" is "a" too, "Space", "Shift+ArrowLeft", "Ctrl+k"; undefined for a modifier alone. */
export function chordOf(event: KeyboardEvent): string | undefined {
  if (modifiers.has(event.key)) return undefined;
  const key = event.key === ' ' ? 'Space' : event.key;
  const isCharacter = key.length === 1;
  const held = [
    event.ctrlKey && 'Ctrl+',
    event.metaKey && 'Meta+',
    // Of a character Shift is a part: "?" is Shift and another key on most keyboards.
    event.shiftKey && !isCharacter && 'Shift+',
    event.altKey && 'Alt+',
  ];
  return held.filter(Boolean).join('') + (isCharacter ? key.toLowerCase() : key);
}

/** As people know it: "⇧ ←". */
export function keyName(chord: string): string {
  const symbols: Record<string, string> = {
    ArrowLeft: '←',
    ArrowRight: '→',
    ArrowUp: '↑',
    ArrowDown: '↓',
    Backspace: '⌫',
    Enter: '↵',
    Delete: ts('keyDelete'),
    Space: ts('keySpace'),
    Shift: '⇧',
  };
  return chord
    .split(/\+(?=.)/)
    .map((part) => symbols[part] ?? (part.length === 1 ? part.toUpperCase() : part))
    .join(' ');
}

function takesKeys(target: EventTarget | null, chord: string): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target.matches('input, textarea, select')) return true;
  if (target.closest('dialog[open]') || target.closest('[role=listbox]')) return true;
  // A focused button is pressed by these.
  return ['Space', 'Enter'].includes(chord) && target.closest('button, a, summary') !== null;
}

function onKeyDown(event: KeyboardEvent) {
  const chord = chordOf(event);
  if (!chord || event.defaultPrevented || event.isComposing || takesKeys(event.target, chord)) {
    return;
  }
  if (!keysOn.value && chord.length === 1) return;
  for (const { current } of [...active.peek()].reverse()) {
    for (const [name, run] of Object.entries(current) as [Action, Handlers[Action]][]) {
      if (!run || keys.peek()[name] !== chord) continue;
      event.preventDefault();
      // A key that is held down moves on, but answers no second card.
      if (!event.repeat || chord.includes('Arrow')) run(event);
      return;
    }
  }
}

/** Calls `run` for the keys 1 to 9 while the component is shown. */
export function useDigits(run: ((digit: number) => void) | undefined) {
  const latest = useRef(run);
  latest.current = run;
  useLayoutEffect(() => {
    const onDigit = (event: KeyboardEvent) => {
      const chord = chordOf(event);
      if (!keysOn.value || !chord || !/^[1-9]$/.test(chord) || event.defaultPrevented) return;
      if (!latest.current || takesKeys(event.target, chord)) return;
      event.preventDefault();
      latest.current(Number(chord));
    };
    document.addEventListener('keydown', onDigit);
    return () => document.removeEventListener('keydown', onDigit);
  }, []);
}

export function startShortcuts() {
  document.addEventListener('keydown', onKeyDown);
}
