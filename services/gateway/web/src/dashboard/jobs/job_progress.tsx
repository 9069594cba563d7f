// A job while it runs: how far it is, what it did, and what it came to.
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { TrainingJob } from '@gen/winnow/training/v1/training_pb';
import { training } from '../../api/training';
import { formatNumber } from '../../i18n/language';
import { t } from '../../i18n/models';
import { Plot } from '../../ui/charts';
import { useWatched, type Loaded } from '../common/load';
import { Badge, Note, Progress } from '../common/parts';
import { isOver, logged, progressInWords, shareDone, stateOf, type LogLine } from './job_words';

export interface WatchedJob {
  job: Loaded<TrainingJob>;
  log: readonly LogLine[];
}

/** The job as it goes, with a log of what was seen of it. */
export function useJob(id: string): WatchedJob {
  const job = useWatched((signal) => training.watchTrainingJob({ id }, { signal }), [id]);
  const log = useSignal<readonly LogLine[]>([]);
  useEffect(() => {
    if (job.value) log.value = logged(log.peek(), job.value, new Date());
  }, [job.value]);
  return { job, log: log.value };
}

export function JobProgress({ job, log }: { job: TrainingJob; log: readonly LogLine[] }) {
  const { text, kind } = stateOf(job);
  return (
    <div class="stack">
      <div role="status">
        <Badge kind={kind}>{text}</Badge>
      </div>
      {!isOver(job) && (
        <Progress share={shareDone(job.progress)} label={progressInWords(job.progress)} />
      )}
      {job.error?.message && <Note kind="bad">{job.error.message}</Note>}
      <Losses log={log} />
    </div>
  );
}

function Losses({ log }: { log: readonly LogLine[] }) {
  const passes = log.flatMap(({ loss }) => (loss === undefined ? [] : [loss]));
  if (passes.length < 2) return null;
  const most = Math.max(...passes);
  return (
    <Plot
      title={t('lossByPass')}
      description={t('lossText')}
      xTitle={t('pass')}
      yTitle={t('loss')}
      xRange={[1, passes.length]}
      yRange={[0, most]}
      xTicks={ticks(passes.length)}
      formatY={(value) => formatNumber(value, 2)}
      joined
      columns={[t('pass'), t('loss')]}
      rows={passes.map((loss, index) => [formatNumber(index + 1), formatNumber(loss, 4)])}
      points={passes.map((loss, index) => ({
        x: index + 1,
        y: loss,
        label: `${index + 1}: ${formatNumber(loss, 4)}`,
      }))}
    />
  );
}

/** At most eight whole numbers from 1 to `count`. */
function ticks(count: number) {
  const step = Math.ceil(count / 8);
  return Array.from({ length: Math.ceil(count / step) }, (_, index) => 1 + index * step).map(
    (at) => ({ at, label: formatNumber(at) }),
  );
}
