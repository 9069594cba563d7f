// What needs whoever looks: their queues first; what waits for a manager; what to do first.
import {
  QueueMode,
  QueueState,
  TaskKind,
  type Queue,
} from '@gen/winnow/annotation/v1/annotation_pb';
import { annotator, may } from '../../api/session';
import { href } from '../../app/router';
import { t as ta } from '../../i18n/app';
import { t } from '../../i18n/home';
import { t as tq } from '../../i18n/queues';
import { Empty, Page, Panel } from '../../ui/page';
import { useLoaded } from '../common/load';
import { listDatasets, listModels, listQueues } from '../common/names';
import { Badge, For, Show } from '../common/parts';
import { isOfDecided, noteDecided } from '../comparisons/decided';
import { listJobs } from '../jobs/jobs_page';
import { NoQueues } from '../queues/queues_page';
import { isOn, kindName, openTasks, remainingWork, stateOf } from '../queues/queue_words';
import { needsOf, type Need, type State } from './needs';
import './home_page.css';

// Those who may not see a list have nothing of it.
async function loadState(): Promise<State> {
  const isManager = may('manager');
  const [queues, jobs, models, datasets] = await Promise.all([
    listQueues(),
    isManager ? listJobs() : [],
    isManager ? listModels() : [],
    isManager ? listDatasets() : [],
  ]);
  await noteDecided(queues);
  return { queues, jobs, models, datasets };
}

export function HomePage() {
  const state = useLoaded(loadState, [], { every: 5000 });
  const name = annotator.value;
  return (
    <Page
      title={name ? t('hello', { name }) : t('home')}
      actions={<StartButton of={state.value} />}
    >
      <Show of={state}>{(value) => <Content state={value} name={name} />}</Show>
    </Page>
  );
}

const isNew = ({ queues, models, datasets }: State) =>
  queues.length + models.length + datasets.length === 0;

function StartButton({ of }: { of: State | undefined }) {
  if (!of || isNew(of)) return null;
  return (
    <For role="manager">
      <a class="button" href={href('start')}>
        {t('another')}
      </a>
    </For>
  );
}

function Content({ state, name }: { state: State; name: string }) {
  if (isNew(state)) return may('manager') ? <First /> : <NoQueues also={<TutorialLink />} />;
  const queues = state.queues.filter((queue) => isForMe(queue, name));
  return (
    <>
      <For role="manager">
        <Needs needs={needsOf(state)} />
      </For>
      <section class="stack" aria-labelledby="yours">
        <h2 id="yours">{t('yourQueues')}</h2>
        {queues.length === 0 && <p class="soft">{t('nothingOpen')}</p>}
        <ul class="queue-cards">
          {queues.map((queue) => (
            <QueueCard key={queue.spec!.name} queue={queue} name={name} />
          ))}
        </ul>
      </section>
    </>
  );
}

function isForMe(queue: Queue, name: string): boolean {
  if (queue.mode !== QueueMode.ACTIVE || !isOn(queue, name) || isOfDecided(queue)) return false;
  return queue.spec!.kind !== TaskKind.REVIEW || may('reviewer');
}

const TutorialLink = () => (
  <a class="button" href={href('tutorial')}>
    {ta('toTutorial')}
  </a>
);

function First() {
  return (
    <Panel>
      <Empty text={t('firstText')}>
        <h2 class="first">{t('firstTitle')}</h2>
        <a class="button primary" href={href('start')}>
          {t('firstDo')}
        </a>
        <TutorialLink />
      </Empty>
    </Panel>
  );
}

function QueueCard({ queue, name }: { queue: Queue; name: string }) {
  const { spec, status } = queue;
  const own = status?.people.find((person) => person.name === name);
  const { text, kind } = stateOf(queue);
  const remaining = status && remainingWork(status);
  return (
    <li class="queue-card">
      <div>
        <a class="stretched" href={href('annotate', { queue: spec!.name })}>
          {spec!.name}
        </a>
        <p class="soft small">
          {[kindName(queue), spec!.labels.join(', ')].filter(Boolean).join(' · ')}
        </p>
      </div>
      <p class="number">
        {status?.state === QueueState.OPEN && (
          <b>{t('openNow', { n: Number(openTasks(status)) })}</b>
        )}{' '}
        {remaining && <span class="soft small">≈ {remaining}</span>}
        {text && kind !== 'good' && <Badge kind={kind}>{text}</Badge>}
      </p>
      {own && (
        <p class="soft small number">
          {t('yours', { n: Number(own.numAnswers) })},{' '}
          {t('today', { n: Number(own.numAnswersToday) })}
        </p>
      )}
      <span class="go" aria-hidden="true">
        {tq('answer')} →
      </span>
    </li>
  );
}

function Needs({ needs }: { needs: Need[] }) {
  return (
    <section class="stack" aria-labelledby="needs">
      <h2 id="needs">{t('needsYou')}</h2>
      {needs.length === 0 && <p class="soft">{t('allQuiet')}</p>}
      <ul class="needs">
        {needs.map(({ text, action, href: link, kind }) => (
          <li key={text} class={kind}>
            <span>{text}</span>
            <a class="button" href={link}>
              {action}
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}
