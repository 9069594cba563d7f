import type { Queue } from '@gen/winnow/annotation/v1/annotation_pb';
import type { EstimateFromAuditResponse } from '@gen/winnow/evaluation/v1/evaluation_pb';
import { t } from '../i18n/annotate';
import { formatPercent } from '../i18n/language';
import { Button } from '../ui/button';
import { toast } from '../ui/toast';
import { basisOf } from './quality_watch';

interface Props {
  queue: Queue;
  estimate: EstimateFromAuditResponse;
}

/** The F1 of the version that asks, with its interval; a press says what it is of. */
export function Quality({ queue, estimate }: Props) {
  const { figure, numAnswers, minAnswers } = estimate;
  // Enough answers and no figure: their order has a gap, or another queue measures the model.
  if (!basisOf(queue) || (!figure && numAnswers >= minAnswers)) return null;
  const { short, long } = inWords(estimate);
  return (
    <Button kind="quiet" class="quality" title={long} onClick={() => toast({ text: long })}>
      {short}
    </Button>
  );
}

function inWords({ figure, numAnswers, minAnswers }: EstimateFromAuditResponse) {
  if (figure?.f1?.low === undefined || figure.f1.high === undefined) {
    const counts = { n: Number(numAnswers), all: Number(minAnswers) };
    return { short: t('qualityNone', counts), long: t('qualityNoneHint', counts) };
  }
  const { value, low, high } = figure.f1;
  const params = {
    f1: formatPercent(value),
    low: formatPercent(low),
    high: formatPercent(high),
    version: figure.modelVersion,
    n: Number(figure.numItems),
  };
  return { short: t('quality', params), long: t('qualityHint', params) };
}
