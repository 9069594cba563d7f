import { useSignal } from '@preact/signals';
import type { Dataset } from '@gen/winnow/annotation/v1/annotation_pb';
import { annotation } from '../../api/annotation';
import { uuid } from '../../api/ids';
import { href, navigate, type Route } from '../../app/router';
import { t as td } from '../../i18n/dashboard';
import { t } from '../../i18n/data';
import { Button } from '../../ui/button';
import { Page } from '../../ui/page';
import { toast } from '../../ui/toast';
import { useLoaded } from '../common/load';
import { Confirm, count, Facts, For, Show } from '../common/parts';
import { NewQueueDialog } from '../queues/new_queue_dialog';
import { AgreementDialog } from './agreement';
import { Answers } from './answers';
import { ExportDialog } from './export_dialog';

type Open = 'export' | 'delete' | 'agreement' | 'review';

export function DatasetPage({ route }: { route: Route }) {
  const name = route.params['name']!;
  const dataset = useLoaded(() => annotation.getDataset({ name }), [name]);
  const open = useSignal<Open | undefined>(undefined);
  const close = () => (open.value = undefined);
  // Counted, since the log is read anew after each.
  const erasures = useSignal(0);
  return (
    <Page
      title={name}
      actions={
        <div class="row">
          <Button onClick={() => (open.value = 'agreement')}>{t('agreementOf')}</Button>
          <Button onClick={() => (open.value = 'export')}>{t('export')}</Button>
          <For role="manager">
            <a class="button" href={href('jobs', {}, { train: name })}>
              {t('trainFrom')}
            </a>
            <Button onClick={() => (open.value = 'review')}>{t('reviewThis')}</Button>
            <Button kind="danger" onClick={() => (open.value = 'delete')}>
              {td('delete')}
            </Button>
          </For>
        </div>
      }
    >
      <Show of={dataset}>
        {(value) => (
          <>
            <Counts dataset={value} />
            <Answers
              key={erasures.value}
              dataset={name}
              labels={value.labels}
              onErased={() => {
                erasures.value++;
                dataset.reload();
              }}
            />
            {open.value === 'delete' && (
              <Confirm
                title={t('deleteTitle', { name })}
                action={td('delete')}
                danger
                act={async () => {
                  await annotation.deleteDataset({ requestId: uuid(), name });
                  toast({ text: t('deleted', { name }), kind: 'good' });
                  navigate(href('datasets'));
                }}
                onClose={close}
              >
                <p>{t('deleteText', { n: Number(value.numAnswers) })}</p>
              </Confirm>
            )}
          </>
        )}
      </Show>
      {open.value === 'export' && <ExportDialog dataset={name} onClose={close} />}
      {open.value === 'review' && (
        <NewQueueDialog initial={{ way: 'review', inputs: [name] }} onClose={close} />
      )}
      {open.value === 'agreement' && <AgreementDialog names={[name]} onClose={close} />}
    </Page>
  );
}

function Counts({ dataset }: { dataset: Dataset }) {
  return (
    <Facts
      of={[
        [t('answers'), count(dataset.numAnswers)],
        [t('accepted'), count(dataset.numAccepted)],
        [t('rejected'), count(dataset.numRejected)],
        [t('ignored'), count(dataset.numIgnored)],
        [t('textsColumn'), count(dataset.numTexts)],
      ]}
    />
  );
}
