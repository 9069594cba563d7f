// A queue in words, as the command line's `progress` has them.
import {
  QueueMode,
  QueueState,
  TaskKind,
  type Queue,
} from '@gen/winnow/annotation/v1/annotation_pb';
import type { QueueStatus } from '@gen/winnow/annotation/v1/annotation_pb';
import { durationMs } from '@bufbuild/protobuf/wkt';
import { formatSpan } from '../../i18n/language';
import { t } from '../../i18n/queues';
import type { NoteKind } from '../common/parts';

export function kindName({ spec }: Queue): string {
  switch (spec?.kind) {
    case TaskKind.TEACH:
      return spec.strategy === 'patterns' ? t('match') : t('teach');
    case TaskKind.MANUAL:
      return spec.labels.length > 0 ? t('manual') : t('mark');
    case TaskKind.CORRECT:
      return spec.inputDatasets.length > 0 ? t('complete') : t('correct');
    case TaskKind.REVIEW:
      return t('review');
    case TaskKind.COMPARE:
      return t('compare');
    default:
      return t('unknownKind');
  }
}

export function stateOf({ mode, status }: Queue): { text: string; kind: NoteKind } {
  if (mode === QueueMode.PAUSED) return { text: t('paused'), kind: 'warn' };
  if (mode === QueueMode.ARCHIVED) return { text: t('archived'), kind: 'plain' };
  if (!status) return { text: '', kind: 'plain' };
  switch (status.state) {
    case QueueState.OPENING:
      return { text: opening(status), kind: 'plain' };
    case QueueState.FAILED:
      return { text: t('stateFailed'), kind: 'bad' };
    case QueueState.OPEN:
      return isExhausted(status)
        ? { text: t('exhausted'), kind: 'warn' }
        : { text: t('stateOpen'), kind: 'good' };
    case QueueState.CLOSED:
      return { text: t('stateClosed'), kind: 'plain' };
    default:
      return { text: '', kind: 'plain' };
  }
}

function opening({ numDone, numTotal }: QueueStatus): string {
  if (numTotal === 0n) return t('stateOpening');
  return t('stateOpeningOf', { done: Number(numDone), total: Number(numTotal) });
}

/** Tasks that somebody could be handed now. */
export const openTasks = ({ numBegunTasks, numFreshTasks }: QueueStatus) =>
  numBegunTasks + numFreshTasks;

export const isExhausted = (status: QueueStatus) =>
  status.state === QueueState.OPEN && openTasks(status) === 0n && status.numLeased === 0n;

export function remainingWork({ remainingWork: work }: QueueStatus): string {
  return work ? formatSpan(durationMs(work) / 1000) : '';
}

/** Whether somebody may work on it. */
export const isOn = ({ spec }: Queue, person: string) =>
  spec!.people.length === 0 || spec!.people.includes(person);

/** "19 of 20": checks that agreed. */
export const ofChecks = (agreed: bigint, all: bigint) =>
  all === 0n ? '' : t('ofChecks', { agreed: Number(agreed), all: Number(all) });
