import { useSignal, type Signal } from '@preact/signals';
import {
  Coverage,
  type Review,
  type Review_Version as Version,
} from '@gen/winnow/annotation/v1/annotation_pb';
import { keyName, keys, useDigits, useShortcuts } from '../app/shortcuts';
import { t } from '../i18n/annotate';
import { offsetsOf } from '../text/offsets';
import { printable } from '../text/printable';
import { Button } from '../ui/button';
import type { CardProps } from './card_props';
import { Verdict, type Draft } from './draft';
import { editorOf, type Editor } from './markup';
import { MarkedText } from './marked_text';
import { agreementOf, draftOfVersion } from './review';
import { SpanEditor } from './span_editor';
import { MendNote, SpanQuestion } from './span_question';
import { askedSpan, teachDraft } from './teach';
import { useFresh } from './use_fresh';
import { VerdictBar, type Choice } from './verdict_bar';
import { Why } from './why';
import './card.css';
import './review_card.css';

type Props = CardProps & { review: Review };

/** "What is right, where these people differ?" */
export function ReviewCard(props: Props) {
  const { coverage } = props.review;
  return coverage === Coverage.COMPLETE ? <TextReview {...props} /> : <QuestionReview {...props} />;
}

/** Of yes/no answers: the question again, with what was said. */
function QuestionReview({ card, review, labels, busy, answer, undo }: Props) {
  const { task } = card;
  const range = useFresh(card, () => askedSpan(task) as { start: number; end: number });
  const give = (verdict: Verdict) => () => answer(teachDraft(task, range.value, verdict));
  return (
    <section class="card" aria-labelledby="question">
      <h2 id="question">{t('isThis', { label: askedSpan(task).label })}</h2>
      <div class="sheet">
        <SpanQuestion task={task} labels={labels} range={range} />
      </div>
      <Versions card={card} review={review} labels={labels} answer={answer} />
      <Why task={task} />
      <VerdictBar
        busy={busy}
        undo={undo}
        aside={<MendNote task={task} range={range} />}
        choices={[
          { action: 'accept', label: t('accept'), tone: 'yes', run: give(Verdict.ACCEPT) },
          { action: 'reject', label: t('reject'), tone: 'no', run: give(Verdict.REJECT) },
          { action: 'ignore', label: t('ignore'), run: give(Verdict.IGNORE) },
        ]}
      />
    </section>
  );
}

/** Of complete annotations: one version is taken as it is, or mended. */
function TextReview({ card, review, labels, busy, answer, undo }: Props) {
  const { task } = card;
  const editor = useFresh<Editor | undefined>(card, () => undefined);
  const mend = (version: Version | undefined) =>
    (editor.value = editorOf(task.text, review.labels[0] ?? '', draftSpans(review, version)));
  useShortcuts({ mend: () => mend(review.versions[0]) });
  const choices: Choice[] = [
    {
      action: 'reject',
      label: t('badText'),
      tone: 'no',
      run: () => answer({ verdict: Verdict.REJECT }),
    },
    { action: 'ignore', label: t('ignore'), run: () => answer({ verdict: Verdict.IGNORE }) },
  ];
  if (editor.value) {
    choices.unshift({
      action: 'submit',
      also: 'accept',
      label: t('done'),
      tone: 'yes',
      run: () => answer({ verdict: Verdict.ACCEPT, spans: [...editor.value!.spans] }),
    });
  }
  return (
    <section class="card" aria-labelledby="question">
      <h2 id="question">{t('whatIsRight')}</h2>
      {editor.value ? (
        <SpanEditor editor={editor as Signal<Editor>} labels={review.labels} allLabels={labels} />
      ) : (
        <Versions card={card} review={review} labels={labels} answer={answer} onMend={mend} />
      )}
      <Why task={task} />
      <VerdictBar busy={busy} undo={undo} choices={choices} />
    </section>
  );
}

const draftSpans = (review: Review, version: Version | undefined) =>
  (version && draftOfVersion(review, version).spans) ?? [];

interface VersionsProps extends Pick<CardProps, 'card' | 'labels'> {
  review: Review;
  answer: (draft: Draft) => void;
  onMend?: (version: Version) => void;
}

/** What was said, by how many, and by whom on demand; a digit takes a version. */
function Versions({ card, review, labels, answer, onMend }: VersionsProps) {
  const namesShown = useSignal(false);
  const isComplete = review.coverage === Coverage.COMPLETE;
  const take = (version: Version) => answer(draftOfVersion(review, version));
  useDigits((digit) => {
    const version = review.versions[digit - 1];
    if (version) take(version);
  });
  const toggleNames = () => (namesShown.value = !namesShown.value);
  useShortcuts({ who: toggleNames });
  const { text } = card.task;
  return (
    <>
      <div class="mended">
        {t(agreementOf(review))}
        <Button kind="quiet" aria-pressed={namesShown.value} onClick={toggleNames}>
          {t('who')} <kbd aria-hidden="true">{keyName(keys.value.who)}</kbd>
        </Button>
      </div>
      <ol class="versions">
        {review.versions.map((version, index) => (
          <li key={index}>
            {isComplete && version.verdict === Verdict.ACCEPT ? (
              <MarkedText
                text={text}
                view={{ start: 0, end: offsetsOf(text).length }}
                spans={version.spans}
                labels={labels}
              />
            ) : (
              <strong>{t(saidOf(isComplete, version))}</strong>
            )}
            <div class="take">
              <Button onClick={() => take(version)}>
                {t('take')} <kbd aria-hidden="true">{index + 1}</kbd>
              </Button>
              {onMend && <Button onClick={() => onMend(version)}>{t('mend')}</Button>}
            </div>
            <div class="said">
              {t('versionOf', { n: version.numPeople })}
              {namesShown.value && `: ${namesOf(version)}`}
            </div>
          </li>
        ))}
      </ol>
    </>
  );
}

function saidOf(isComplete: boolean, { verdict }: Version) {
  if (verdict === Verdict.ACCEPT) return 'saidAccept';
  return isComplete ? 'saidBad' : 'saidReject';
}

function namesOf({ said }: Version): string {
  const names = said.map(({ annotator, dataset }) => annotator || t('somebody', { dataset }));
  return [...new Set(names)].map(printable).join(', ') || t('namesHidden');
}
