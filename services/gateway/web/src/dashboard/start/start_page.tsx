// The first run: a file, perhaps a first model, and the first question.
import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { href, navigate } from '../../app/router';
import { t } from '../../i18n/data';
import { Button } from '../../ui/button';
import { Page, Panel } from '../../ui/page';
import { useLoaded } from '../common/load';
import { listNames, servingModels, type Names } from '../common/names';
import { Show } from '../common/parts';
import { UploadedNote, UploadForm, type Uploaded } from '../data/upload_form';
import { QueueForm } from '../queues/queue_form';
import { FirstModel } from './first_model';
import './start_page.css';

type Step = 'upload' | 'train' | 'ask';

export function StartPage() {
  const step = useSignal<Step>('upload');
  const uploads = useSignal<Uploaded[]>([]);
  const names = useLoaded(listNames, [step.value, uploads.value.length]);
  const dataset = uploads.value.find(({ kind }) => kind === 'annotations')?.name;
  const source = uploads.value.findLast(({ kind }) => kind === 'texts')?.name;
  const take = (uploaded: Uploaded) => {
    uploads.value = [...uploads.value, uploaded];
    step.value = uploaded.kind === 'texts' ? 'ask' : 'train';
  };
  return (
    <Page title={t('start')}>
      <Steps now={step.value} hasModel={dataset !== undefined} />
      {uploads.value.map((uploaded) => (
        <UploadedNote key={uploaded.name} uploaded={uploaded} />
      ))}
      {step.value === 'upload' && (
        <Panel>
          <div class="stack">
            <p class="lead">{t('startLead')}</p>
            <UploadForm onUploaded={take} />
            {!!names.value?.sources.length && (
              <div>
                <Button kind="quiet" onClick={() => (step.value = 'ask')}>
                  {t('useTexts')}
                </Button>
              </div>
            )}
          </div>
        </Panel>
      )}
      {step.value === 'train' && (
        <Panel>
          <FirstModel dataset={dataset!} onDone={() => (step.value = 'ask')} />
        </Panel>
      )}
      {step.value === 'ask' && (
        <Show of={names}>
          {(value) => <Ask names={value} {...{ dataset, source }} onUploaded={take} />}
        </Show>
      )}
    </Page>
  );
}

function Steps({ now, hasModel }: { now: Step; hasModel: boolean }) {
  const step = (name: Step, text: string): ComponentChildren => (
    <li aria-current={now === name ? 'step' : undefined}>{text}</li>
  );
  return (
    <ol class="steps">
      {step('upload', t('stepUpload'))}
      {(hasModel || now === 'upload') && step('train', t('stepTrain'))}
      {step('ask', t('stepAsk'))}
    </ol>
  );
}

interface AskProps {
  names: Names;
  dataset: string | undefined;
  source: string | undefined;
  onUploaded: (uploaded: Uploaded) => void;
}

function Ask({ names, dataset, source, onUploaded }: AskProps) {
  if (!source && names.sources.length === 0) {
    return (
      <Panel title={t('textsNow')}>
        <div class="stack">
          <p class="lead">{t('textsNowLead')}</p>
          <UploadForm only="texts" onUploaded={onUploaded} />
        </div>
      </Panel>
    );
  }
  const model = dataset && servingModels(names).includes(dataset) ? dataset : undefined;
  const labels = names.datasets.find(({ name }) => name === dataset)?.labels ?? [];
  return (
    <>
      <Panel>
        <QueueForm
          key={source}
          names={names}
          action={t('begin')}
          initial={{
            ...(source && { source }),
            ...(model && { model }),
            labels: labels.join(', '),
            exclude: dataset ? [dataset] : [],
          }}
          onCreated={(queue) => navigate(href('annotate', { queue }))}
        />
      </Panel>
      {!source && (
        <Panel title={t('otherTexts')}>
          <UploadForm only="texts" onUploaded={onUploaded} />
        </Panel>
      )}
    </>
  );
}
