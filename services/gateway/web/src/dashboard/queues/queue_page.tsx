// One queue: how it stands, who has done what, and its settings.
import { useSignal } from '@preact/signals';
import { QueueMode, type Queue, type QueueStatus } from '@gen/winnow/annotation/v1/annotation_pb';
import type { PersonProgress } from '@gen/winnow/annotation/v1/annotation_pb';
import { annotation } from '../../api/annotation';
import { uuid } from '../../api/ids';
import { href, navigate, type Route } from '../../app/router';
import { t as td } from '../../i18n/dashboard';
import { t } from '../../i18n/queues';
import { Button } from '../../ui/button';
import { PartsBar } from '../../ui/charts';
import { Page, Panel } from '../../ui/page';
import { DataTable, type Column } from '../../ui/table';
import { toast } from '../../ui/toast';
import { useAction } from '../common/action';
import { useWatched } from '../common/load';
import { Badge, Confirm, count, DatasetLinks, dateOf, Details, Facts } from '../common/parts';
import { FailureNote, For, Note, Show, When } from '../common/parts';
import { VersionLink } from '../models/models_page';
import { AuditPanel } from './audit_panel';
import { blank } from './queue_draft';
import { QueueSettings } from './queue_settings';
import { kindName, ofChecks, openTasks, remainingWork, stateOf } from './queue_words';

// Asks for the queue first, which opens it, then follows it, which does not.
async function* follow(name: string, signal: AbortSignal): AsyncIterable<Queue> {
  yield await annotation.getQueue({ name }, { signal });
  yield* annotation.watchQueue({ name }, { signal });
}

export function QueuePage({ route }: { route: Route }) {
  const name = route.params['name']!;
  const queue = useWatched((signal) => follow(name, signal), [name]);
  return (
    <Page title={name} actions={queue.value && <Actions queue={queue.value} />}>
      <Show of={queue}>
        {(now) => (
          <>
            <div class="columns with-aside">
              <Standing queue={now} />
              <Spec queue={now} />
            </div>
            <AuditPanel queue={now} />
            {now.status && <People people={now.status.people} />}
            <For role="manager">
              {now.mode !== QueueMode.ARCHIVED && (
                <Panel title={t('settings')}>
                  <QueueSettings queue={now} />
                </Panel>
              )}
            </For>
          </>
        )}
      </Show>
    </Page>
  );
}

type Asked = 'archive' | 'delete';

function Actions({ queue }: { queue: Queue }) {
  const asked = useSignal<Asked | undefined>(undefined);
  const name = queue.spec!.name;
  const setMode = async (mode: QueueMode) => {
    await annotation.updateQueue({ requestId: uuid(), name, mode });
    if (mode === QueueMode.PAUSED) toast({ text: t('nowPaused', { name }) });
    if (mode === QueueMode.ACTIVE) toast({ text: t('nowActive', { name }), kind: 'good' });
  };
  const changing = useAction(setMode);
  const isActive = queue.mode === QueueMode.ACTIVE;
  const isArchived = queue.mode === QueueMode.ARCHIVED;
  return (
    <div class="row">
      {changing.failure && <FailureNote failure={changing.failure} />}
      <For role="manager">
        {!isActive && (
          <Button disabled={changing.busy} onClick={() => changing.run(QueueMode.ACTIVE)}>
            {isArchived ? t('reopen') : t('resume')}
          </Button>
        )}
        {isActive && (
          <Button disabled={changing.busy} onClick={() => changing.run(QueueMode.PAUSED)}>
            {t('pause')}
          </Button>
        )}
        {!isArchived && <Button onClick={() => (asked.value = 'archive')}>{t('archive')}</Button>}
        <Button kind="danger" onClick={() => (asked.value = 'delete')}>
          {td('delete')}
        </Button>
      </For>
      {isActive && (
        <a class="button primary" href={href('annotate', { queue: name })}>
          {t('answer')}
        </a>
      )}
      {asked.value === 'archive' && (
        <Confirm
          title={t('archiveTitle', { name })}
          action={t('archive')}
          act={() => setMode(QueueMode.ARCHIVED)}
          onClose={() => (asked.value = undefined)}
        >
          <p>{t('archiveText')}</p>
        </Confirm>
      )}
      {asked.value === 'delete' && (
        <Confirm
          title={t('deleteTitle', { name })}
          action={td('delete')}
          danger
          act={async () => {
            await annotation.deleteQueue({ requestId: uuid(), name });
            toast({ text: t('deleted', { name }), kind: 'good' });
            navigate(href('queues'));
          }}
          onClose={() => (asked.value = undefined)}
        >
          <p>{t('deleteText', { dataset: queue.spec!.dataset })}</p>
        </Confirm>
      )}
    </div>
  );
}

function Standing({ queue }: { queue: Queue }) {
  const { text, kind } = stateOf(queue);
  const { status } = queue;
  return (
    <Panel title={t('progress')}>
      <div class="stack">
        <div class="row">
          <Badge>{kindName(queue)}</Badge>
          {text && <Badge kind={kind}>{text}</Badge>}
        </div>
        {status?.error && <Note kind="bad">{status.error}</Note>}
        {status && <Answered status={status} />}
      </div>
    </Panel>
  );
}

