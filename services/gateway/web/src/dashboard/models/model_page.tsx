// A model: its versions and how they came about, and one of them in full (`?version=N`).
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { Model, ModelVersion } from '@gen/winnow/training/v1/training_pb';
import { uuid } from '../../api/ids';
import { training } from '../../api/training';
import { href, navigate, type Route } from '../../app/router';
import { t as td } from '../../i18n/dashboard';
import { formatNumber } from '../../i18n/language';
import { t } from '../../i18n/models';
import { Button } from '../../ui/button';
import { Plot, rangeAround, type Point } from '../../ui/charts';
import { Page, Panel } from '../../ui/page';
import { DataTable } from '../../ui/table';
import { toast } from '../../ui/toast';
import { useAction } from '../common/action';
import { sampleOf, shareText } from '../common/figures';
import { useLoaded } from '../common/load';
import { Badge, Confirm, dateOf, Details } from '../common/parts';
import { FailureNote, For, Note, Show, When } from '../common/parts';
import { JobTable, listJobs } from '../jobs/jobs_page';
import { TrainButton } from '../jobs/train_button';
import { LineageGraph } from './lineage';
import { VersionLink } from './models_page';
import { bestFigure, Report } from './report';
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
              {value.versions.length > 1 && <Quality versions={value.versions} />}
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

// Of the last versions: what each said on the sample that the newest is best measured on.
function Quality({ versions }: { versions: ModelVersion[] }) {
  const shown = versions.slice(-12).map(({ name }) => name);
  const reports = useLoaded(
    () =>
      Promise.all(
        shown.map((name) => training.getModelVersion({ name }).then(reportOf, () => undefined)),
      ),
    [shown.join()],
  );
  const figures = (reports.value ?? []).flatMap((report) => {
    const figure = report && bestFigure(report);
    return figure ? [figure] : [];
  });
  const sample = figures.at(-1)?.sample;
  const points: Point[] = figures
    .filter((figure) => figure.sample === sample)
    .map(({ modelVersion, f1 }) => ({
      x: numberOf(modelVersion),
      y: f1!.value,
      low: f1!.low,
      high: f1!.high,
      label: `${modelVersion}: ${shareText(f1)}`,
    }));
  if (points.length < 2) return null;
  return (
    <Panel>
      <Plot
        title={t('qualityByVersion')}
        description={t('qualityText', {
          sample: sampleOf(figures.at(-1)!),
          points: points.map(({ label }) => label).join('; '),
        })}
        height={200}
        xTitle={t('version')}
        yTitle={t('f1')}
        xRange={[points[0]!.x - 0.5, points.at(-1)!.x + 0.5]}
        yRange={rangeAround(points)}
        xTicks={points.map(({ x }) => ({ at: x, label: formatNumber(x) }))}
        points={points}
        columns={[t('version'), t('f1')]}
        rows={points.map(({ label }) => label.split(': '))}
      />
    </Panel>
  );
}

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
              <Actions {...{ name, model, onChanged }} />
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
          [
            t('data'),
            datasets.map((name, index) => (
              <>
                {index > 0 && ', '}
                <a href={href('dataset', { name })}>{name}</a>
              </>
            )),
          ],
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

function Actions({ name, model, onChanged }: ViewProps) {
  const asked = useSignal<'promote' | 'rollback' | undefined>(undefined);
  const serving = versionAt(model, 'serving');
  const previous = versionAt(model, 'previous');
  const judging = useAction(async () => {
    const spec = { judgedVersion: name };
    const job = await training.createTrainingJob({ requestId: uuid(), spec });
    navigate(href('job', { id: job.id }));
  });
  const close = () => (asked.value = undefined);
  const changed = (version: string) => {
    toast({ text: t('promoted', { version }), kind: 'good' });
    onChanged();
  };
  return (
    <For role="manager">
      <div class="row">
        {name === serving && previous && (
          <Button onClick={() => (asked.value = 'rollback')}>{t('rollback')}</Button>
        )}
        {name !== serving && (
          <>
            {serving && (
              <a class="button" href={href('comparisons', {}, { a: serving, b: name })}>
                {t('compareWith')}
              </a>
            )}
            <Button
              title={t('judgeText', { version: name })}
              disabled={judging.busy}
              onClick={() => judging.run()}
            >
              {t('judge')}
            </Button>
            <Button kind="primary" onClick={() => (asked.value = 'promote')}>
              {t('promote')}
            </Button>
          </>
        )}
      </div>
      {judging.failure && <FailureNote failure={judging.failure} />}
      {asked.value === 'promote' && (
        <Confirm
          title={t('promoteTitle', { version: name })}
          action={t('promote')}
          act={async () => {
            await training.promoteModel({ requestId: uuid(), version: name });
            changed(name);
          }}
          onClose={close}
        >
          <p>{t('promoteText', { version: name })}</p>
          {serving && <p>{t('promoteInstead', { version: serving })}</p>}
          <Note kind="warn">{t('promoteAnyway')}</Note>
        </Confirm>
      )}
      {asked.value === 'rollback' && (
        <Confirm
          title={t('rollbackTitle', { version: previous! })}
          action={t('rollback')}
          act={async () => {
            await training.rollbackModel({ requestId: uuid(), model: model.name });
            changed(previous!);
          }}
          onClose={close}
        >
          <p>{t('rollbackText', { version: previous!, serving: serving! })}</p>
        </Confirm>
      )}
    </For>
  );
}
