import { useSignal } from '@preact/signals';
import type { Source } from '@gen/winnow/annotation/v1/annotation_pb';
import { annotation } from '../../api/annotation';
import { uuid } from '../../api/ids';
import { may } from '../../api/session';
import { t as td } from '../../i18n/dashboard';
import { t } from '../../i18n/data';
import { Button } from '../../ui/button';
import { Empty, Page } from '../../ui/page';
import { DataTable } from '../../ui/table';
import { toast } from '../../ui/toast';
import { useLoaded } from '../common/load';
import { listSources } from '../common/names';
import { Confirm, count, dateOf, For, Show, When } from '../common/parts';
import { NewQueueDialog } from '../queues/new_queue_dialog';
import { EraseDialog } from './erase_dialog';
import { UploadDialog } from './upload_dialog';

export function SourcesPage() {
  const sources = useLoaded(listSources, [], { every: 10_000 });
  const uploading = useSignal(false);
  const erasing = useSignal(false);
  const deleted = useSignal<string | undefined>(undefined);
  const asked = useSignal<string | undefined>(undefined);
  return (
    <Page
      title={t('sources')}
      actions={
        <div class="row">
          <For role="admin">
            <Button onClick={() => (erasing.value = true)}>{t('eraseMany')}</Button>
          </For>
          <For role="manager">
            <Button kind="primary" onClick={() => (uploading.value = true)}>
              {t('upload')}
            </Button>
          </For>
        </div>
      }
    >
      <Show of={sources}>
        {(rows) =>
          rows.length === 0 ? (
            <Empty text={t('noSources')} />
          ) : (
            <SourceTable
              sources={rows}
              onAsk={(name) => (asked.value = name)}
              onDelete={(name) => (deleted.value = name)}
            />
          )
        }
      </Show>
      {uploading.value && (
        <UploadDialog
          only="texts"
          onClose={() => {
            uploading.value = false;
            sources.reload();
          }}
        />
      )}
      {erasing.value && (
        <EraseDialog
          onClose={() => {
            erasing.value = false;
            sources.reload();
          }}
        />
      )}
      {asked.value && (
        <NewQueueDialog
          initial={{ source: asked.value }}
          onClose={() => (asked.value = undefined)}
        />
      )}
      {deleted.value && (
        <Confirm
          title={t('deleteTitle', { name: deleted.value })}
          action={td('delete')}
          danger
          act={async () => {
            const name = deleted.value!;
            await annotation.deleteSource({ requestId: uuid(), name });
            toast({ text: t('deleted', { name }), kind: 'good' });
            sources.reload();
          }}
          onClose={() => (deleted.value = undefined)}
        >
          <p>{t('deleteSourceText')}</p>
        </Confirm>
      )}
    </Page>
  );
}

interface TableProps {
  sources: Source[];
  onAsk: (name: string) => void;
  onDelete: (name: string) => void;
}

function SourceTable({ sources, onAsk, onDelete }: TableProps) {
  return (
    <DataTable
      name={t('sources')}
      rows={sources}
      keyOf={({ name }) => name}
      columns={[
        { title: td('source'), value: ({ name }) => name },
        {
          title: t('textsColumn'),
          number: true,
          value: ({ numExamples }) => numExamples,
          cell: ({ numExamples }) => count(numExamples),
        },
        {
          title: td('made'),
          wideOnly: true,
          value: ({ createTime }) => dateOf(createTime),
          cell: ({ createTime }) => <When time={createTime} />,
        },
      ]}
      actions={
        !may('manager')
          ? undefined
          : ({ name }) => (
              <>
                <Button onClick={() => onAsk(name)}>{t('newQueue')}</Button>{' '}
                <Button
                  kind="quiet"
                  aria-label={t('deleteTitle', { name })}
                  onClick={() => onDelete(name)}
                >
                  {td('delete')}
                </Button>
              </>
            )
      }
    />
  );
}
