import type { TrainingJob } from '@gen/winnow/training/v1/training_pb';
import { training } from '../../api/training';
import { href, navigate, type Route } from '../../app/router';
import { useSignal } from '@preact/signals';
import { formatTime } from '../../i18n/language';
import { t } from '../../i18n/models';
import { t as td } from '../../i18n/dashboard';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { Empty, Page, Panel } from '../../ui/page';
import { DataTable } from '../../ui/table';
import { Report } from '../models/report';
import { TrainForm, type TrainDraft } from '../models/train_form';
import { allPages, useLoaded } from '../common/load';
import { listNames } from '../common/names';
import { Badge, Confirm, dateOf, Details, For, Show, When } from '../common/parts';
import { JobProgress, useJob } from './job_progress';
import { isOver, nameOf, progressInWords, stateOf, tookInWords, tookSeconds } from './job_words';
import type { LogLine } from './job_words';

export const listJobs = () =>
  allPages(
    (page) => training.listTrainingJobs(page),
    ({ jobs }) => jobs,
  );

/** All jobs; `?train=DATASET` opens the form for a training from it. */
export function JobsPage({ route }: { route: Route }) {
  const jobs = useLoaded(listJobs, [], { every: 2000 });
  const dataset = route.query.get('train');
  return (
    <Page
      title={t('jobs')}
      actions={<TrainButton initial={dataset ? { datasets: [dataset] } : {}} isOpen={!!dataset} />}
    >
      <Show of={jobs}>
        {(rows) => (rows.length === 0 ? <Empty text={t('noJobs')} /> : <JobTable jobs={rows} />)}
      </Show>
    </Page>
  );
}

export function JobTable({ jobs, plain = false }: { jobs: TrainingJob[]; plain?: boolean }) {
  return (
    <DataTable
      plain={plain}
      name={t('jobs')}
      rows={jobs}
      keyOf={({ id }) => id}
      columns={[
        {
          title: t('job'),
          value: nameOf,
          cell: (job) => <a href={href('job', { id: job.id })}>{nameOf(job)}</a>,
        },
        {
          title: t('progress'),
          value: (job) => stateOf(job).text,
          cell: (job) => (
            <>
              <Badge kind={stateOf(job).kind}>{stateOf(job).text}</Badge>{' '}
              {!isOver(job) && <span class="soft small">{progressInWords(job.progress)}</span>}
            </>
          ),
        },
        {
          title: t('result'),
          value: (job) => job.report?.modelVersion || job.error?.message,
          wideOnly: true,
        },
        {
          title: td('made'),
          wideOnly: true,
          value: ({ createTime }) => dateOf(createTime),
          cell: ({ createTime }) => <When time={createTime} />,
        },
        {
          title: t('took'),
          number: true,
          wideOnly: true,
          value: (job) => tookSeconds(job),
          cell: tookInWords,
        },
      ]}
    />
  );
}

interface TrainProps {
  initial?: Partial<TrainDraft>;
  isOpen?: boolean;
}

/** Opens the form for a new version. */
export function TrainButton({ initial = {}, isOpen = false }: TrainProps) {
  const open = useSignal(isOpen);
  return (
    <For role="manager">
      <Button kind="primary" onClick={() => (open.value = true)}>
        {t('train')}
      </Button>
      {open.value && <TrainDialog initial={initial} onClose={() => (open.value = false)} />}
    </For>
  );
}

function TrainDialog(props: { initial: Partial<TrainDraft>; onClose: () => void }) {
  const names = useLoaded(listNames);
  return (
    <Dialog title={t('trainTitle')} wide onClose={props.onClose}>
      <Show of={names}>
        {(value) => (
          <TrainForm
            names={value}
            initial={props.initial}
            onStarted={(id) => navigate(href('job', { id }))}
          />
        )}
      </Show>
    </Dialog>
  );
}

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
        [t('data'), spec?.datasets.join(', ')],
        [t('labels'), spec?.labels.join(', ')],
        [t('parent'), spec?.parent],
        [t('goldField'), spec?.evalDatasets.join(', ')],
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
