// The verdict of a comparison, and the counts that it is made of.
import type { Comparison, ComparisonResult } from '@gen/winnow/evaluation/v1/evaluation_pb';
import { t } from '../../i18n/comparisons';
import { formatNumber } from '../../i18n/language';
import { PartsBar } from '../../ui/charts';
import { Share } from '../common/figures';
import { Badge, count, Details, Facts } from '../common/parts';
import { verdictOf } from './comparison_words';

export function Verdict({ comparison }: { comparison: Comparison }) {
  return (
    <div class="stack">
      <VerdictName comparison={comparison} />
      {comparison.result && <Counts result={comparison.result} />}
    </div>
  );
}

/** The verdict by its name, with what it means. */
export function VerdictName({ comparison }: { comparison: Comparison }) {
  const { name, meaning, kind } = verdictOf(comparison);
  return (
    <p class="row">
      <Badge kind={kind}>{name}</Badge> {meaning}
    </p>
  );
}

export function Counts({ result }: { result: ComparisonResult }) {
  const [a, b, ties] = [result.numPreferA, result.numPreferB, result.numTies];
  return (
    <>
      {result.reason && <p class="lead">{result.reason}</p>}
      <Facts
        of={[
          [t('preferA'), count(a)],
          [t('preferB'), count(b)],
          [t('ties'), count(ties)],
          [t('ignored'), count(result.numIgnored)],
        ]}
      />
      <PartsBar
        parts={[
          { label: t('preferA'), value: Number(a), colour: 'var(--label-0)' },
          { label: t('ties'), value: Number(ties), colour: 'var(--line-strong)' },
          { label: t('preferB'), value: Number(b), colour: 'var(--label-1)' },
        ]}
      />
      <Details
        of={[
          [t('preference'), result.preferenceB && <Share of={result.preferenceB} />],
          [
            t('evidence'),
            t('evidenceText', {
              value: formatNumber(result.eValue, 3),
              decides: formatNumber(result.eValueToDecide),
            }),
          ],
        ]}
      />
    </>
  );
}
