import { render, type ComponentChild } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Coverage, TaskKind, type Task } from '@gen/winnow/annotation/v1/annotation_pb';
import { startShortcuts } from '../app/shortcuts';
import { chosenLanguage } from '../i18n/language';
import { CompareCard } from './compare_card';
import { Choice, Verdict, type Draft } from './draft';
import { MarkupCard } from './markup_card';
import { ReviewCard } from './review_card';
import { TeachCard } from './teach_card';
import { taskOf, teachTask } from './testing';

let root: HTMLElement;
let answers: Draft[];

beforeAll(() => {
  startShortcuts();
  chosenLanguage.value = 'en';
});
beforeEach(() => {
  root = document.body.appendChild(document.createElement('div'));
  answers = [];
});
afterEach(() => {
  act(() => render(null, root));
  root.remove();
});

const show = (card: ComponentChild) => act(() => render(card, root));
const press = (...keys: string[]) => {
  for (const chord of keys) {
    const parts = chord.split('+');
    const key = parts.pop()!;
    const held = { shiftKey: parts.includes('Shift'), altKey: parts.includes('Alt') };
    const event = new KeyboardEvent('keydown', { key, ...held, bubbles: true, cancelable: true });
    act(() => void document.body.dispatchEvent(event));
  }
};
const props = (task: Task, labels: string[]) => ({
  card: { task },
  labels,
  busy: false,
  answer: (draft: Draft) => void answers.push(draft),
  undo: undefined,
});
const button = (name: string) =>
  [...root.querySelectorAll('button')].find((one) => one.textContent!.startsWith(name));

const showTeach = (task: Task) => show(<TeachCard {...props(task, ['job_title'])} />);

describe('a question', () => {
  it('is answered by one key', () => {
    showTeach(teachTask('Senior Java Engineer', 'Engineer', 0.62));
    press('a', 'x', ' ');
    const { ACCEPT, REJECT, IGNORE } = Verdict;
    expect(answers.map(({ verdict }) => verdict)).toEqual([ACCEPT, REJECT, IGNORE]);
    expect(root.textContent).toContain('62%');
    expect(root.textContent).toContain('The model is unsure here');
  });

  it('is not answered again by a key that is held down', () => {
    showTeach(teachTask('Senior Java Engineer', 'Engineer'));
    const held = { key: 'a', repeat: true, bubbles: true, cancelable: true };
    press('a');
    act(() => void document.body.dispatchEvent(new KeyboardEvent('keydown', held)));
    expect(answers).toHaveLength(1);
  });

  it('is mended by arrows, and accepted as mended', () => {
    showTeach(teachTask('Senior Java Engineer in Köln', 'Engineer'));
    press('Shift+Alt+ArrowLeft', 'Shift+Alt+ArrowLeft', 'Shift+ArrowRight', 'Shift+ArrowLeft');
    expect(button('Accept as mended')).toBeDefined();
    press('a');
    expect(answers).toEqual([
      { verdict: Verdict.REJECT, spans: [{ start: 0, end: 20, label: 'job_title' }] },
    ]);
  });

  it('begins anew with the next task', () => {
    showTeach(teachTask('one two three', 'two'));
    press('Shift+ArrowRight');
    showTeach(teachTask('four five six', 'five'));
    expect(button('Accept')!.textContent).not.toContain('mended');
    press('a');
    expect(answers).toEqual([{ verdict: Verdict.ACCEPT }]);
  });

  it('shows any text as text, to the character', () => {
    for (const text of ['<b>x</b> &amp; <script>', '日本語 😀 שלום e\u0301', 'a\u0000b\u202ec']) {
      showTeach(teachTask(text, [...text][0]!));
      const shown = [...root.querySelectorAll('[data-at]')].map((piece) => piece.textContent);
      expect(shown.join('')).toHaveLength(text.length);
      expect(root.querySelector('b, script')).toBeNull();
    }
  });
});