/** Answers and what is open, as figures, as a bar, and in words. */
export function Answered({ status }: { status: QueueStatus }) {
  const open = Number(openTasks(status));
  const remaining = remainingWork(status);
  return (
    <>
      <Facts
        of={[
          [t('answers'), count(status.numAnswers)],
          [t('open'), count(open)],
          [t('leased'), count(status.numLeased)],
          ...(remaining ? [[t('remaining'), remaining] as [string, string]] : []),
        ]}
      />
      <PartsBar
        parts={[
          { label: t('accepted'), value: Number(status.numAccepted), colour: 'var(--good)' },
          { label: t('rejected'), value: Number(status.numRejected), colour: 'var(--bad)' },
          { label: t('ignored'), value: Number(status.numIgnored), colour: 'var(--line-strong)' },
          { label: t('stillOpen'), value: open, colour: 'var(--line)' },
        ]}
      />
      <p class="lead">{inWords(status).join(' ')}</p>
    </>
  );
}

/** Sentences on how a queue stands; only those that say something. */
export function inWords(status: QueueStatus): string[] {
  const number = (value: bigint) => ({ n: Number(value) });
  const open = t('openTasks', number(openTasks(status)));
  const remaining = remainingWork(status);
  return [
    t('openTasksMore', { open }),
    status.numLeased > 0n && t('leasedNow', number(status.numLeased)),
    remaining && t('remainingWork', { time: remaining }),
    status.modelVersion &&
      t('asks', { version: status.modelVersion, steps: Number(status.learnerStep) }),
    status.numAuditAnswers > 0n && t('audit', number(status.numAuditAnswers)),
    status.numSurplusAnswers > 0n && t('surplus', number(status.numSurplusAnswers)),
  ].filter((sentence) => typeof sentence === 'string' && sentence !== '') as string[];
}

const columns = (): Column<PersonProgress>[] => [
  { title: t('person'), value: ({ name }) => name },
  {
    title: t('answers'),
    number: true,
    value: ({ numAnswers }) => numAnswers,
    cell: ({ numAnswers }) => count(numAnswers),
  },
  {
    title: t('today'),
    number: true,
    value: (person) => person.numAnswersToday,
    cell: (person) => count(person.numAnswersToday),
  },
  { title: t('leased'), number: true, wideOnly: true, value: ({ numLeased }) => numLeased },
  {
    title: t('lastAnswer'),
    wideOnly: true,
    value: ({ lastAnswerTime }) => dateOf(lastAnswerTime),
    cell: ({ lastAnswerTime }) => <When time={lastAnswerTime} />,
  },
  {
    title: t('ownChecks'),
    number: true,
    wideOnly: true,
    value: (person) => ofChecks(person.numOwnAgreed, person.numOwnChecks),
  },
  {
    title: t('goldChecks'),
    number: true,
    wideOnly: true,
    value: (person) => ofChecks(person.numGoldAgreed, person.numGoldChecks),
  },
  { title: t('remark'), value: remarkOn, cell: remarkCell },
];

function remarkOn({ belowBar, drifted }: PersonProgress): string {
  if (belowBar) return t('belowBar');
  return drifted ? t('drifted') : '';
}

function remarkCell(person: PersonProgress) {
  const remark = remarkOn(person);
  return remark && <Badge kind={person.belowBar ? 'bad' : 'warn'}>{remark}</Badge>;
}

function People({ people }: { people: PersonProgress[] }) {
  return (
    <Panel title={t('people')}>
      {people.length === 0 ? (
        <p class="soft">{t('noPeople')}</p>
      ) : (
        <DataTable
          name={t('people')}
          columns={columns()}
          rows={people}
          keyOf={({ name }) => name}
          plain={people.length < 8}
        />
      )}
    </Panel>
  );
}

function Spec({ queue }: { queue: Queue }) {
  const spec = queue.spec!;
  return (
    <Panel title={t('what')}>
      <Details
        of={[
          [td('dataset'), <DatasetLinks key="dataset" names={[spec.dataset]} />],
          [td('source'), spec.source && <a href={href('sources')}>{spec.source}</a>],
          [
            t('inputs'),
            spec.inputDatasets.length > 0 && <DatasetLinks names={spec.inputDatasets} />,
          ],
          [td('labels'), spec.labels.join(', ')],
          [
            td('model'),
            spec.model === blank
              ? t('noModelYet')
              : spec.model && <VersionLink name={spec.model} />,
          ],
          [
            t('exclude'),
            spec.excludeDatasets.length > 0 && <DatasetLinks names={spec.excludeDatasets} />,
          ],
          [
            t('goldChecks'),
            spec.goldDatasets.length > 0 && <DatasetLinks names={spec.goldDatasets} />,
          ],
          [td('made'), <When key="made" time={queue.createTime} />],
        ]}
      />
    </Panel>
  );
}
