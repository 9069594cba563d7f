import { Verdict } from './draft';
import { t } from '../i18n/annotate';
import { formatRelative } from '../i18n/language';
import { offsetsOf } from '../text/offsets';
import { printable } from '../text/printable';
import { Button } from '../ui/button';
import { Dialog } from '../ui/dialog';
import type { Given } from './desk';
import './history_panel.css';

interface Props {
  given: readonly Given[];
  onReopen: (given: Given) => void;
  onClose: () => void;
}

/** The last answers, each to be opened again. */
export function HistoryPanel({ given, onReopen, onClose }: Props) {
  return (
    <Dialog title={t('history')} onClose={onClose}>
      {given.length === 0 && <p class="soft">{t('historyEmpty')}</p>}
      <ul class="given">
        {given.map((one) => (
          <li key={one.answerId}>
            <Mark verdict={one.draft.verdict} />
            <div class="words">
              <p dir="auto">{wordsOf(one)}</p>
              <p class="soft small">
                {formatRelative(new Date(one.time))}
                {stateOf(one) && ` · ${stateOf(one)}`}
              </p>
            </div>
            {one.state !== 'refused' && (
              <Button onClick={() => onReopen(one)}>{t('reopen')}</Button>
            )}
          </li>
        ))}
      </ul>
    </Dialog>
  );
}

function Mark({ verdict }: { verdict: Verdict }) {
  const [name, symbol, tone] = {
    [Verdict.ACCEPT]: [t('accepted'), '✓', 'yes'],
    [Verdict.REJECT]: [t('rejected'), '✕', 'no'],
    [Verdict.IGNORE]: [t('ignored'), '–', 'none'],
    [Verdict.UNSPECIFIED]: ['', '', 'none'],
  }[verdict] as [string, string, string];
  return (
    <span class={`verdict ${tone}`} role="img" aria-label={name}>
      {symbol}
    </span>
  );
}

/** The span that was asked about, or how the text begins. */
export function wordsOf({ task }: Pick<Given, 'task'>): string {
  const span = task.body.case === 'question' ? task.body.value.span : undefined;
  const offsets = offsetsOf(task.text);
  const end = offsets.toUnits(span?.end ?? 80);
  return printable(task.text.slice(offsets.toUnits(span?.start ?? 0), end));
}

function stateOf({ state, late, problem }: Given): string {
  if (state === 'pending') return t('statePending');
  if (state === 'refused') return `${t('stateRefused')}: ${problem ?? ''}`;
  return late ? t('stateLate') : '';
}
