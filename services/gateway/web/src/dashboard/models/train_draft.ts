// What the form for a training holds, and the request that it makes of it.
import type { MessageInitShape } from '@bufbuild/protobuf';
import type { TrainingSpecSchema } from '@gen/winnow/training/v1/training_pb';
import { listOf, seedOf } from '../common/form';
import { blank } from '../queues/queue_draft';

export interface TrainDraft {
  datasets: string[];
  parent: string;
  /** Empty: that of the parent, which is improved. */
  output: string;
  labels: string;
  gold: string[];
  evalPercent: string;
  pool: string;
  selfTraining: boolean;
  /** Content of a file. */
  patterns: string;
  vectors: File[];
  epochs: string;
  bag: string;
  prior: string;
  seed: string;
  noReplay: boolean;
  weighPeople: boolean;
  entityPercent: string;
  rejectErrorPercent: string;
  acceptErrorPercent: string;
}

export const emptyTraining: TrainDraft = {
  datasets: [],
  parent: blank,
  output: '',
  labels: '',
  gold: [],
  evalPercent: '20',
  pool: '',
  selfTraining: true,
  patterns: '',
  vectors: [],
  epochs: '',
  bag: '',
  prior: '',
  seed: '0',
  noReplay: false,
  weighPeople: false,
  entityPercent: '',
  rejectErrorPercent: '0',
  acceptErrorPercent: '0',
};

const decimal = (text: string) => Number(text.replace(',', '.'));
const share = (percent: string) => decimal(percent) / 100;

/** `lexicons` are the word classes of the vectors, in their order. */
export function trainingSpecOf(
  draft: TrainDraft,
  [lexicon, ...moreLexicons]: readonly Uint8Array[],
): MessageInitShape<typeof TrainingSpecSchema> {
  const { epochs, bag, prior, evalPercent, entityPercent } = draft;
  return {
    datasets: draft.datasets,
    parent: draft.parent,
    output: draft.output.trim(),
    labels: listOf(draft.labels),
    evalDatasets: draft.gold,
    pool: draft.pool,
    patterns: draft.patterns,
    seed: seedOf(draft.seed),
    noReplay: draft.noReplay,
    weighPeople: draft.weighPeople,
    rejectError: share(draft.rejectErrorPercent),
    acceptError: share(draft.acceptErrorPercent),
    ...(lexicon && { lexicon, moreLexicons: [...moreLexicons] }),
    ...(draft.pool && !draft.selfTraining && { selfTraining: false }),
    ...(evalPercent && { evalSplit: share(evalPercent) }),
    ...(entityPercent && { entityShare: share(entityPercent) }),
    ...(prior && { prior: decimal(prior) }),
    ...(epochs && { epochs: Number(epochs) }),
    ...(bag && { bag: Number(bag) }),
  };
}
