// What a screen reader says when a card comes.
import type { Task } from '@gen/winnow/annotation/v1/annotation_pb';
import { t } from '../i18n/annotate';
import { formatPercent } from '../i18n/language';
import { offsetsOf } from '../text/offsets';
import { printable } from '../text/printable';
import { likelihoodOf, viewOf } from './teach';

const questions = {
  markup: 'markAll',
  comparison: 'whichIsBetter',
  review: 'whatIsRight',
} as const;

export function announcementOf(task: Task): string {
  const offsets = offsetsOf(task.text);
  const cut = (start: number, end: number) =>
    printable(task.text.slice(offsets.toUnits(start), offsets.toUnits(end)));
  const { body } = task;
  if (body.case === 'question' && body.value.span) {
    const { start, end, label, score } = body.value.span;
    const view = viewOf(task);
    const text = cut(view.start, view.end);
    const question = t('announceTeach', { words: cut(start, end), label, text });
    if (score === undefined) return question;
    const words = t(likelihoodOf(score));
    return `${question} ${t('scoreAnnounced', { words, score: formatPercent(score) })}`;
  }
  const kind = body.case === 'question' || !body.case ? 'markup' : body.case;
  const isText = body.case === 'markup' && body.value.labels.length === 0;
  const question = t(isText ? 'isTextRight' : questions[kind]);
  return t('announceText', { question, text: cut(0, offsets.length) });
}
