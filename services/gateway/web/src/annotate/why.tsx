// Why a task is asked, and what the model thinks of it.
import type { Task } from '@gen/winnow/annotation/v1/annotation_pb';
import { t } from '../i18n/annotate';
import { formatPercent } from '../i18n/language';
import { printable } from '../text/printable';
import { likelihoodOf } from './teach';
import './why.css';

const strategies = {
  uncertainty: 'strategyUncertainty',
  deviation: 'strategyDeviation',
  entropy: 'strategyEntropy',
  random: 'strategyRandom',
  patterns: 'strategyPatterns',
  audit: 'strategyAudit',
  source: 'strategySource',
  comparison: 'strategyComparison',
  disagreement: 'strategyDisagreement',
  unanimous: 'strategyUnanimous',
} as const;

/** A strategy in words; one that is new here by its name. */
export function reasonOf(strategy: string): string {
  return Object.hasOwn(strategies, strategy)
    ? t(strategies[strategy as keyof typeof strategies])
    : strategy;
}

export function Why({ task, score }: { task: Task; score?: number | undefined }) {
  return (
    <div class="why">
      {score !== undefined && (
        <span class="score" title={t('scoreHint')}>
          <span class="scale" style={{ '--score': `${score * 100}%` }} />
          {t(likelihoodOf(score))} <span class="number">{formatPercent(score)}</span>
        </span>
      )}
      <span>{reasonOf(task.strategy)}</span>
      <Details task={task} />
    </div>
  );
}

function Details({ task }: { task: Task }) {
  const rows = [
    [t('version'), task.modelVersion],
    [t('learnerSteps'), task.learnerStep ? String(task.learnerStep) : ''],
    ...metaOf(task),
  ].filter(([, value]) => value);
  if (rows.length === 0) return null;
  return (
    <details>
      <summary>{t('details')}</summary>
      <dl>
        {rows.map(([name, value]) => (
          <>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </>
        ))}
      </dl>
    </details>
  );
}

/** What came with the text, key by key. */
function metaOf({ metaJson }: Task): [string, string][] {
  if (!metaJson) return [];
  try {
    const meta = JSON.parse(metaJson) as Record<string, unknown>;
    return Object.entries(meta).map(([key, value]) => [
      printable(key),
      printable(typeof value === 'string' ? value : JSON.stringify(value)),
    ]);
  } catch {
    return [[t('meta'), printable(metaJson)]];
  }
}
