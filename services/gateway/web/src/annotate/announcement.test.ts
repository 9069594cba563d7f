import { expect, it } from 'vitest';
import { chosenLanguage } from '../i18n/language';
import { announcementOf } from './announcement';
import { taskOf, teachTask } from './testing';

it('a card is read out with its question and its text', () => {
  chosenLanguage.value = 'en';
  expect(announcementOf(teachTask('😀 Senior Engineer', 'Engineer', 0.8))).toBe(
    'Is “Engineer” job_title? 😀 Senior Engineer The model finds it likely, 80%.',
  );
  const markup = taskOf({ text: 'abc', body: { case: 'markup', value: { labels: ['A'] } } });
  expect(announcementOf(markup)).toBe('Mark all spans abc');
  const verdict = taskOf({ text: 'abc', body: { case: 'markup', value: {} } });
  expect(announcementOf(verdict)).toBe('Is this text right? abc');
});
