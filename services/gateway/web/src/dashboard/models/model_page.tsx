// A model: its versions and how they came about, and one of them in full (`?version=N`).
import { useEffect, useRef } from 'preact/hooks';
import type { Model, ModelVersion } from '@gen/winnow/training/v1/training_pb';
import { training } from '../../api/training';
import { href, type Route } from '../../app/router';
import { t as td } from '../../i18n/dashboard';
import { formatNumber } from '../../i18n/language';
import { t } from '../../i18n/models';
import { Page, Panel } from '../../ui/page';
import { DataTable } from '../../ui/table';
import { useLoaded } from '../common/load';
import { Badge, DatasetLinks, dateOf, Details, Show, When } from '../common/parts';
import { JobTable, listJobs } from '../jobs/jobs_page';
import { TrainButton } from '../jobs/train_button';
import { LineageGraph } from './lineage';
import { VersionLink } from './models_page';
import { Quality } from './quality_plot';
import { Report } from './report';
import { VersionActions } from './version_actions';
import { aliasNames, loadVersions, numberOf, originOf, reportOf, versionAt } from './versions';
import type { Versions } from './versions';

export function ModelPage({ route }: { route: Route }) {
  const name = route.params['name']!;
  const loaded = useLoaded(() => loadVersions(name), [name], { every: 10_000 });
  const wanted = route.query.get('version');
  const model = loaded.value?.model;
  const current = wanted
    ? `${name}@${wanted}`
    : (model && versionAt(model, 'serving')) || undefined;
  return (
    <Page title={name} actions={<TrainButton initial={{ output: name, parent: name }} />}>
      <Show of={loaded}>
        {(value) => (
          <>
            <div class="columns">
              <Panel title={t('lineage')}>
                <LineageGraph
                  versions={value.versions}
                  aliases={aliasNames(value.model)}
                  current={current}
                />
              </Panel>
              <Quality versions={value.versions} />
            </div>
            <VersionTable {...value} />
            {current && (
              <VersionView
                key={current}
                name={current}
                model={value.model}
                wanted={wanted !== null}
                onChanged={loaded.reload}
              />
            )}
          </>
        )}
      </Show>
    </Page>
  );
}

function VersionTable({ model, versions }: Versions) {
  return (
    <DataTable
      plain={versions.length < 12}
      name={t('versions')}
      rows={[...versions].reverse()}
      keyOf={({ name }) => name}
      columns={[
        {
          title: t('version'),
          value: ({ name }) => numberOf(name),
          cell: ({ name }) => (
            <>
              <VersionLink name={name} /> <AliasBadge name={name} model={model} />
            </>
          ),
        },
        {
          title: t('parent'),
          value: ({ parent }) => parent || t('nothing'),
          cell: ({ parent }) => (parent ? <VersionLink name={parent} /> : t('nothing')),
        },
        {
          title: td('made'),
          value: ({ createTime }) => dateOf(createTime),
          cell: ({ createTime, problem }) =>
            problem ? t('unusable', { problem }) : <When time={createTime} />,
        },
        {
          title: t('labels'),
          wideOnly: true,
          value: ({ labels }) => labels.join(', '),
        },
        {
          title: t('size'),
          number: true,
          wideOnly: true,
          value: ({ sizeBytes }) => sizeBytes,
          cell: ({ sizeBytes }) => megabytes(sizeBytes),
        },
      ]}
    />
  );
}

const megabytes = (bytes: bigint) => `${formatNumber(Number(bytes) / 1e6, 1)} MB`;

interface ViewProps {
  name: string;
  model: Model;
  onChanged: () => void;
}

// `wanted`: the address names it, so it is what is seen first.
function VersionView({ name, model, onChanged, wanted }: ViewProps & { wanted: boolean }) {
  const version = useLoaded(() => training.getModelVersion({ name }), [name]);
  const section = useRef<HTMLElement>(null);
  const isLoaded = version.value !== undefined;
  useEffect(() => {
    if (wanted && isLoaded) section.current?.scrollIntoView();
  }, [wanted, isLoaded]);
  return (
    <Show of={version}>
      {(value) => {
        const report = reportOf(value);
        return (
          <section ref={section} class="stack version" aria-labelledby="version">
            <div class="page-head">
              <h2 id="version">
                {name} <AliasBadge name={name} model={model} />
              </h2>
              <VersionActions {...{ name, model, onChanged }} />
            </div>
            <About version={value} />
            {report && <Report report={report} />}
            <JobsOf name={name} />
          </section>
        );
      }}
    </Show>
  );
}

function AliasBadge({ name, model }: Pick<ViewProps, 'name' | 'model'>) {
  const alias = aliasNames(model)[name];
  if (!alias) return null;
  const serves = versionAt(model, 'serving') === name;
  const waits = versionAt(model, 'candidate') === name;
  return <Badge kind={serves ? 'good' : waits ? 'warn' : 'plain'}>{alias}</Badge>;
}

function About({ version }: { version: ModelVersion }) {
  const { datasets, jobId } = originOf(version);
  return (
    <Panel>
      <Details
        of={[
          [t('labels'), version.labels.join(', ')],
          [t('parent'), version.parent ? <VersionLink name={version.parent} /> : t('nothing')],
          [t('data'), datasets.length > 0 && <DatasetLinks names={datasets} />],
          [t('job'), jobId && <a href={href('job', { id: jobId })}>{jobId}</a>],
          [td('made'), <When key="made" time={version.createTime} />],
          [t('size'), megabytes(version.sizeBytes)],
          [t('digest'), <code key="digest">{version.digest.slice(0, 16)}</code>],
        ]}
      />
    </Panel>
  );
}

function JobsOf({ name }: { name: string }) {
  const jobs = useLoaded(listJobs, [name]);
  const own = (jobs.value ?? []).filter(
    ({ spec, report }) => spec?.judgedVersion === name || report?.modelVersion === name,
  );
  if (own.length === 0) return null;
  return (
    <Panel title={t('jobsOf')}>
      <JobTable jobs={own} plain />
    </Panel>
  );
}
