// What a training says for itself: what went in, what was measured, what the gate made of it.
import type { Figure, LabelFigure } from '@gen/winnow/common/v1/common_pb';
import { GateVerdict } from '@gen/winnow/training/v1/training_pb';
import type {
  CalibrationReport,
  GateReport,
  SettingsReport,
  TrainingReport,
} from '@gen/winnow/training/v1/training_pb';
import { durationMs } from '@bufbuild/protobuf/wkt';
import { formatNumber, formatPercent, formatSpan } from '../../i18n/language';
import { t } from '../../i18n/models';
import { Plot } from '../../ui/charts';
import { Panel } from '../../ui/page';
import { DataTable } from '../../ui/table';
import {
  notesOn,
  points,
  sampleName,
  sampleOf,
  Share,
  shareColumn,
  shareText,
} from '../common/figures';
import { Badge, Caveats, count, Details, type NoteKind } from '../common/parts';

export function Report({ report }: { report: TrainingReport }) {
  return (
    <>
      {report.gate && <Gate gate={report.gate} version={report.modelVersion} />}
      <Figures report={report} />
      {report.calibration && <Calibration of={report.calibration} />}
      <WentIn report={report} />
    </>
  );
}

const verdicts: Record<GateVerdict, { name: Parameters<typeof t>[0]; kind: NoteKind }> = {
  [GateVerdict.UNSPECIFIED]: { name: 'gateNotAsked', kind: 'plain' },
  [GateVerdict.PROMOTE]: { name: 'gatePromote', kind: 'good' },
  [GateVerdict.REFUSE]: { name: 'gateRefuse', kind: 'bad' },
  [GateVerdict.UNDECIDED]: { name: 'gateUndecided', kind: 'warn' },
};

/** Whether the version serves, after the verdict of the gate. */
export function outcomeOf(gate: GateReport, version: string): string {
  if (!gate.promoted) return t('servesNot', { version });
  return t(gate.verdict === GateVerdict.PROMOTE ? 'servesNow' : 'servesFirst', { version });
}

export function Gate({ gate, version }: { gate: GateReport; version: string }) {
  const { name, kind } = verdicts[gate.verdict] ?? verdicts[GateVerdict.UNSPECIFIED];
  const { measurement } = gate;
  return (
    <Panel title={t('gate')}>
      <div class="stack">
        <p class="row">
          <Badge kind={kind}>{t(name)}</Badge> {version && outcomeOf(gate, version)}
        </p>
        {gate.reason && <p class="lead">{gate.reason}</p>}
        {measurement && (
          <Details
            of={[
              [t('comparedWith'), gate.comparedWith],
              [
                t('difference'),
                t('differenceText', {
                  delta: `${measurement.deltaF1 > 0 ? '+' : ''}${points(measurement.deltaF1)}`,
                  lower: points(measurement.lower),
                  upper: points(measurement.upper),
                }),
              ],
              [
                t('measuredOn'),
                t('measuredText', {
                  sample: sampleName(measurement.sample),
                  spans: Number(measurement.numSpans),
                  texts: Number(measurement.numChangedTexts),
                }),
              ],
              [t('earlierTries'), count(measurement.numEarlierTries)],
            ]}
          />
        )}
        {measurement?.numMoreSpans !== undefined && (
          <p>{t('moreSpans', { n: Number(measurement.numMoreSpans) })}</p>
        )}
      </div>
    </Panel>
  );
}

export interface NamedFigure {
  role: string;
  figure: Figure;
}

/** The figures of all versions, each sample's "before" above its "after". */
export function pairFigures(report: TrainingReport): NamedFigure[] {
  const samples = [...new Set(report.after.map(({ sample }) => sample))];
  const of = (role: string, side: Figure[], sample: Figure['sample']) =>
    side.filter((figure) => figure.sample === sample).map((figure) => ({ role, figure }));
  return samples.flatMap((sample) => [
    ...of(t('before'), report.before, sample),
    ...of(t('parentFigure'), report.parent, sample),
    ...of(t('after'), report.after, sample),
  ]);
}

