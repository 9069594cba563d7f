// The log of a data set as rows of a table.
import { Preference, Verdict } from '@gen/winnow/common/v1/common_pb';
import type { Answer, LogEntry } from '@gen/winnow/annotation/v1/annotation_pb';
import { t } from '../../i18n/data';
import { offsetsOf } from '../../text/offsets';

export interface AnswerRow {
  answer: Answer;
  /** It was taken back since. */
  undone: boolean;
}

/** The rows with further entries of the log; answers that were taken back are marked. */
export function withEntries(rows: readonly AnswerRow[], entries: readonly LogEntry[]): AnswerRow[] {
  const all = [...rows];
  const undone = new Set<bigint>();
  for (const { entry } of entries) {
    if (entry.case === 'answer') all.push({ answer: entry.value, undone: false });
    if (entry.case === 'undo') undone.add(entry.value.undoneRevision);
  }
  if (undone.size === 0) return all;
  return all.map((row) => (undone.has(row.answer.revision) ? { ...row, undone: true } : row));
}

export function verdictName(verdict: Verdict): string {
  if (verdict === Verdict.ACCEPT) return t('accept');
  return verdict === Verdict.REJECT ? t('reject') : t('ignore');
}

/** Why an answer may count for nothing, or less; empty for most. */
export function remarkOn({ answer, undone }: AnswerRow): string {
  if (undone) return t('undone');
  if (answer.check) return t('check');
  if (answer.surplus) return t('surplus');
  return answer.late ? t('late') : '';
}

/** "job_title: Chef; ✗ job_title: Paris": what was judged, or marked. */
export function spansInWords({ text, judgements, comparison }: Answer): string {
  if (comparison) return preferenceInWords(comparison);
  const offsets = offsetsOf(text);
  return judgements
    .map(({ span, verdict }) => {
      const words = text.slice(offsets.toUnits(span!.start), offsets.toUnits(span!.end));
      return `${verdict === Verdict.REJECT ? '✗ ' : ''}${span!.label}: ${words}`;
    })
    .join('; ');
}

function preferenceInWords(comparison: NonNullable<Answer['comparison']>): string {
  switch (comparison.preference) {
    case Preference.A:
      return t('prefer', { name: comparison.modelA });
    case Preference.B:
      return t('prefer', { name: comparison.modelB });
    case Preference.TIE:
      return t('tie');
    default:
      return '';
  }
}

export interface AnswerFilter {
  /** '' for any, else a number of the enum. */
  verdict: string;
  label: string;
  person: string;
}

export function matching(rows: readonly AnswerRow[], filter: AnswerFilter): readonly AnswerRow[] {
  const { verdict, label, person } = filter;
  if (!verdict && !label && !person) return rows;
  return rows.filter(
    ({ answer }) =>
      (!verdict || String(answer.verdict) === verdict) &&
      (!person || answer.annotator === person) &&
      (!label || answer.judgements.some(({ span }) => span!.label === label)),
  );
}

export const peopleOf = (rows: readonly AnswerRow[]) =>
  [...new Set(rows.map(({ answer }) => answer.annotator))].filter(Boolean).sort();
