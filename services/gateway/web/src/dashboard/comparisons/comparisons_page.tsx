import { useSignal } from '@preact/signals';
import type { Comparison } from '@gen/winnow/evaluation/v1/evaluation_pb';
import { evaluation } from '../../api/evaluation';
import { may } from '../../api/session';
import { href, type Route } from '../../app/router';
import { t } from '../../i18n/comparisons';
import { t as td } from '../../i18n/dashboard';
import { Button } from '../../ui/button';
import { Empty, Page } from '../../ui/page';
import { DataTable } from '../../ui/table';
import { allPages, useLoaded } from '../common/load';
import { Badge, dateOf, For, Show, When } from '../common/parts';
import { ComparisonDialog } from './comparison_form';
import { stateName } from './comparison_words';

const listComparisons = () =>
  allPages(
    (page) => evaluation.listComparisons(page),
    ({ comparisons }) => comparisons,
  );

/** All comparisons; `?a=...&b=...` opens the form for a new one. */
export function ComparisonsPage({ route }: { route: Route }) {
  const comparisons = useLoaded(listComparisons, [], { every: 5000 });
  const [modelA, modelB] = [route.query.get('a'), route.query.get('b')];
  const creating = useSignal(may('manager') && modelB !== null);
  return (
    <Page
      title={t('comparisons')}
      actions={
        <For role="manager">
          <Button kind="primary" onClick={() => (creating.value = true)}>
            {t('newComparison')}
          </Button>
        </For>
      }
    >
      <Show of={comparisons}>
        {(rows) =>
          rows.length === 0 ? <Empty text={t('noComparisons')} /> : <Table comparisons={rows} />
        }
      </Show>
      {creating.value && (
        <ComparisonDialog
          initial={{ ...(modelA && { modelA }), ...(modelB && { modelB }) }}
          onClose={() => (creating.value = false)}
        />
      )}
    </Page>
  );
}

function Table({ comparisons }: { comparisons: Comparison[] }) {
  return (
    <DataTable
      name={t('comparisons')}
      rows={comparisons}
      keyOf={({ spec }) => spec!.name}
      columns={[
        {
          title: t('comparison'),
          value: ({ spec }) => spec!.name,
          cell: ({ spec, problem }) => (
            <>
              <a href={href('comparison', { name: spec!.name })}>{spec!.name}</a>{' '}
              {problem && <Badge kind="bad">{problem}</Badge>}
            </>
          ),
        },
        { title: t('modelA'), value: ({ versionA }) => versionA },
        { title: t('modelB'), value: ({ versionB }) => versionB },
        { title: td('source'), wideOnly: true, value: ({ spec }) => spec?.source },
        { title: t('state'), wideOnly: true, value: stateName },
        {
          title: td('made'),
          wideOnly: true,
          value: ({ createTime }) => dateOf(createTime),
          cell: ({ createTime }) => <When time={createTime} />,
        },
      ]}
    />
  );
}
