import { useSignal } from '@preact/signals';
import type { Dataset } from '@gen/winnow/annotation/v1/annotation_pb';
import { annotation } from '../../api/annotation';
import { uuid } from '../../api/ids';
import { href, navigate } from '../../app/router';
import { t } from '../../i18n/data';
import { t as tu } from '../../i18n/ui';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { TextField } from '../../ui/fields';
import { Empty, Page } from '../../ui/page';
import { DataTable, type Column } from '../../ui/table';
import { toast } from '../../ui/toast';
import { errorOf, useAction } from '../common/action';
import { Many } from '../common/form';
import { useLoaded } from '../common/load';
import { listDatasets } from '../common/names';
import { count, FailureNote, For, Show } from '../common/parts';
import { AgreementDialog } from './agreement';
import { UploadDialog } from './upload_dialog';

type Open = 'upload' | 'merge' | 'agreement';

export function DatasetsPage() {
  const datasets = useLoaded(listDatasets, [], { every: 10_000 });
  const open = useSignal<Open | undefined>(undefined);
  const close = () => {
    open.value = undefined;
    datasets.reload();
  };
  const names = (datasets.value ?? []).map(({ name }) => name);
  return (
    <Page
      title={t('datasets')}
      actions={
        <div class="row">
          {names.length > 0 && (
            <Button onClick={() => (open.value = 'agreement')}>{t('agreementOf')}</Button>
          )}
          <For role="manager">
            {names.length > 1 && (
              <Button onClick={() => (open.value = 'merge')}>{t('merge')}</Button>
            )}
            <Button kind="primary" onClick={() => (open.value = 'upload')}>
              {t('upload')}
            </Button>
          </For>
        </div>
      }
    >
      <Show of={datasets}>
        {(rows) =>
          rows.length === 0 ? (
            <Empty text={t('noDatasets')} />
          ) : (
            <DataTable
              name={t('datasets')}
              rows={rows}
              keyOf={({ name }) => name}
              columns={columns()}
            />
          )
        }
      </Show>
      {open.value === 'upload' && <UploadDialog only="annotations" onClose={close} />}
      {open.value === 'merge' && <MergeDialog names={names} onClose={close} />}
      {open.value === 'agreement' && <AgreementDialog names={names} onClose={close} />}
    </Page>
  );
}

function columns(): Column<Dataset>[] {
  const number = (title: string, of: (dataset: Dataset) => bigint, wideOnly = true) => ({
    title,
    number: true,
    wideOnly,
    value: of,
    cell: (dataset: Dataset) => count(of(dataset)),
  });
  return [
    {
      title: t('datasets'),
      value: ({ name }) => name,
      cell: ({ name }) => <a href={href('dataset', { name })}>{name}</a>,
    },
    { title: t('labels'), wideOnly: true, value: ({ labels }) => labels.join(', ') },
    number(t('answers'), ({ numAnswers }) => numAnswers, false),
    number(t('accepted'), ({ numAccepted }) => numAccepted),
    number(t('rejected'), ({ numRejected }) => numRejected),
    number(t('ignored'), ({ numIgnored }) => numIgnored),
    number(t('textsColumn'), ({ numTexts }) => numTexts),
  ];
}

function MergeDialog({ names, onClose }: { names: string[]; onClose: () => void }) {
  const datasets = useSignal<string[]>([]);
  const output = useSignal('');
  const merging = useAction(async () => {
    const name = output.value.trim();
    await annotation.mergeDatasets({ requestId: uuid(), datasets: datasets.value, output: name });
    toast({ text: t('merged', { name }), kind: 'good' });
    navigate(href('dataset', { name }));
  });
  return (
    <Dialog
      title={t('mergeTitle')}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{tu('cancel')}</Button>
          <Button kind="primary" disabled={merging.busy} onClick={() => merging.run()}>
            {t('merge')}
          </Button>
        </>
      }
    >
      <div class="form">
        <p class="soft">{t('mergeLead')}</p>
        <Many
          legend={t('mergeOf')}
          error={errorOf(merging.failure, 'datasets')}
          of={names}
          value={datasets.value}
          onValue={(value) => (datasets.value = value)}
        />
        <TextField
          label={t('mergeInto')}
          error={errorOf(merging.failure, 'output')}
          value={output.value}
          onValue={(value) => (output.value = value)}
        />
        {merging.failure && <FailureNote failure={merging.failure} />}
      </div>
    </Dialog>
  );
}
