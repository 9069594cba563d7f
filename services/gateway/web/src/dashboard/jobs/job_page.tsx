import { useSignal } from '@preact/signals';
import type { TrainingJob } from '@gen/winnow/training/v1/training_pb';
import { training } from '../../api/training';
import { href, type Route } from '../../app/router';
import { formatTime } from '../../i18n/language';
import { t } from '../../i18n/models';
import { Button } from '../../ui/button';
import { Page, Panel } from '../../ui/page';
import { Confirm, DatasetLinks, Details, For, Show, When } from '../common/parts';
import { QualityOf } from '../models/quality_plot';
import { Report } from '../models/report';
import { JobProgress, useJob } from './job_progress';
import { isOver, nameOf, tookInWords, type LogLine } from './job_words';

export function JobPage({ route }: { route: Route }) {
  const { job, log } = useJob(route.params['id']!);
  const now = job.value;
  return (
    <Page title={now ? nameOf(now) : t('job')} actions={now && <CancelButton job={now} />}>
      <Show of={job}>
        {(value) => (
          <>
            <Panel title={t('progress')}>
              <div class="stack">
                <JobProgress job={value} log={log} />
                <Spec job={value} />
                {log.length > 1 && <Log lines={log} />}
              </div>
            </Panel>
            {value.report && <Report report={value.report} />}
            {value.report?.modelVersion && (
              <QualityOf model={value.report.modelVersion.split('@')[0]!} />
            )}
          </>
        )}
      </Show>
    </Page>
  );
}

function Spec({ job }: { job: TrainingJob }) {
  const { spec, report } = job;
  const version = report?.modelVersion.split('@');
  return (
    <Details
      of={[
        [
          t('result'),
          version?.[1] && (
            <a href={href('model', { name: version[0]! }, { version: version[1] })}>
              {report!.modelVersion}
            </a>
          ),
        ],
        [t('data'), !!spec?.datasets.length && <DatasetLinks names={spec.datasets} />],
        [t('labels'), spec?.labels.join(', ')],
        [t('parent'), spec?.parent],
        [t('goldField'), !!spec?.evalDatasets.length && <DatasetLinks names={spec.evalDatasets} />],
        [t('pool'), spec?.pool],
        [t('started'), job.startTime && <When time={job.startTime} />],
        [t('took'), tookInWords(job)],
      ]}
    />
  );
}

function Log({ lines }: { lines: readonly LogLine[] }) {
  return (
    <details>
      <summary>{t('log')}</summary>
      <ol class="log" tabIndex={0} aria-label={t('log')}>
        {lines.map(({ time, text, loss }, index) => (
          <li key={index}>
            <time dateTime={time.toISOString()} title={formatTime(time)}>
              {time.toLocaleTimeString()}
            </time>{' '}
            {text}
            {loss !== undefined && `, ${t('loss')} ${loss.toFixed(4)}`}
          </li>
        ))}
      </ol>
    </details>
  );
}

function CancelButton({ job }: { job: TrainingJob }) {
  const asked = useSignal(false);
  if (isOver(job) || job.cancelRequested) return null;
  return (
    <For role="manager">
      <Button kind="danger" onClick={() => (asked.value = true)}>
        {t('cancelJob')}
      </Button>
      {asked.value && (
        <Confirm
          title={t('cancelTitle')}
          action={t('cancelJob')}
          danger
          act={() => training.cancelTrainingJob({ id: job.id })}
          onClose={() => (asked.value = false)}
        >
          <p>{t('cancelText')}</p>
        </Confirm>
      )}
    </For>
  );
}
