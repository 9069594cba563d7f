import type { TrainingJob } from '@gen/winnow/training/v1/training_pb';
import { training } from '../../api/training';
import { href, type Route } from '../../app/router';
import { t as td } from '../../i18n/dashboard';
import { t } from '../../i18n/models';
import { Empty, Page } from '../../ui/page';
import { DataTable } from '../../ui/table';
import { allPages, useLoaded } from '../common/load';
import { Badge, dateOf, Show, When } from '../common/parts';
import { isOver, nameOf, progressInWords, stateOf, tookInWords, tookSeconds } from './job_words';
import { TrainButton } from './train_button';

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
          width: '15rem',
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
