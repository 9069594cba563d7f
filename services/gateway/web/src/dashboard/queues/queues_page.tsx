import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { QueueMode, type Queue } from '@gen/winnow/annotation/v1/annotation_pb';
import { may } from '../../api/session';
import { href } from '../../app/router';
import { t } from '../../i18n/queues';
import { Button } from '../../ui/button';
import { Empty, Page } from '../../ui/page';
import { DataTable, type Column } from '../../ui/table';
import { useLoaded } from '../common/load';
import { listQueues } from '../common/names';
import { Badge, count, For, Show } from '../common/parts';
import { NewQueueDialog } from './new_queue_dialog';
import { kindName, openTasks, remainingWork, stateOf } from './queue_words';

export function QueuesPage() {
  const queues = useLoaded(listQueues, [], { every: 5000 });
  const creating = useSignal(false);
  return (
    <Page
      title={t('queues')}
      actions={
        <For role="manager">
          <Button kind="primary" onClick={() => (creating.value = true)}>
            {t('newQueue')}
          </Button>
        </For>
      }
    >
      <Show of={queues}>
        {(rows) =>
          rows.length === 0 ? <NoQueues /> : <QueueTable queues={rows} name={t('queues')} />
        }
      </Show>
      {creating.value && <NewQueueDialog onClose={() => (creating.value = false)} />}
    </Page>
  );
}

export function NoQueues({ also }: { also?: ComponentChildren }) {
  return (
    <Empty text={may('manager') ? t('noQueues') : t('noneForYou')}>
      <For role="manager">
        <a class="button primary" href={href('start')}>
          {t('begin')}
        </a>
      </For>
      {also}
    </Empty>
  );
}

const columns = (): Column<Queue>[] => [
  {
    title: t('queue'),
    value: ({ spec }) => spec!.name,
    cell: ({ spec }) => <a href={href('queue', { name: spec!.name })}>{spec!.name}</a>,
  },
  { title: t('kind'), value: kindName, wideOnly: true },
  {
    title: t('state'),
    value: (queue) => stateOf(queue).text,
    cell: (queue) => {
      const { text, kind } = stateOf(queue);
      return text && <Badge kind={kind}>{text}</Badge>;
    },
  },
  { title: t('answers'), number: true, ...numberOf(({ status }) => status?.numAnswers) },
  {
    title: t('open'),
    number: true,
    wideOnly: true,
    ...numberOf(({ status }) => status && openTasks(status)),
  },
  {
    title: t('leased'),
    number: true,
    wideOnly: true,
    ...numberOf(({ status }) => status?.numLeased),
  },
  {
    title: t('people'),
    number: true,
    wideOnly: true,
    ...numberOf(({ status }) => status && BigInt(status.people.length)),
  },
  {
    title: t('remaining'),
    number: true,
    wideOnly: true,
    value: ({ status }) => status?.remainingWork?.seconds,
    cell: ({ status }) => status && remainingWork(status),
  },
];

function numberOf(value: (queue: Queue) => bigint | undefined) {
  return {
    value,
    cell: (queue: Queue) => {
      const number = value(queue);
      return number === undefined ? '' : count(number);
    },
  };
}

function QueueTable({ queues, name }: { queues: Queue[]; name: string }) {
  return (
    <DataTable
      name={name}
      columns={columns()}
      rows={queues}
      keyOf={({ spec }) => spec!.name}
      actions={({ spec, mode }) =>
        mode === QueueMode.ACTIVE && (
          <a
            class="button"
            href={href('annotate', { queue: spec!.name })}
            aria-label={t('answerQueue', { name: spec!.name })}
          >
            {t('answer')}
          </a>
        )
      }
    />
  );
}
