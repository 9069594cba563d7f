// What the form for a new queue holds, and the request that it makes of it.
import type { MessageInitShape } from '@bufbuild/protobuf';
import { TaskKind, type QueueSpecSchema } from '@gen/winnow/annotation/v1/annotation_pb';
import { listOf, seedOf } from '../common/form';

/** The model that is none yet. */
export const blank = 'blank:en';

/** What people are asked, as a person chooses it. */
export type Way = 'teach' | 'manual' | 'correct' | 'complete' | 'match' | 'mark' | 'review';

export interface QueueDraft {
  way: Way;
  /** Empty: made of the others. */
  name: string;
  source: string;
  dataset: string;
  labels: string;
  model: string;
  inputs: string[];
  exclude: string[];
  gold: string[];
  patterns: string;
  strategy: string;
  seed: string;
  overlap: string;
  overlapPercent: string;
  people: string;
  quota: string;
  checkPercent: string;
  minAgreementPercent: string;
  auditPercent: string;
  unsegmented: boolean;
  askWithoutLetters: boolean;
  autoAccept: boolean;
  hideNames: boolean;
}

export const emptyDraft: QueueDraft = {
  way: 'teach',
  name: '',
  source: '',
  dataset: '',
  labels: '',
  model: '',
  inputs: [],
  exclude: [],
  gold: [],
  patterns: '',
  strategy: '',
  seed: '0',
  overlap: '1',
  overlapPercent: '100',
  people: '',
  quota: '0',
  checkPercent: '4',
  minAgreementPercent: '0',
  auditPercent: '15',
  unsegmented: false,
  askWithoutLetters: false,
  autoAccept: false,
  hideNames: false,
};

const kinds: Record<Way, TaskKind> = {
  teach: TaskKind.TEACH,
  match: TaskKind.TEACH,
  manual: TaskKind.MANUAL,
  mark: TaskKind.MANUAL,
  correct: TaskKind.CORRECT,
  complete: TaskKind.CORRECT,
  review: TaskKind.REVIEW,
};

/** The strategies that a person can choose from; the first is the default. */
export const strategies: Record<Way, readonly string[]> = {
  teach: ['uncertainty', 'deviation', 'entropy', 'random'],
  manual: ['source', 'random'],
  mark: ['source', 'random'],
  correct: ['uncertainty', 'source', 'random'],
  complete: ['uncertainty', 'random'],
  match: [],
  review: [],
};

export const usesModel = (way: Way) => ['teach', 'correct', 'complete'].includes(way);
export const usesPatterns = (way: Way) => way === 'teach' || way === 'match' || way === 'manual';

/** What is asked comes of data sets, and not of a source. */
export const usesInputs = (way: Way) => way === 'complete' || way === 'review';

/** Nothing but patterns can ask, at first. */
export const needsPatterns = ({ way, model }: QueueDraft) =>
  way === 'match' || (way === 'teach' && model === blank);

export function queueName({ name, dataset, way }: QueueDraft): string {
  return name.trim() || (dataset.trim() && `${dataset.trim()}.${way}`);
}

export function datasetName({ way, dataset, source, inputs }: QueueDraft): string {
  if (dataset.trim()) return dataset.trim();
  if (!usesInputs(way)) return source && `${source}_answers`;
  return inputs[0] ? `${inputs[0]}_${way === 'review' ? 'reviewed' : 'completed'}` : '';
}

const share = (percent: string) => Number(percent.replace(',', '.')) / 100;

export function specOf(draft: QueueDraft): MessageInitShape<typeof QueueSpecSchema> {
  const { way } = draft;
  const dataset = datasetName(draft);
  const isReview = way === 'review';
  return {
    name: queueName({ ...draft, dataset }),
    kind: kinds[way],
    source: usesInputs(way) ? '' : draft.source,
    inputDatasets: usesInputs(way) ? draft.inputs : [],
    dataset,
    labels: way === 'mark' ? [] : listOf(draft.labels),
    model: usesModel(way) ? draft.model : '',
    excludeDatasets: isReview ? [] : draft.exclude,
    seed: seedOf(draft.seed),
    strategy: way === 'match' ? 'patterns' : draft.strategy,
    patterns: usesPatterns(way) ? draft.patterns : '',
    unsegmented: draft.unsegmented,
    askWithoutLetters: way === 'teach' && draft.askWithoutLetters,
    people: listOf(draft.people),
    dailyQuota: Number(draft.quota),
    ...(way === 'teach' && draft.model !== blank && { auditShare: share(draft.auditPercent) }),
    ...(isReview
      ? {
          overlap: 1,
          autoAccept: draft.autoAccept,
          hideNames: draft.hideNames,
        }
      : {
          overlap: Number(draft.overlap),
          overlapShare: share(draft.overlapPercent),
          checkShare: share(draft.checkPercent),
          minAgreement: share(draft.minAgreementPercent),
          goldDatasets: draft.gold,
        }),
  };
}
