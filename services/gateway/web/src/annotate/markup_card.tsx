import { useRef } from 'preact/hooks';
import type { Markup } from '@gen/winnow/annotation/v1/annotation_pb';
import { t } from '../i18n/annotate';
import { offsetsOf } from '../text/offsets';
import type { CardProps } from './card_props';
import { Verdict } from './draft';
import { editorOf } from './markup';
import { MarkedText } from './marked_text';
import { SpanEditor } from './span_editor';
import { useFresh } from './use_fresh';
import { VerdictBar } from './verdict_bar';
import { Why } from './why';
import './card.css';

/** "Mark all spans of these labels." Without labels: "is this text right?" */
export function MarkupCard(props: CardProps & { markup: Markup }) {
  return props.markup.labels.length > 0 ? <SpansCard {...props} /> : <TextCard {...props} />;
}

function SpansCard({ card, markup, labels, busy, answer, undo }: CardProps & { markup: Markup }) {
  const { task, earlier } = card;
  const label = useRef('');
  const editor = useFresh(card, () => {
    const marked = markup.spans.map(({ start, end, label }) => ({ start, end, label }));
    const spans = earlier?.spans ?? marked;
    return editorOf(task.text, startLabel(markup.labels, label.current), spans);
  });
  // The label that was used last goes on with the next text.
  label.current = editor.value.label;
  return (
    <section class="card" aria-labelledby="question">
      <h2 id="question">{t('markAll')}</h2>
      <SpanEditor editor={editor} labels={markup.labels} allLabels={labels} />
      <Why task={task} />
      <VerdictBar
        busy={busy}
        undo={undo}
        choices={[
          {
            action: 'submit',
            also: 'accept',
            label: t('done'),
            tone: 'yes',
            run: () => answer({ verdict: Verdict.ACCEPT, spans: [...editor.value.spans] }),
          },
          {
            action: 'reject',
            label: t('badText'),
            tone: 'no',
            run: () => answer({ verdict: Verdict.REJECT }),
          },
          {
            action: 'ignore',
            label: t('ignore'),
            run: () => answer({ verdict: Verdict.IGNORE }),
          },
        ]}
      />
    </section>
  );
}

const startLabel = (labels: readonly string[], last: string) =>
  labels.includes(last) ? last : (labels[0] ?? '');

function TextCard({ card, labels, busy, answer, undo }: CardProps) {
  const { task } = card;
  return (
    <section class="card" aria-labelledby="question">
      <h2 id="question">{t('isTextRight')}</h2>
      <div class="sheet">
        <MarkedText
          text={task.text}
          view={{ start: 0, end: offsetsOf(task.text).length }}
          spans={[]}
          labels={labels}
        />
      </div>
      <Why task={task} />
      <VerdictBar
        busy={busy}
        undo={undo}
        choices={[
          {
            action: 'accept',
            label: t('accept'),
            tone: 'yes',
            run: () => answer({ verdict: Verdict.ACCEPT }),
          },
          {
            action: 'reject',
            label: t('reject'),
            tone: 'no',
            run: () => answer({ verdict: Verdict.REJECT }),
          },
          {
            action: 'ignore',
            label: t('ignore'),
            run: () => answer({ verdict: Verdict.IGNORE }),
          },
        ]}
      />
    </section>
  );
}
