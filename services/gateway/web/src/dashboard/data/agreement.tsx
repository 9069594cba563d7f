// How much people agree: by label, by pair, by week, and who is right how often.
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type {
  LabelAgreement,
  MeasureAgreementResponse,
  PairAgreement,
  SpanAgreement,
  WeekAgreement,
} from '@gen/winnow/evaluation/v1/evaluation_pb';
import { timestampDate } from '@bufbuild/protobuf/wkt';
import { evaluation } from '../../api/evaluation';
import { t } from '../../i18n/data';
import { formatNumber, formatPercent } from '../../i18n/language';
import { t as tu } from '../../i18n/ui';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { DataTable, type Column } from '../../ui/table';
import { errorOf, useAction } from '../common/action';
import { coefficientText, shareColumn } from '../common/figures';
import { Many } from '../common/form';
import { Caveats, count, FailureNote } from '../common/parts';

interface Props {
  /** To choose from; one alone is measured at once. */
  names: string[];
  onClose: () => void;
}

export function AgreementDialog({ names, onClose }: Props) {
  const isOne = names.length === 1;
  const datasets = useSignal(isOne ? names : []);
  const measured = useSignal<MeasureAgreementResponse | undefined>(undefined);
  const measuring = useAction(async () => {
    measured.value = await evaluation.measureAgreement({ datasets: datasets.value });
  });
  useEffect(() => {
    if (isOne) measuring.run();
  }, []);
  return (
    <Dialog title={t('agreement')} wide onClose={onClose}>
      <div class="stack">
        <p class="soft">{t('agreementLead')}</p>
        {!isOne && (
          <>
            <div class="form">
              <Many
                legend={t('agreementPick')}
                error={errorOf(measuring.failure, 'datasets')}
                of={names}
                value={datasets.value}
                onValue={(value) => (datasets.value = value)}
              />
            </div>
            <div>
              <Button kind="primary" disabled={measuring.busy} onClick={() => measuring.run()}>
                {t('measure')}
              </Button>
            </div>
          </>
        )}
        {measuring.busy && <p class="soft loading">{tu('loading')}</p>}
        {measuring.failure && <FailureNote failure={measuring.failure} />}
        {measured.value && <Agreement of={measured.value} />}
      </div>
    </Dialog>
  );
}

export function Agreement({ of }: { of: MeasureAgreementResponse }) {
  const labels = of.labels.length === 1 || !of.all ? of.labels : [...of.labels, of.all];
  const more = Number(of.numPairs) - of.pairs.length;
  const asked = { questions: !!of.all?.questions, spans: !!of.all?.spans };
  return (
    <>
      <p role="status">{t('peopleNumber', { n: Number(of.numPeople) })}</p>
      <DataTable
        plain
        name={t('agreement')}
        rows={labels}
        keyOf={({ label }) => label}
        columns={labelColumns(asked)}
      />
      <h3>{t('pairs')}</h3>
      <DataTable
        plain={of.pairs.length < 10}
        name={t('pairs')}
        rows={of.pairs}
        keyOf={({ first, second }) => `${first}\n${second}`}
        columns={pairColumns(asked)}
      />
      {more > 0 && <p class="soft small">{t('morePairs', { n: more })}</p>}
      <Rates of={of} />
      <Confusions of={of} />
      <Weeks of={of} />
      <Caveats of={of.caveats} />
    </>
  );
}

/** Of what kind the shared answers are. */
interface Asked {
  questions: boolean;
  spans: boolean;
}

type WithSpans = { spans?: SpanAgreement | undefined };

function spanColumns<Row extends WithSpans>({ questions }: Asked): Column<Row>[] {
  return [
    {
      title: t('sharedTexts'),
      number: true,
      wideOnly: true,
      value: ({ spans }) => spans?.numTexts,
      cell: ({ spans }) => spans && count(spans.numTexts),
    },
    shareColumn(t('sameSpans'), ({ spans }) => spans?.exactF1, questions),
    shareColumn(t('overlappingSpans'), ({ spans }) => spans?.overlapF1),
  ];
}

const questionLabelColumns = (): Column<LabelAgreement>[] => [
  {
    title: t('questions'),
    number: true,
    value: ({ questions }) => questions?.numQuestions,
    cell: ({ questions }) => questions && count(questions.numQuestions),
  },
  shareColumn(t('sameAnswer'), ({ questions }) => questions?.observed, false),
  {
    title: t('alpha'),
    wideOnly: true,
    value: ({ questions }) => questions?.alpha?.value,
    cell: ({ questions }) => coefficientText(questions?.alpha),
  },
  {
    title: t('fleiss'),
    wideOnly: true,
    value: ({ questions }) => questions?.fleissKappa?.value,
    cell: ({ questions }) => coefficientText(questions?.fleissKappa),
  },
];

