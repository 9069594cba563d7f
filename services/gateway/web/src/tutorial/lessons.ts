// Ten cards that tell why questions are asked as they are: the story of a model that was taught by
// picked questions, looked better by them, and was worse.
import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { Coverage, TaskKind, TaskSchema, type Task } from '@gen/winnow/annotation/v1/annotation_pb';
import { Choice, Verdict, type Draft } from '../annotate/draft';
import { keyName, keys, type Action } from '../app/shortcuts';
import { t } from '../i18n/tutorial';
import { sameRange, type LabelledSpan } from '../text/spans';
import type { Range } from '../text/units';
import { marked, type Marked } from './marked';

export interface Lesson {
  title: string;
  story: string;
  task: Task;
  /** What to do instead; undefined for the right answer. */
  hintFor: (draft: Draft, hasUndone: boolean) => string | undefined;
}

type Key = Parameters<typeof t>[0];

/** In the language of now. */
export function makeLessons(): Lesson[] {
  return [
    question('oneKeyTitle', 'oneKey', 'oneKeyAd', unless(Verdict.ACCEPT, 'oneKeyHint')),
    question('noTitle', 'no', 'noAd', unless(Verdict.REJECT, 'noHint')),
    question('sillyTitle', 'silly', 'sillyAd', unless(Verdict.REJECT, 'sillyHint')),
    question('mendTitle', 'mend', 'mendAd', unlessSpans('mendRight', 'mendHint')),
    question('rememberTitle', 'remember', 'rememberAd', unless(Verdict.ACCEPT, 'rememberHint')),
    question('undoTitle', 'undo', 'undoAd', (draft, hasUndone) =>
      hasUndone ? unless(Verdict.ACCEPT, 'undoWrongHint')(draft) : say('undoHint'),
    ),
    question('auditTitle', 'audit', 'auditAd', unless(Verdict.ACCEPT, 'auditHint'), 'audit'),
    markingLesson(),
    comparingLesson(),
    reviewingLesson(),
  ];
}

/** A text of the tutorial, with the keys as they are now. */
export function say(key: Key, more: Record<string, string> = {}): string {
  const names = Object.entries(keys.value).map(([action, key]) => [action, keyName(key)]);
  return t(key, { ...(Object.fromEntries(names) as Record<Action, string>), ...more });
}

type HintFor = Lesson['hintFor'];

const unless =
  (verdict: Verdict, hint: Key) =>
  (draft: Draft): string | undefined =>
    draft.verdict === verdict && !draft.spans?.length ? undefined : say(hint);

function unlessSpans(right: Key, hint: Key): HintFor {
  const { spans } = marked(t(right));
  return (draft) => (hasExactly(draft, spans) ? undefined : say(hint));
}

function hasExactly({ spans = [] }: Draft, wanted: readonly Range[]): boolean {
  return (
    spans.length === wanted.length &&
    wanted.every((range) => spans.some((span) => sameRange(span, range)))
  );
}

const labelled = ({ spans }: Marked): LabelledSpan[] =>
  spans.map((range) => ({ ...range, label: t('label') }));

let lastId = 0;

function taskOf(init: Exclude<MessageInitShape<typeof TaskSchema>, Task>): Task {
  return create(TaskSchema, {
    taskId: `tutorial-${++lastId}`,
    modelVersion: 'job_titles@1',
    ...init,
  });
}

function question(title: Key, story: Key, ad: Key, hintFor: HintFor, strategy = 'uncertainty') {
  const read = marked(t(ad));
  const task = taskOf({
    kind: TaskKind.TEACH,
    text: read.text,
    strategy,
    body: { case: 'question', value: { span: { ...labelled(read)[0]!, score: 0.5 } } },
  });
  return { title: t(title), story: say(story), task, hintFor };
}

function markingLesson(): Lesson {
  const { text, spans } = marked(t('markAd'));
  const [first = '', second = ''] = spans.map(({ start, end }) =>
    [...text].slice(start, end).join(''),
  );
  const task = taskOf({
    kind: TaskKind.MANUAL,
    text,
    strategy: 'random',
    modelVersion: '',
    body: { case: 'markup', value: { labels: [t('label')] } },
  });
  return {
    title: t('markTitle'),
    story: say('mark'),
    task,
    hintFor: (draft) => (hasExactly(draft, spans) ? undefined : say('markHint', { first, second })),
  };
}

function comparingLesson(): Lesson {
  const [first, second] = [marked(t('compareFirst')), marked(t('compareSecond'))];
  const task = taskOf({
    kind: TaskKind.COMPARE,
    text: first.text,
    strategy: 'comparison',
    modelVersion: '',
    body: { case: 'comparison', value: { first: labelled(first), second: labelled(second) } },
  });
  return {
    title: t('compareTitle'),
    story: say('compare'),
    task,
    hintFor: ({ choice }) => (choice === Choice.SECOND ? undefined : say('compareHint')),
  };
}

function reviewingLesson(): Lesson {
  const [one, two] = [marked(t('reviewOne')), marked(t('reviewTwo'))];
  const versionOf = (read: Marked, annotator: string) => ({
    verdict: Verdict.ACCEPT,
    spans: labelled(read),
    numPeople: 1,
    said: [{ annotator }],
  });
  const task = taskOf({
    kind: TaskKind.REVIEW,
    text: one.text,
    strategy: 'disagreement',
    modelVersion: '',
    body: {
      case: 'review',
      value: {
        coverage: Coverage.COMPLETE,
        labels: [t('label')],
        versions: [versionOf(one, 'Ben'), versionOf(two, 'Cara')],
      },
    },
  });
  return {
    title: t('reviewTitle'),
    story: say('review'),
    task,
    hintFor: (draft) => (hasExactly(draft, two.spans) ? undefined : say('reviewHint')),
  };
}