/** The figure of a version that says most of new texts. */
export const bestFigure = ({ after }: TrainingReport): Figure | undefined =>
  after.find(({ biased, f1 }) => !biased && f1);

function Figures({ report }: { report: TrainingReport }) {
  const figures = pairFigures(report);
  const labelled = report.after.find(({ labels }) => labels.length > 0);
  return (
    <Panel title={t('figures')}>
      <div class="stack">
        {figures.length === 0 ? <p>{t('nothingMeasured')}</p> : <FigureTable figures={figures} />}
        <Caveats of={[...notesOn(figures.map(({ figure }) => figure)), ...report.caveats]} />
        {labelled && <LabelTable figure={labelled} />}
      </div>
    </Panel>
  );
}

function FigureTable({ figures }: { figures: NamedFigure[] }) {
  return (
    <DataTable
      plain
      name={t('figures')}
      rows={figures}
      keyOf={({ role, figure }) => role + figure.sample + figure.datasets.join()}
      columns={[
        {
          title: t('sample'),
          value: ({ figure }) => sampleOf(figure),
          cell: ({ role, figure }) => (
            <span class={role === t('after') ? '' : 'earlier'}>{sampleOf(figure)}</span>
          ),
        },
        {
          title: t('role'),
          value: ({ role }) => role,
          cell: ({ role, figure }) => (
            <>
              {role === t('after') ? <b>{role}</b> : role}{' '}
              <span class="soft small">{figure.modelVersion}</span>
            </>
          ),
        },
        {
          ...shareColumn(
            t('f1'),
            ({ figure }: NamedFigure) => figure.f1 ?? figure.agreement,
            false,
          ),
          cell: ({ figure }) => <Quality figure={figure} />,
        },
        shareColumn(t('precision'), ({ figure }: NamedFigure) => figure.precision),
        shareColumn(t('recall'), ({ figure }: NamedFigure) => figure.recall),
        { title: t('items'), number: true, wideOnly: true, ...numberOf((one) => one.numItems) },
        { title: t('spans'), number: true, wideOnly: true, ...numberOf((one) => one.numSpans) },
      ]}
    />
  );
}

// Of the questions that were asked there is no F1.
function Quality({ figure: { f1, agreement } }: { figure: Figure }) {
  if (f1 || !agreement) return <Share of={f1} />;
  return (
    <>
      <span class="soft small">{t('agreement')}</span> <Share of={agreement} />
    </>
  );
}

function numberOf(value: (figure: Figure) => bigint) {
  return {
    value: ({ figure }: NamedFigure) => value(figure),
    cell: ({ figure }: NamedFigure) => count(value(figure)),
  };
}

export function LabelTable({ figure }: { figure: Figure }) {
  return (
    <div class="stack">
      <h3>
        {t('byLabel')} <span class="soft small">{sampleOf(figure)}</span>
      </h3>
      <DataTable
        plain={figure.labels.length < 12}
        name={t('byLabel')}
        rows={figure.labels}
        keyOf={({ label }) => label}
        columns={[
          { title: t('label'), value: ({ label }) => label },
          shareColumn(t('f1'), ({ f1 }: LabelFigure) => f1, false),
          shareColumn(t('precision'), ({ precision }: LabelFigure) => precision),
          shareColumn(t('recall'), ({ recall }: LabelFigure) => recall),
          {
            title: t('spans'),
            number: true,
            value: ({ support }) => support,
            cell: ({ support }) => count(support),
          },
        ]}
      />
    </div>
  );
}

function Calibration({ of }: { of: CalibrationReport }) {
  const bin = (one: (typeof of.bins)[number]) => [
    formatPercent(one.probability, 1),
    formatPercent(one.frequency, 1),
    count(one.numSpans),
  ];
  const text = t('calibrationText', {
    n: Number(of.numSpans),
    sample: sampleName(of.sample),
    ece: formatPercent(of.ece, 1),
    perfect: formatPercent(of.perfectEce, 1),
    brier: formatNumber(of.brier, 3),
  });
  return (
    <Panel title={t('calibration')}>
      <div class="columns">
        <Plot
          title={t('calibrationTitle')}
          description={text}
          xTitle={t('stated')}
          yTitle={t('right')}
          xRange={[0, 1]}
          yRange={[0, 1]}
          diagonal
          columns={[t('stated'), t('right'), t('spans')]}
          rows={of.bins.map(bin)}
          points={of.bins.map((one) => {
            const [stated, right] = bin(one);
            return {
              x: one.probability,
              y: one.frequency,
              weight: Number(one.numSpans),
              label: t('binText', { stated: stated!, right: right!, n: Number(one.numSpans) }),
            };
          })}
        />
        <p class="lead">{text}</p>
      </div>
    </Panel>
  );
}

