// A comparison in words, as the command line's `ner.eval-ab` has them.
import {
  ComparisonState,
  ComparisonVerdict,
  type Comparison,
} from '@gen/winnow/evaluation/v1/evaluation_pb';
import { formatPercent } from '../../i18n/language';
import { t } from '../../i18n/comparisons';
import type { NoteKind } from '../common/parts';

export function stateName({ state, numDone, numTotal }: Comparison): string {
  const names: Partial<Record<ComparisonState, string>> = {
    [ComparisonState.COMPARING]: t('comparing'),
    [ComparisonState.FILLING]: t('filling'),
    [ComparisonState.READY]: t('ready'),
    [ComparisonState.FAILED]: t('failed'),
  };
  const name = names[state] ?? t('unknownState');
  if (numDone === undefined || !numTotal) return name;
  return `${name}, ${t('making', { done: Number(numDone), total: Number(numTotal) })}`;
}

export const isMade = ({ state }: Comparison) =>
  state === ComparisonState.READY || state === ComparisonState.FAILED;

export interface VerdictWords {
  name: string;
  /** What it means, for somebody who decides by it. */
  meaning: string;
  kind: NoteKind;
}

export function verdictOf({ result, versionA, versionB }: Comparison): VerdictWords {
  switch (result?.verdict) {
    case ComparisonVerdict.A:
      return { name: t('verdictA'), meaning: t('meansA', { name: versionA }), kind: 'good' };
    case ComparisonVerdict.B:
      return { name: t('verdictB'), meaning: t('meansB', { name: versionB }), kind: 'good' };
    case ComparisonVerdict.NO_DIFFERENCE:
      return { name: t('verdictSame'), meaning: t('meansSame'), kind: 'plain' };
    case ComparisonVerdict.UNDECIDED:
      return { name: t('verdictUndecided'), meaning: t('meansUndecided'), kind: 'warn' };
    default:
      return { name: t('verdictNone'), meaning: t('meansNone'), kind: 'plain' };
  }
}

/** "The same output on 90 of 100 texts (90 %), different on 10." */
export function sameInWords({ numTexts, numDiffering }: Comparison): string {
  const same = numTexts > numDiffering ? numTexts - numDiffering : 0n;
  return t('sameOn', {
    same: Number(same),
    all: Number(numTexts),
    share: formatPercent(numTexts === 0n ? 0 : Number(same) / Number(numTexts), 1),
    differing: Number(numDiffering),
  });
}
