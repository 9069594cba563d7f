import type { BlindComparison, Task } from '@gen/winnow/annotation/v1/annotation_pb';
import { stored } from '../app/stored';
import { keyName, keys, useShortcuts } from '../app/shortcuts';
import { t } from '../i18n/annotate';
import { offsetsOf } from '../text/offsets';
import { printable } from '../text/printable';
import type { LabelledSpan } from '../text/spans';
import { Button } from '../ui/button';
import type { CardProps } from './card_props';
import { differenceOf, type Side } from './compare';
import { Choice, Verdict } from './draft';
import { MarkedText } from './marked_text';
import { VerdictBar } from './verdict_bar';
import { Why } from './why';
import './card.css';
import './compare_card.css';

const asDifference = stored('compareAsDifference', false);

const wholeOf = (text: string) => ({ start: 0, end: offsetsOf(text).length });

/** "Which of these two outputs is better?", without telling whose they are. */
export function CompareCard(props: CardProps & { comparison: BlindComparison }) {
  const { card, comparison, labels, busy, answer, undo } = props;
  const toggle = () => (asDifference.value = !asDifference.value);
  useShortcuts({ diff: toggle });
  const prefer = (choice: Choice) => () => answer({ verdict: Verdict.ACCEPT, choice });
  return (
    <section class="card wide" aria-labelledby="question">
      <h2 id="question">{t('whichIsBetter')}</h2>
      {asDifference.value ? (
        <Difference task={card.task} comparison={comparison} labels={labels} />
      ) : (
        <div class="sides">
          {[comparison.first, comparison.second].map((spans, index) => (
            <section key={index} class="sheet">
              <h3>{t(index === 0 ? 'first' : 'second')}</h3>
              <MarkedText
                text={card.task.text}
                view={wholeOf(card.task.text)}
                spans={spans}
                labels={labels}
              />
            </section>
          ))}
        </div>
      )}
      <div>
        <Button kind="quiet" aria-pressed={asDifference.value} onClick={toggle}>
          {t('difference')} <kbd aria-hidden="true">{keyName(keys.value.diff)}</kbd>
        </Button>
      </div>
      <Why task={card.task} />
      <VerdictBar
        busy={busy}
        undo={undo}
        choices={[
          { action: 'first', label: t('firstBetter'), run: prefer(Choice.FIRST) },
          { action: 'second', label: t('secondBetter'), run: prefer(Choice.SECOND) },
          { action: 'tie', label: t('tie'), run: prefer(Choice.TIE) },
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

const sideNames = { both: 'bothSides', first: 'onlyFirst', second: 'onlySecond' } as const;

interface DifferenceProps {
  task: Task;
  comparison: BlindComparison;
  labels: readonly string[];
}

/** What both have is marked; what one has alone is listed, and marked with its side. */
function Difference({ task, comparison, labels }: DifferenceProps) {
  const spans = differenceOf(comparison.first.map(plain), comparison.second.map(plain));
  const offsets = offsetsOf(task.text);
  const words = ({ start, end }: LabelledSpan) =>
    printable(task.text.slice(offsets.toUnits(start), offsets.toUnits(end)));
  const listOf = (side: Side) => spans.filter((span) => span.side === side);
  return (
    <div class="sheet difference">
      <MarkedText
        text={task.text}
        view={wholeOf(task.text)}
        spans={spans}
        labels={labels}
        after={(span, index) => (
          <span class="tag">
            {printable(span.label)} {{ both: '', first: '①', second: '②' }[spans[index]!.side]}
          </span>
        )}
      />
      <dl>
        {(['first', 'second'] as const).map((side) => (
          <>
            <dt>{t(sideNames[side])}</dt>
            <dd>
              {listOf(side)
                .map((span) => `${words(span)} (${printable(span.label)})`)
                .join(' · ') || t('noSpan')}
            </dd>
          </>
        ))}
      </dl>
    </div>
  );
}

const plain = ({ start, end, label }: LabelledSpan): LabelledSpan => ({ start, end, label });