function WentIn({ report }: { report: TrainingReport }) {
  const number = (value: bigint | undefined) => Number(value ?? 0);
  return (
    <Panel title={t('wentIn')}>
      <div class="stack">
        <p class="lead">
          {t('wentInText', {
            n: number(report.numTexts),
            complete: number(report.numCompleteTexts),
            accepted: number(report.numAccepted),
            rejected: number(report.numRejected),
            replayed: number(report.numReplayed),
            bag: report.bag,
            time: report.trainDuration ? formatSpan(durationMs(report.trainDuration) / 1000) : '–',
          })}{' '}
          {!!report.numPoolTexts && t('poolText', { n: number(report.numPoolTexts) })}{' '}
          {report.numSelfTaught > 0n && t('selfTaught', { n: number(report.numSelfTaught) })}
        </p>
        <Details
          of={[
            [
              t('leftOut'),
              t('leftOutText', {
                holdout: number(report.numHoldoutTexts),
                gold: number(report.numEvalTexts),
                offToken: number(report.numOffTokenSpans),
                overlapping: number(report.numOverlappingSpans),
                contradictions: number(report.numContradictions),
                ignored: number(report.numIgnored),
              }),
            ],
            [t('settings'), report.parentVersion && report.settings?.reason],
          ]}
        />
        {report.settings && report.settings.trials.length > 0 && (
          <Trials settings={report.settings} />
        )}
        {report.people.length > 0 && <People report={report} />}
      </div>
    </Panel>
  );
}

function Trials({ settings }: { settings: SettingsReport }) {
  return (
    <DataTable
      plain
      name={t('settings')}
      rows={settings.trials}
      keyOf={({ parentShare, prior }) => `${parentShare} ${prior}`}
      columns={[
        { title: t('parentShare'), value: ({ parentShare }) => formatNumber(parentShare) },
        { title: t('prior'), value: ({ prior }) => formatNumber(prior, 4) },
        { title: t('f1Before'), value: ({ f1 }) => formatPercent(f1, 1) },
        {
          title: t('differenceColumn'),
          value: ({ deltaF1, standardError }) =>
            `${formatNumber(100 * deltaF1, 1)} ± ${formatNumber(100 * standardError, 1)}`,
        },
        { title: t('chosenColumn'), value: ({ chosen }) => (chosen ? t('yes') : '') },
      ]}
    />
  );
}

function People({ report }: { report: TrainingReport }) {
  return (
    <DataTable
      plain
      name={t('peopleWeighed')}
      rows={report.people}
      keyOf={({ person }) => person}
      columns={[
        { title: t('person'), value: ({ person }) => person },
        { title: t('rejectsRight'), value: ({ rejectError }) => formatPercent(rejectError, 1) },
        { title: t('acceptsWrong'), value: ({ acceptError }) => formatPercent(acceptError, 1) },
        {
          title: t('goldChecks'),
          number: true,
          value: ({ numRightChecks, numWrongChecks }) => numRightChecks + numWrongChecks,
        },
        {
          title: t('sharedQuestions'),
          number: true,
          value: ({ numSharedQuestions }) => numSharedQuestions,
        },
      ]}
    />
  );
}

/** "F1 91.2 % [89.0, 93.1] on hold-out", or that nothing was measured. */
export function bestInWords(report: TrainingReport): string {
  const figure = bestFigure(report);
  return figure ? `${t('f1')} ${shareText(figure.f1)} (${sampleOf(figure)})` : t('nothingMeasured');
}
