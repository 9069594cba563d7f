// What stands in the place of a card when there is none.
import { timestampDate } from '@bufbuild/protobuf/wkt';
import { QueueState, NoTaskReason, type NoTask } from '@gen/winnow/annotation/v1/annotation_pb';
import type { Queue } from '@gen/winnow/annotation/v1/annotation_pb';
import { isPassing, type Failure } from '../api/errors';
import { href } from '../app/router';
import { t } from '../i18n/annotate';
import { formatRelative } from '../i18n/language';
import { Empty } from '../ui/page';

const reasons = {
  [NoTaskReason.UNSPECIFIED]: 'nothingStopped',
  [NoTaskReason.ALL_LEASED]: 'nothingLeased',
  [NoTaskReason.EXHAUSTED]: 'nothingExhausted',
  [NoTaskReason.ALL_EXCLUDED]: 'nothingExcluded',
  [NoTaskReason.SEARCHING]: 'nothingSearching',
  [NoTaskReason.PAUSED]: 'nothingPaused',
  [NoTaskReason.QUOTA]: 'nothingQuota',
} as const;

interface Props {
  noTask: NoTask | undefined;
  problem: Failure | undefined;
  queue: Queue | undefined;
}

export function Nothing({ noTask, problem, queue }: Props) {
  if (problem) {
    const isAway = isPassing(problem.code);
    return (
      <Empty text={t(isAway ? 'nothingAway' : 'nothingStopped')}>
        <p>{isAway ? t('nothingAwayHint') : problem.message}</p>
        {!isAway && <OtherQueues />}
      </Empty>
    );
  }
  if (noTask) {
    return (
      <Empty text={t(reasons[noTask.reason] ?? 'nothingStopped')}>
        <p class="small">{detailOf(noTask)}</p>
        <OtherQueues />
      </Empty>
    );
  }
  return <Empty text={waitingText(queue)} />;
}

/** When a lease ends is told in the person's own words for times. */
function detailOf({ reason, message, retryTime }: NoTask): string {
  if (reason !== NoTaskReason.ALL_LEASED || !retryTime) return message;
  return t('nothingFreeAgain', { time: formatRelative(timestampDate(retryTime)) });
}

const OtherQueues = () => (
  <a class="button" href={href('home')}>
    {t('otherQueues')}
  </a>
);

function waitingText(queue: Queue | undefined): string {
  const { state, numDone = 0n, numTotal = 0n } = queue?.status ?? {};
  if (state !== QueueState.OPENING) return t('nothingLoading');
  const percent = numTotal > 0n ? Number((numDone * 100n) / numTotal) : 1;
  return t('nothingOpening', { n: percent });
}
