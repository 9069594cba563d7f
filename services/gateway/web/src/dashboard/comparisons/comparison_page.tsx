import { useSignal } from '@preact/signals';
import { ComparisonVerdict } from '@gen/winnow/evaluation/v1/evaluation_pb';
import type { Comparison } from '@gen/winnow/evaluation/v1/evaluation_pb';
import { evaluation } from '../../api/evaluation';
import { uuid } from '../../api/ids';
import { href, navigate, type Route } from '../../app/router';
import { t } from '../../i18n/comparisons';
import { t as td } from '../../i18n/dashboard';
import { Button } from '../../ui/button';
import { Page, Panel } from '../../ui/page';
import { toast } from '../../ui/toast';
import { useAction } from '../common/action';
import { useLoaded } from '../common/load';
import { Confirm, Details } from '../common/parts';
import { FailureNote, For, Note, Progress, Show } from '../common/parts';
import { VersionLink } from '../models/models_page';
import { isMade, sameInWords, stateName } from './comparison_words';
import { Counts, Verdict, VerdictName } from './verdict';

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
  const isRunning = result?.verdict === ComparisonVerdict.RUNNING;
  return (
    <>
      {error && <Note kind="bad">{error}</Note>}
      <Panel title={t('verdict')}>
        {isRunning ? (
          <div class="stack">
            <VerdictName comparison={comparison} />
            <details>
              <summary>{t('countsSoFar')}</summary>
              <div class="stack">
                <p class="soft small">{t('countsHint')}</p>
                <Counts result={result} />
              </div>
            </details>
          </div>
        ) : (
          <Verdict comparison={comparison} />
        )}
      </Panel>
      <Panel>
        <About comparison={comparison} />
      </Panel>
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