const labelColumns = (asked: Asked): Column<LabelAgreement>[] => [
  { title: t('label'), value: ({ label }) => label || t('allLabels') },
  ...(asked.questions ? questionLabelColumns() : []),
  ...(asked.spans ? spanColumns<LabelAgreement>(asked) : []),
];

const questionPairColumns = (): Column<PairAgreement>[] => [
  {
    title: t('questions'),
    number: true,
    value: ({ numQuestions }) => numQuestions,
    cell: ({ numQuestions }) => count(numQuestions),
  },
  shareColumn(t('sameAnswer'), ({ observed }) => observed, false),
  {
    title: t('kappa'),
    wideOnly: true,
    value: ({ kappa }) => kappa?.value,
    cell: ({ kappa }) => coefficientText(kappa),
  },
];

const pairColumns = (asked: Asked): Column<PairAgreement>[] => [
  { title: t('person'), value: ({ first }) => first },
  { title: t('and'), value: ({ second }) => second },
  ...(asked.questions ? questionPairColumns() : []),
  ...(asked.spans ? spanColumns<PairAgreement>(asked) : []),
];

function Rates({ of }: { of: MeasureAgreementResponse }) {
  if (!of.rates) return <p class="soft">{of.noRatesReason}</p>;
  return (
    <>
      <h3>{t('rates')}</h3>
      <p class="soft small">{t('ratesLead', { n: Number(of.rates.numQuestions) })}</p>
      <DataTable
        plain
        name={t('rates')}
        rows={of.rates.people}
        keyOf={({ person }) => person}
        columns={[
          { title: t('person'), value: ({ person }) => person },
          {
            title: t('questions'),
            number: true,
            value: ({ numQuestions }) => numQuestions,
            cell: ({ numQuestions }) => count(numQuestions),
          },
          {
            title: t('acceptsRight'),
            number: true,
            value: ({ acceptsRight }) => acceptsRight,
            cell: ({ acceptsRight }) => formatPercent(acceptsRight, 1),
          },
          {
            title: t('rejectsWrong'),
            number: true,
            value: ({ rejectsWrong }) => rejectsWrong,
            cell: ({ rejectsWrong }) => formatPercent(rejectsWrong, 1),
          },
          {
            title: t('competence'),
            number: true,
            wideOnly: true,
            value: ({ competence }) => competence,
            cell: ({ competence }) => formatNumber(competence),
          },
        ]}
      />
    </>
  );
}

function Confusions({ of }: { of: MeasureAgreementResponse }) {
  const labels = of.labelConfusions.filter(({ first, second }) => first !== second);
  const times = { title: t('times'), number: true, value: (row: { count: bigint }) => row.count };
  return (
    <>
      {labels.length > 0 && (
        <>
          <h3>{t('confusions')}</h3>
          <DataTable
            plain
            name={t('confusions')}
            rows={labels}
            keyOf={({ first, second }) => `${first}\n${second}`}
            columns={[
              { title: t('oneSays'), value: ({ first }) => first },
              { title: t('another'), value: ({ second }) => second || t('nothing') },
              times,
            ]}
          />
        </>
      )}
      {of.boundaryConfusions.length > 0 && (
        <>
          <h3>{t('boundaries')}</h3>
          <DataTable
            plain
            name={t('boundaries')}
            rows={of.boundaryConfusions.slice(0, 15)}
            keyOf={({ label, longer, shorter }) => `${label}\n${longer}\n${shorter}`}
            columns={[
              { title: t('oneSays'), value: ({ longer }) => longer },
              { title: t('another'), value: ({ shorter }) => shorter },
              { title: t('label'), wideOnly: true, value: ({ label }) => label },
              times,
            ]}
          />
        </>
      )}
    </>
  );
}

function Weeks({ of }: { of: MeasureAgreementResponse }) {
  if (of.weeks.length < 2) return null;
  const day = (week: WeekAgreement) => timestampDate(week.startTime!).toISOString().slice(0, 10);
  return (
    <>
      <h3>{t('weeks')}</h3>
      <DataTable
        plain
        name={t('weeks')}
        rows={of.weeks}
        keyOf={day}
        columns={[
          { title: t('week'), value: day },
          {
            title: t('answerPairs'),
            number: true,
            value: ({ numAnswerPairs }) => numAnswerPairs,
            cell: ({ numAnswerPairs }) => count(numAnswerPairs),
          },
          shareColumn(t('sameAnswer'), ({ observed }: WeekAgreement) => observed, false),
          ...spanColumns<WeekAgreement>({ questions: true, spans: true }),
        ]}
      />
    </>
  );
}