describe('a text to mark', () => {
  const labels = ['A', 'B'];
  const markup = (text: string) =>
    taskOf({ kind: TaskKind.MANUAL, text, body: { case: 'markup', value: { labels } } });
  const showMarkup = (task: Task) => {
    if (task.body.case !== 'markup') throw new Error('no markup');
    show(<MarkupCard {...props(task, labels)} markup={task.body.value} />);
  };

  it('is marked by keys alone', () => {
    showMarkup(markup('one two three two'));
    press('ArrowRight', 'ArrowRight', '2', 's', 'Enter');
    expect(answers).toEqual([
      {
        verdict: Verdict.ACCEPT,
        spans: [
          { start: 4, end: 7, label: 'B' },
          { start: 14, end: 17, label: 'B' },
        ],
      },
    ]);
  });

  it('says that a span would overlap another one', () => {
    showMarkup(markup('one two three'));
    press('ArrowRight', 'Shift+ArrowRight', '1', 'ArrowRight', 'Shift+ArrowLeft', '2');
    expect(root.querySelector('[role=status]')!.textContent).toContain('overlaps “one two”');
    press('Enter');
    expect(answers[0]!.spans).toEqual([{ start: 0, end: 7, label: 'A' }]);
  });

  it('goes to the right with the right arrow where text runs to the left', () => {
    showMarkup(markup('שלום עולם'));
    root.querySelector('p')!.style.direction = 'rtl';
    press('ArrowLeft', 'ArrowLeft', '1', 'Enter');
    expect(answers[0]!.spans).toEqual([{ start: 5, end: 9, label: 'A' }]);
  });

  it('without labels is judged as a whole', () => {
    const task = taskOf({ text: 'abc', body: { case: 'markup', value: {} } });
    if (task.body.case === 'markup') {
      show(<MarkupCard {...props(task, [])} markup={task.body.value} />);
    }
    press('a', 'x');
    expect(answers).toEqual([{ verdict: Verdict.ACCEPT }, { verdict: Verdict.REJECT }]);
  });
});

it('of two outputs one is preferred by one key', () => {
  const first = [{ start: 0, end: 3, label: 'A' }];
  const comparison = { case: 'comparison' as const, value: { first, second: [] } };
  const task = taskOf({ text: 'one two', body: comparison });
  if (task.body.case === 'comparison') {
    show(<CompareCard {...props(task, ['A'])} comparison={task.body.value} />);
  }
  press('1', '2', 't', ' ');
  expect(answers).toEqual([
    { verdict: Verdict.ACCEPT, choice: Choice.FIRST },
    { verdict: Verdict.ACCEPT, choice: Choice.SECOND },
    { verdict: Verdict.ACCEPT, choice: Choice.TIE },
    { verdict: Verdict.IGNORE },
  ]);
  press('d');
  expect(root.textContent).toContain('Only the first');
});

it('a version is taken by its digit, or mended; names are told on demand', () => {
  const span = { start: 0, end: 3, label: 'A' };
  const task = taskOf({
    text: 'one two',
    body: {
      case: 'review',
      value: {
        coverage: Coverage.COMPLETE,
        labels: ['A'],
        versions: [
          { verdict: Verdict.ACCEPT, spans: [span], numPeople: 1, said: [{ annotator: 'anna' }] },
          { verdict: Verdict.ACCEPT, numPeople: 1, said: [{ annotator: 'ben' }] },
        ],
      },
    },
  });
  if (task.body.case === 'review') {
    show(<ReviewCard {...props(task, ['A'])} review={task.body.value} />);
  }
  expect(root.textContent).toContain('A tie');
  expect(root.textContent).not.toContain('ben');
  press('w');
  expect(root.textContent).toContain('ben');
  press('2', '1', 'm', 'ArrowRight', 'ArrowRight', '1', 'Enter');
  expect(answers).toEqual([
    { verdict: Verdict.ACCEPT, spans: [] },
    { verdict: Verdict.ACCEPT, spans: [span] },
    { verdict: Verdict.ACCEPT, spans: [span, { start: 4, end: 7, label: 'A' }] },
  ]);
});
