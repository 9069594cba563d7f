import { describe, expect, it } from 'vitest';
import { Verdict } from './draft';
import { askedSpan, likelihoodOf, teachDraft, viewOf } from './teach';
import { taskOf, teachTask } from './testing';

const task = teachTask('😀 Senior Engineer wanted', 'Engineer', 0.62);

describe('the answer to a question', () => {
  const asked = askedSpan(task);

  it('is the verdict alone while the span stands', () => {
    for (const verdict of [Verdict.ACCEPT, Verdict.REJECT, Verdict.IGNORE]) {
      expect(teachDraft(task, asked, verdict)).toEqual({ verdict });
    }
  });

  it('with a mended span rejects the one asked about, and names the right one', () => {
    const mended = { start: 2, end: 17 };
    expect(teachDraft(task, mended, Verdict.ACCEPT)).toEqual({
      verdict: Verdict.REJECT,
      spans: [{ start: 2, end: 17, label: 'job_title' }],
    });
    expect(teachDraft(task, mended, Verdict.REJECT)).toEqual({ verdict: Verdict.REJECT });
    expect(teachDraft(task, mended, Verdict.IGNORE)).toEqual({ verdict: Verdict.IGNORE });
  });
});

it('the view is the sentence, or the whole text in code points', () => {
  expect(viewOf(task)).toEqual({ start: 0, end: 24 });
  expect(viewOf(taskOf({ text: 'abc', viewStart: 1, viewEnd: 2 }))).toEqual({ start: 1, end: 2 });
});

it('scores have words', () => {
  expect([0, 0.2, 0.5, 0.8, 0.99].map(likelihoodOf)).toEqual([
    'veryUnlikely',
    'unlikely',
    'open',
    'likely',
    'veryLikely',
  ]);
});
