import { create } from '@bufbuild/protobuf';
import { AnswerSchema, LogEntrySchema } from '@gen/winnow/annotation/v1/annotation_pb';
import { Preference, Verdict } from '@gen/winnow/common/v1/common_pb';
import { beforeEach, describe, expect, it } from 'vitest';
import { chosenLanguage } from '../../i18n/language';
import { matching, peopleOf, remarkOn, spansInWords, withEntries } from './answer_rows';

beforeEach(() => {
  chosenLanguage.value = 'en';
});

const answer = (revision: bigint, annotator: string, verdict: Verdict, label: string) =>
  create(LogEntrySchema, {
    entry: {
      case: 'answer',
      value: {
        revision,
        annotator,
        verdict,
        text: '🍳 Chef in Paris',
        judgements: [{ span: { start: 2, end: 6, label }, verdict }],
      },
    },
  });
const undo = (undoneRevision: bigint) =>
  create(LogEntrySchema, { entry: { case: 'undo', value: { revision: 9n, undoneRevision } } });

const rows = withEntries(withEntries([], [answer(1n, 'anna', Verdict.ACCEPT, 'job')]), [
  answer(2n, 'bert', Verdict.REJECT, 'city'),
  undo(1n),
  answer(3n, '', Verdict.IGNORE, 'job'),
]);
const any = { verdict: '', label: '', person: '' };
const revisions = (some: typeof rows | ReturnType<typeof matching>) =>
  some.map((row) => Number(row.answer.revision));

describe('answers', () => {
  it('are rows of the log, with what was taken back on a later page', () => {
    expect(rows.map(({ undone }) => undone)).toEqual([true, false, false]);
  });

  it('are found by verdict, label and person', () => {
    expect(revisions(matching(rows, any))).toEqual([1, 2, 3]);
    expect(revisions(matching(rows, { ...any, verdict: String(Verdict.REJECT) }))).toEqual([2]);
    expect(revisions(matching(rows, { ...any, label: 'job' }))).toEqual([1, 3]);
    expect(revisions(matching(rows, { ...any, label: 'job', person: 'anna' }))).toEqual([1]);
    expect(peopleOf(rows)).toEqual(['anna', 'bert']);
  });

  it('say why they may not count', () => {
    const remark = (answer: object) =>
      remarkOn({ answer: create(AnswerSchema, answer), undone: false });
    expect(remarkOn(rows[0]!)).toBe('taken back');
    expect(remark({})).toBe('');
    // A check is surplus, too, and that it is one says more.
    expect(remark({ surplus: true, check: { agreed: true } })).toBe('check');
    expect(remark({ surplus: true, late: true })).toBe('surplus');
    expect(remark({ late: true })).toBe('late');
  });

  it('say what was judged, counted in code points', () => {
    expect(spansInWords(rows[0]!.answer)).toBe('job: Chef');
    expect(spansInWords(rows[1]!.answer)).toBe('✗ city: Chef');
    const comparison = { modelA: 'm@1', modelB: 'm@2', preference: Preference.B };
    expect(spansInWords(create(AnswerSchema, { comparison }))).toBe('prefers m@2');
  });
});
