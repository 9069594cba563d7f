import { useSignal } from '@preact/signals';
import { ComparisonVerdict } from '@gen/winnow/evaluation/v1/evaluation_pb';
import type { Comparison, ComparisonResult } from '@gen/winnow/evaluation/v1/evaluation_pb';
import { evaluation } from '../../api/evaluation';
import { uuid } from '../../api/ids';
import { href, navigate, type Route } from '../../app/router';
import { t } from '../../i18n/comparisons';
import { t as td } from '../../i18n/dashboard';
import { formatNumber } from '../../i18n/language';
import { Button } from '../../ui/button';
import { PartsBar } from '../../ui/charts';
import { Page, Panel } from '../../ui/page';
import { toast } from '../../ui/toast';
import { useAction } from '../common/action';
import { Share } from '../common/figures';
import { useLoaded } from '../common/load';
import { Badge, Confirm, count, Details, Facts } from '../common/parts';
import { FailureNote, For, Note, Progress, Show } from '../common/parts';
import { VersionLink } from '../models/models_page';
import { isMade, sameInWords, stateName, verdictOf } from './comparison_words';

export function ComparisonPage({ route }: { route: Route }) {
  const name = route.params['name']!;
  const comparison = useLoaded(() => evaluation.getComparison({ name }), [name], { every: 2000 });
  return (
    <Page title={name} actions={comparison.value && <Actions comparison={comparison.value} />}>
      <Show of={comparison}>
        {(value) => (isMade(value) ? <Made comparison={value} /> : <Making comparison={value} />)}
      </Show>
    </Page>
  );
}

function Actions({ comparison }: { comparison: Comparison }) {
  const deleting = useSignal(false);
  const name = comparison.spec!.name;
  const stopping = useAction(() => evaluation.cancelComparison({ name }));
  return (
    <div class="row">
      {stopping.failure && <FailureNote failure={stopping.failure} />}
      <For role="manager">
        {isMade(comparison) ? (
          <Button kind="danger" onClick={() => (deleting.value = true)}>
            {t('delete')}
          </Button>
        ) : (
          <Button disabled={stopping.busy} onClick={() => stopping.run()}>
            {t('cancel')}
          </Button>
        )}
      </For>
      {comparison.queue && (
        <a class="button primary" href={href('annotate', { queue: comparison.queue })}>
          {t('judge')}
        </a>
      )}
      {deleting.value && (
        <Confirm
          title={t('deleteTitle', { name })}
          action={t('delete')}
          danger
          act={async () => {
            await evaluation.deleteComparison({ requestId: uuid(), name });
            toast({ text: t('deleted', { name }), kind: 'good' });
            navigate(href('comparisons'));
          }}
          onClose={() => (deleting.value = false)}
        >
          <p>{t('deleteText')}</p>
        </Confirm>
      )}
    </div>
  );
}

function Making({ comparison }: { comparison: Comparison }) {
  const { numDone, numTotal } = comparison;
  const share = numDone === undefined || !numTotal ? undefined : Number(numDone) / Number(numTotal);
  return (
    <Panel>
      <Progress share={share} label={stateName(comparison)} />
    </Panel>
  );
}

function Made({ comparison }: { comparison: Comparison }) {
  const { result, error } = comparison;
  const { name, meaning, kind } = verdictOf(comparison);
  const isRunning = result?.verdict === ComparisonVerdict.RUNNING;
  return (
    <>
      {error && <Note kind="bad">{error}</Note>}
      <Panel title={t('verdict')}>
        <div class="stack">
          <p class="row">
            <Badge kind={kind}>{name}</Badge> {meaning}
          </p>
          {result && !isRunning && <Counts result={result} />}
          {result && isRunning && (
            <details>
              <summary>{t('countsSoFar')}</summary>
              <div class="stack">
                <p class="soft small">{t('countsHint')}</p>
                <Counts result={result} />
              </div>
            </details>
          )}
        </div>
      </Panel>
      <Panel>
        <About comparison={comparison} />
      </Panel>
    </>
  );
}

function Counts({ result }: { result: ComparisonResult }) {
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

function About({ comparison }: { comparison: Comparison }) {
  const { versionA, versionB, spec } = comparison;
  return (
    <div class="stack">
      <p class="lead">{sameInWords(comparison)}</p>
      <Details
        of={[
          [t('modelA'), <VersionLink key="a" name={versionA} />],
          [t('modelB'), <VersionLink key="b" name={versionB} />],
          [td('source'), spec?.source],
          [t('labels'), spec?.labels.join(', ')],
        ]}
      />
    </div>
  );
}
