import { useSignal, type ReadonlySignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { Queue } from '@gen/winnow/annotation/v1/annotation_pb';
import type {
  Comparison,
  EstimateFromAuditResponse,
} from '@gen/winnow/evaluation/v1/evaluation_pb';
import { annotator } from '../api/session';
import type { Route } from '../app/router';
import { useShortcuts } from '../app/shortcuts';
import { t } from '../i18n/annotate';
import { openOutbox, type Outbox } from '../outbox';
import { toast } from '../ui/toast';
import { announcementOf } from './announcement';
import { AnyCard } from './any_card';
import { Banner } from './banner';
import { Decided } from './decided';
import { givenOf, type Desk, type Given } from './desk';
import { HistoryPanel, wordsOf } from './history_panel';
import { Nothing } from './nothing';
import { openDesk } from './open_desk';
import { watchQuality } from './quality_watch';
import { watchQueue } from './queue_watch';
import { TopBar } from './top_bar';
import { watchVerdict } from './verdict_watch';
import './annotate_page.css';

interface Place {
  desk: Desk;
  outbox: Outbox;
  queue: ReadonlySignal<Queue | undefined>;
  quality: ReadonlySignal<EstimateFromAuditResponse | undefined>;
  decided: ReadonlySignal<Comparison | undefined>;
}

/** Where a person answers the tasks of a queue. */
export function AnnotatePage({ route }: { route: Route }) {
  const place = usePlace(route.params['queue']!);
  return place && <Workplace name={route.params['queue']!} {...place} />;
}

/** Opens the desk, and closes it when the page is left. */
function usePlace(name: string): Place | undefined {
  const place = useSignal<Place | undefined>(undefined);
  useEffect(() => {
    const abort = new AbortController();
    const open = async () => {
      const [desk, outbox] = await Promise.all([openDesk(name, annotator.value), openOutbox()]);
      if (abort.signal.aborted) return desk.close();
      const queue = watchQueue(name, abort.signal);
      const quality = watchQuality(name, queue, abort.signal);
      const decided = watchVerdict(name, queue, abort.signal);
      place.value = { desk, outbox, queue, quality, decided };
    };
    const leave = () => place.value?.desk.close(true);
    // A page that the browser kept asleep has given its tasks back.
    const wakeUp = (event: PageTransitionEvent) => void (event.persisted && location.reload());
    addEventListener('pagehide', leave);
    addEventListener('pageshow', wakeUp);
    void open();
    return () => {
      removeEventListener('pagehide', leave);
      removeEventListener('pageshow', wakeUp);
      abort.abort();
      place.value?.desk.close();
    };
  }, [name]);
  return place.value;
}

function Workplace({ name, desk, outbox, queue, quality, decided }: Place & { name: string }) {
  const historyShown = useSignal(false);
  const undo = async (given?: Given) => {
    historyShown.value = false;
    const result = await desk.undo(given?.answerId);
    if (result === 'away') toast({ text: t('undoAway'), kind: 'warn' });
    if (result === 'refused') toast({ text: t('undoRefused'), kind: 'warn' });
  };
  useShortcuts({ undo: () => void undo(), history: () => (historyShown.value = true) });
  useRefusals(name, outbox);
  useNudge(desk, queue);
  const comparison = decided.value;
  const card = comparison ? undefined : desk.card.value;
  const undoLast = desk.given.value.length > 0 ? () => void undo() : undefined;
  return (
    <>
      <TopBar
        name={name}
        queue={queue}
        quality={quality.value}
        statistics={desk.statistics.value}
        onHistory={() => (historyShown.value = true)}
      />
      <div class="desk" data-task={card?.task.taskId}>
        <Banner outbox={outbox} />
        {comparison && <Decided comparison={comparison} undo={undoLast} />}
        {card && (
          <AnyCard
            card={card}
            labels={queue.value?.spec?.labels ?? []}
            busy={desk.busy.value}
            answer={(draft) => desk.answer(card, draft)}
            undo={undoLast}
          />
        )}
        {!card && !comparison && (
          <Nothing noTask={desk.nothing.value} problem={desk.problem.value} queue={queue.value} />
        )}
      </div>
      <div class="visually-hidden" role="status" aria-live="polite">
        {card && announcementOf(card.task)}
      </div>
      {historyShown.value && (
        <HistoryPanel
          given={desk.given.value}
          onReopen={(given) => void undo(given)}
          onClose={() => (historyShown.value = false)}
        />
      )}
    </>
  );
}

/** Says which answers the service has refused. */
function useRefusals(name: string, outbox: Outbox) {
  useEffect(
    () =>
      outbox.listen((record) => {
        if (record.queue !== name || record.state !== 'refused') return;
        const { problem = '' } = record;
        toast({
          text: t('wasRefused', { text: wordsOf(givenOf(record)), message: problem }),
          kind: 'warn',
        });
      }),
    [name, outbox],
  );
}

/** Whatever changes in a queue may have opened tasks for a desk that has none. */
function useNudge(desk: Desk, queue: ReadonlySignal<Queue | undefined>) {
  const status = queue.value;
  useEffect(() => desk.fetch(), [status]);
}
