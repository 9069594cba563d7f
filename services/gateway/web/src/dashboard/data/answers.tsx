// The answers of a data set: all of them, read page by page, and one in full.
import { useSignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { durationMs } from '@bufbuild/protobuf/wkt';
import { Verdict } from '@gen/winnow/common/v1/common_pb';
import { annotation } from '../../api/annotation';
import { failureOf, type Failure } from '../../api/errors';
import { MarkedText } from '../../annotate/marked_text';
import { t } from '../../i18n/data';
import { formatMoment, formatSpan, formatTime } from '../../i18n/language';
import { offsetsOf } from '../../text/offsets';
import { printable } from '../../text/printable';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { DataTable, type Column } from '../../ui/table';
import { Badge, dateOf, Details, FailureNote, For, type NoteKind } from '../common/parts';
import {
  matching,
  peopleOf,
  remarkOn,
  spansInWords,
  verdictName,
  withEntries,
} from './answer_rows';
import type { AnswerFilter, AnswerRow } from './answer_rows';
import { EraseDialog } from './erase_dialog';
import './answers.css';

interface Log {
  rows: readonly AnswerRow[];
  isWhole: boolean;
  failure?: Failure;
}

/** Reads the whole log, and tells after every page. */
function useLog(dataset: string): Log {
  const log = useSignal<Log>({ rows: [], isWhole: false });
  useEffect(() => {
    const leaving = new AbortController();
    const read = async () => {
      for (let afterRevision = 0n; !log.peek().isWhole;) {
        const request = { dataset, afterRevision, pageSize: 5000 };
        const { entries, hasMore } = await annotation.listAnswers(request, {
          signal: leaving.signal,
        });
        const rows = withEntries(log.peek().rows, entries);
        log.value = { rows, isWhole: !hasMore || entries.length === 0 };
        afterRevision = entries.at(-1)?.entry.value?.revision ?? afterRevision;
      }
    };
    read().catch((error: unknown) => {
      if (!leaving.signal.aborted) log.value = { ...log.peek(), failure: failureOf(error) };
    });
    return () => leaving.abort();
  }, [dataset]);
  return log.value;
}

interface Props {
  dataset: string;
  labels: readonly string[];
  /** A text is gone, with its answers. */
  onErased: () => void;
}

export function Answers({ dataset, labels, onErased }: Props) {
  const { rows, isWhole, failure } = useLog(dataset);
  const filter = useSignal<AnswerFilter>({ verdict: '', label: '', person: '' });
  const opened = useSignal<AnswerRow | undefined>(undefined);
  const shown = useMemo(() => matching(rows, filter.value), [rows, filter.value]);
  const columns = useMemo(() => columnsOf((row) => (opened.value = row)), []);
  if (isWhole && rows.length === 0) return <p class="soft">{t('noAnswers')}</p>;
  return (
    <>
      {failure && <FailureNote failure={failure} />}
      <DataTable
        name={dataset}
        rows={shown}
        keyOf={({ answer }) => String(answer.revision)}
        columns={columns}
        filters={
          <Filters
            filter={filter.value}
            onFilter={(value) => (filter.value = value)}
            labels={labels}
            people={peopleOf(rows)}
          />
        }
      />
      {!isWhole && !failure && (
        <p class="soft small" role="status">
          {t('loadedSoFar', { n: rows.length })}
        </p>
      )}
      {opened.value && (
        <OneAnswer
          row={opened.value}
          labels={labels}
          onClose={() => (opened.value = undefined)}
          onErased={onErased}
        />
      )}
    </>
  );
}

function timeOf({ answerTime }: AnswerRow['answer']): string {
  const time = dateOf(answerTime);
  return time ? formatTime(time) : '';
}

function momentOf({ answerTime }: AnswerRow['answer']): string {
  const time = dateOf(answerTime);
  return time ? formatMoment(time, 'short') : '';
}

const kinds: Partial<Record<Verdict, NoteKind>> = {
  [Verdict.ACCEPT]: 'good',
  [Verdict.REJECT]: 'bad',
};

function columnsOf(open: (row: AnswerRow) => void): Column<AnswerRow>[] {
  return [
    {
      title: t('text'),
      width: '33%',
      value: ({ answer }) => answer.text,
      cell: (row) => (
        <button type="button" class="answer-text" dir="auto" onClick={() => open(row)}>
          {printable(row.answer.text.slice(0, 300))}
        </button>
      ),
    },
    {
      title: t('verdict'),
      width: '7.5rem',
      value: ({ answer }) => verdictName(answer.verdict),
      cell: ({ answer, undone }) => (
        <Badge kind={undone ? 'plain' : kinds[answer.verdict]}>{verdictName(answer.verdict)}</Badge>
      ),
    },
    {
      title: t('spans'),
      wideOnly: true,
      value: ({ answer }) => spansInWords(answer),
      cell: ({ answer }) => <span dir="auto">{printable(spansInWords(answer))}</span>,
    },
    {
      title: t('remark'),
      wideOnly: true,
      width: '7rem',
      value: remarkOn,
      cell: (row) => <span class="soft small">{remarkOn(row)}</span>,
    },
    { title: t('person'), wideOnly: true, width: '7rem', value: ({ answer }) => answer.annotator },
    {
      title: t('when'),
      wideOnly: true,
      width: '12.5rem',
      value: ({ answer }) => dateOf(answer.answerTime),
      cell: ({ answer }) => momentOf(answer),
    },
  ];
}

interface FiltersProps {
  filter: AnswerFilter;
  onFilter: (filter: AnswerFilter) => void;
  labels: readonly string[];
  people: readonly string[];
}

function Filters({ filter, onFilter, labels, people }: FiltersProps) {
  const verdicts = [Verdict.ACCEPT, Verdict.REJECT, Verdict.IGNORE];
  const select = (
    key: keyof AnswerFilter,
    name: string,
    any: string,
    options: readonly { value: string; label: string }[],
  ) => (
    <select
      class="input filter"
      aria-label={name}
      value={filter[key]}
      onChange={(event) => onFilter({ ...filter, [key]: event.currentTarget.value })}
    >
      <option value="">{any}</option>
      {options.map(({ value, label }) => (
        <option key={value} value={value}>
          {label}
        </option>
      ))}
    </select>
  );
  const same = (names: readonly string[]) => names.map((value) => ({ value, label: value }));
  return (
    <>
      {select(
        'verdict',
        t('verdict'),
        t('anyVerdict'),
        verdicts.map((verdict) => ({ value: String(verdict), label: verdictName(verdict) })),
      )}
      {labels.length > 1 && select('label', t('label'), t('anyLabel'), same(labels))}
      {people.length > 1 && select('person', t('person'), t('anyPerson'), same(people))}
    </>
  );
}

interface OneProps {
  row: AnswerRow;
  labels: readonly string[];
  onClose: () => void;
  onErased: () => void;
}

function OneAnswer({ row: { answer, undone }, labels, onClose, onErased }: OneProps) {
  const erasing = useSignal(false);
  const spans = answer.judgements.map(({ span }) => span!);
  return (
    <Dialog
      title={t('oneAnswer', { revision: String(answer.revision) })}
      wide
      onClose={onClose}
      footer={
        <For role="admin">
          <Button kind="danger" onClick={() => (erasing.value = true)}>
            {t('eraseThis')}
          </Button>
        </For>
      }
    >
      <div class="stack">
        <MarkedText
          text={answer.text}
          view={{ start: 0, end: offsetsOf(answer.text).length }}
          spans={spans}
          labels={labels}
        />
        <Details
          of={[
            [t('verdict'), verdictName(answer.verdict)],
            [t('remark'), remarkOn({ answer, undone })],
            [t('spans'), printable(spansInWords(answer))],
            [t('person'), answer.annotator],
            [t('when'), timeOf(answer)],
            [t('took'), answer.took && formatSpan(durationMs(answer.took) / 1000)],
            [t('queue'), answer.queue],
            [t('why'), answer.strategy],
            [t('askedBy'), answer.modelVersion],
          ]}
        />
      </div>
      {erasing.value && (
        <EraseDialog
          text={answer.text}
          onClose={(erased) => {
            erasing.value = false;
            if (erased) onErased();
          }}
        />
      )}
    </Dialog>
  );
}
