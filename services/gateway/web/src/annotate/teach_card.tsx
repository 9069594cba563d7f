import { useRef } from 'preact/hooks';
import { t } from '../i18n/annotate';
import { sameRange } from '../text/spans';
import type { Range } from '../text/units';
import { Verdict } from './draft';
import type { CardProps } from './card_props';
import { MendNote, SpanQuestion } from './span_question';
import { askedSpan, teachDraft } from './teach';
import { useFresh } from './use_fresh';
import { useSwipe } from './use_swipe';
import { VerdictBar } from './verdict_bar';
import { Why } from './why';
import './card.css';

/** "Is this span right?" */
export function TeachCard({ card, labels, busy, answer, undo }: CardProps) {
  const { task, earlier } = card;
  const asked = askedSpan(task);
  const range = useFresh<Range>(card, () => earlier?.spans?.[0] ?? asked);
  const sheet = useRef<HTMLDivElement>(null);
  const give = (verdict: Verdict) => answer(teachDraft(task, range.value, verdict));
  useSwipe(sheet, (to) => give(to === 'right' ? Verdict.ACCEPT : Verdict.REJECT));
  const isMended = !sameRange(range.value, asked);
  return (
    <section class="card" aria-labelledby="question">
      <h2 id="question">{t('isThis', { label: asked.label })}</h2>
      <div class="sheet" ref={sheet}>
        <SpanQuestion task={task} labels={labels} range={range} />
      </div>
      <Why task={task} score={asked.score} />
      <VerdictBar
        busy={busy}
        undo={undo}
        aside={<MendNote task={task} range={range} />}
        choices={[
          {
            action: 'accept',
            label: t(isMended ? 'acceptMended' : 'accept'),
            tone: 'yes',
            run: () => give(Verdict.ACCEPT),
          },
          { action: 'reject', label: t('reject'), tone: 'no', run: () => give(Verdict.REJECT) },
          { action: 'ignore', label: t('ignore'), run: () => give(Verdict.IGNORE) },
        ]}
      />
    </section>
  );
}
