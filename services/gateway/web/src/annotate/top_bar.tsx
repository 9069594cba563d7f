import { useSignal, useSignalEffect, type ReadonlySignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import type { Queue } from '@gen/winnow/annotation/v1/annotation_pb';
import type { EstimateFromAuditResponse } from '@gen/winnow/evaluation/v1/evaluation_pb';
import { href } from '../app/router';
import { helpShown } from '../app/shortcut_help';
import { t } from '../i18n/annotate';
import { formatPercent, formatSpan } from '../i18n/language';
import { Button } from '../ui/button';
import { toast } from '../ui/toast';
import { usePageTitle } from '../ui/page';
import { Quality } from './quality';
import { progressOf, type Progress } from './queue_watch';
import { acceptRate, perHour, type Statistics } from './statistics';
import './top_bar.css';

interface Props {
  name: string;
  queue: ReadonlySignal<Queue | undefined>;
  quality: EstimateFromAuditResponse | undefined;
  statistics: Statistics;
  onHistory: () => void;
}

export function TopBar({ name, queue, quality, statistics, onHistory }: Props) {
  const heading = usePageTitle(name);
  const progress = queue.value && progressOf(queue.value);
  return (
    <header class="desk-bar">
      <a class="button quiet icon" href={href('home')} aria-label={t('back')}>
        <span aria-hidden="true">←</span>
      </a>
      <h1 ref={heading} tabIndex={-1}>
        {name}
      </h1>
      <div class="counts">
        <Mine statistics={statistics} />
        {progress && <Everybodys progress={progress} />}
      </div>
      {quality && queue.value && <Quality queue={queue.value} estimate={quality} />}
      <Bell queue={queue} />
      <Button kind="quiet" icon aria-label={t('history')} onClick={onHistory}>
        <span aria-hidden="true">↺</span>
      </Button>
      <Button kind="quiet" icon aria-label={t('help')} onClick={() => (helpShown.value = true)}>
        <span aria-hidden="true">?</span>
      </Button>
      <Bar progress={progress} />
    </header>
  );
}

function Bar({ progress }: { progress: Progress | undefined }) {
  if (progress?.open === undefined) return <div class="rule" />;
  return (
    <progress
      aria-label={t('progress')}
      value={progress.answered}
      max={Math.max(progress.answered + progress.open, 1)}
    />
  );
}

/** What this person has done since they came. */
function Mine({ statistics }: { statistics: Statistics }) {
  const rate = perHour(statistics);
  const accepted = acceptRate(statistics);
  return (
    <>
      {statistics.answers > 0 && <strong>{t('answered', { n: statistics.answers })}</strong>}
      {rate !== undefined && <span>{t('perHour', { n: Math.round(rate) })}</span>}
      {accepted !== undefined && <span>{t('acceptRate', { rate: formatPercent(accepted) })}</span>}
      {statistics.streak >= 10 && <span>{t('streak', { n: statistics.streak })}</span>}
    </>
  );
}

function Everybodys({ progress }: { progress: Progress }) {
  const { answered, open, remaining } = progress;
  // Questions are asked as long as they are worth it: nobody knows how many.
  if (open === undefined) return <span>{t('answeredByAll', { n: answered })}</span>;
  return (
    <span>
      {t('openTasks', { n: open })}
      {remaining !== undefined && `, ${t('remaining', { time: formatSpan(remaining) })}`}
    </span>
  );
}

/** Quietly tells that the questions are of another version now. */
function Bell({ queue }: Pick<Props, 'queue'>) {
  const seen = useRef('');
  const fresh = useSignal('');
  useSignalEffect(() => {
    const version = queue.value?.status?.modelVersion;
    if (!version) return;
    if (seen.current && seen.current !== version) fresh.value = version;
    seen.current = version;
  });
  if (!fresh.value) return null;
  const news = t('newVersion', { version: fresh.value });
  return (
    <>
      <span class="visually-hidden" role="status">
        {news}
      </span>
      <Button
        kind="quiet"
        icon
        class="bell new"
        aria-label={t('bell')}
        onClick={() => {
          toast({ text: news });
          fresh.value = '';
        }}
      >
        <span aria-hidden="true">♪</span>
      </Button>
    </>
  );
}
