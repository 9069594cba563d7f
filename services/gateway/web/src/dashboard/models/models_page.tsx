import { useSignal } from '@preact/signals';
import type { Model } from '@gen/winnow/training/v1/training_pb';
import { may } from '../../api/session';
import { href } from '../../app/router';
import { t } from '../../i18n/models';
import { Button } from '../../ui/button';
import { Empty, Page } from '../../ui/page';
import { DataTable } from '../../ui/table';
import { useLoaded } from '../common/load';
import { listModels } from '../common/names';
import { Badge, count, For, Show } from '../common/parts';
import { TrainButton } from '../jobs/train_button';
import { ImportDialog } from './import_dialog';
import { versionAt, type Alias } from './versions';

export function ModelsPage() {
  const models = useLoaded(listModels, [], { every: 10_000 });
  const importing = useSignal(false);
  return (
    <Page
      title={t('models')}
      actions={
        <div class="row">
          <For role="manager">
            <Button onClick={() => (importing.value = true)}>{t('import')}</Button>
          </For>
          <TrainButton />
        </div>
      }
    >
      <Show of={models}>
        {(rows) =>
          rows.length === 0 ? (
            <Empty text={t('noModels')}>
              {may('manager') && (
                <a class="button primary" href={href('start')}>
                  {t('begin')}
                </a>
              )}
            </Empty>
          ) : (
            <ModelTable models={rows} />
          )
        }
      </Show>
      {importing.value && <ImportDialog onClose={() => (importing.value = false)} />}
    </Page>
  );
}

function ModelTable({ models }: { models: Model[] }) {
  const version = (alias: Alias) => ({
    value: (model: Model) => model.aliases[alias],
    cell: (model: Model) => {
      const name = versionAt(model, alias);
      return name && <VersionLink name={name} />;
    },
  });
  return (
    <DataTable
      name={t('models')}
      rows={models}
      keyOf={({ name }) => name}
      columns={[
        {
          title: t('model'),
          value: ({ name }) => name,
          cell: ({ name, problem }) => (
            <>
              <a href={href('model', { name })}>{name}</a>{' '}
              {problem && <Badge kind="bad">{problem}</Badge>}
            </>
          ),
        },
        { title: t('serving'), ...version('serving') },
        { title: t('candidate'), ...version('candidate') },
        { title: t('previous'), wideOnly: true, ...version('previous') },
        {
          title: t('versions'),
          number: true,
          wideOnly: true,
          value: ({ numVersions }) => numVersions,
          cell: ({ numVersions }) => count(numVersions),
        },
      ]}
    />
  );
}

export function VersionLink({ name }: { name: string }) {
  const [model, version] = name.split('@') as [string, string?];
  return <a href={href('model', { name: model }, version ? { version } : {})}>{name}</a>;
}
