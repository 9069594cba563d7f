import { beforeEach, describe, expect, it } from 'vitest';
import { Choice, Verdict, type Draft } from '../annotate/draft';
import { chosenLanguage, languages, type Language } from '../i18n/language';
import { t } from '../i18n/tutorial';
import { Course } from './course';
import { marked } from './marked';

/** What a lesson wants, of which the texts say it. */
function rightAnswers(): Draft[] {
  const spansOf = (key: Parameters<typeof t>[0]) =>
    marked(t(key)).spans.map((range) => ({ ...range, label: t('label') }));
  const [yes, no] = [{ verdict: Verdict.ACCEPT }, { verdict: Verdict.REJECT }];
  const mended = { ...no, spans: spansOf('mendRight') };
  return [
    ...[yes, no, no, mended, yes, yes, yes],
    { ...yes, spans: spansOf('markAd') },
    { ...yes, choice: Choice.SECOND },
    { ...yes, spans: spansOf('reviewTwo') },
  ];
}

describe.each(Object.keys(languages) as Language[])('the tutorial in %s', (language) => {
  let course: Course;
  const state = () => course.state.value;
  beforeEach(() => {
    chosenLanguage.value = language;
    course = new Course();
  });

  it('goes through ten cards by right answers, one of them taken back', () => {
    const answers = rightAnswers();
    expect(course.lessons).toHaveLength(10);
    for (const [index, answer] of answers.entries()) {
      expect([state().at, state().card?.task.taskId]).toEqual([
        index,
        course.lessons[index]!.task.taskId,
      ]);
      if (index === 5) {
        course.answer(answer);
        expect(state().at).toBe(5);
        course.undo();
        expect([state().at, state().card?.earlier]).toEqual([4, answers[4]]);
        course.answer(answers[4]!);
      }
      course.answer(answer);
      expect(state().hint).toBeUndefined();
    }
    expect([state().at, state().card]).toEqual([10, undefined]);
  });

  it('says at each card what to do instead, and lets people go on', () => {
    for (let index = 0; index < 10; ++index) {
      course.answer({ verdict: Verdict.IGNORE });
      expect(state()).toMatchObject({ at: index, hint: expect.stringMatching(/^[^{}]+$/) });
      course.skip();
    }
    expect(state().card).toBeUndefined();
  });

  it('marks the same texts where it shows two readings, and names every key', () => {
    const same = (one: Parameters<typeof t>[0], two: Parameters<typeof t>[0]) =>
      expect(marked(t(one)).text).toBe(marked(t(two)).text);
    same('mendAd', 'mendRight');
    same('compareFirst', 'compareSecond');
    same('reviewOne', 'reviewTwo');
    for (const { title, story } of course.lessons) expect(title + story).not.toMatch(/[{}[\]]/);
  });
});

it('brackets are read as spans in code points', () => {
  expect(marked('😀 [b c] d [e]')).toEqual({
    text: '😀 b c d e',
    spans: [
      { start: 2, end: 5 },
      { start: 8, end: 9 },
    ],
  });
});
