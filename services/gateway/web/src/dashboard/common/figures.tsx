// Figures with their intervals, as the command line writes them.
import { SampleKind, type Estimate, type Figure } from '@gen/winnow/common/v1/common_pb';
import type { AgreementFigure } from '@gen/winnow/evaluation/v1/evaluation_pb';
import { formatNumber, formatPercent, locale } from '../../i18n/language';
import { t } from '../../i18n/models';
import { Interval } from '../../ui/charts';
import type { Column } from '../../ui/table';
import './figures.css';

export function sampleName(kind: SampleKind, datasets: readonly string[] = []): string {
  switch (kind) {
    case SampleKind.GOLD:
      return t('gold');
    case SampleKind.HOLDOUT:
      return datasets.length === 0
        ? t('holdout')
        : t('holdoutOf', { datasets: datasets.join(', ') });
    case SampleKind.AUDIT:
      return t('auditSample');
    case SampleKind.QUESTIONS_ASKED:
      return t('questionsAsked');
    default:
      return t('unknownSample');
  }
}

export const sampleOf = ({ sample, datasets }: Figure) => sampleName(sample, datasets);

type Bounded = Pick<Estimate | AgreementFigure, 'value' | 'low' | 'high'>;

/** 0.83 is "83.0", -0.04 "−4.0": a share in points. */
export function points(share: number): string {
  const digits = { minimumFractionDigits: 1, maximumFractionDigits: 1 };
  return new Intl.NumberFormat(locale.value, digits).format(100 * share).replace('-', '−');
}

/** "83.1 % [78.2, 87.5]" */
export function shareText(of: Bounded | undefined): string {
  if (!of) return '–';
  const value = formatPercent(of.value, 1);
  if (of.low === undefined || of.high === undefined) return value;
  return `${value} [${points(of.low)}, ${points(of.high)}]`;
}

/** "0.53 [0.45, 0.61]": of coefficients, which are no shares. */
export function coefficientText(of: Bounded | undefined): string {
  if (!of) return '–';
  const value = formatNumber(of.value);
  if (of.low === undefined || of.high === undefined) return value;
  return `${value} [${formatNumber(of.low)}, ${formatNumber(of.high)}]`;
}

/** The figure in numbers, above the same drawn. */
export function Share({ of }: { of: Bounded | undefined }) {
  if (!of) return <span class="soft">–</span>;
  return (
    <span class="share">
      <span>{shareText(of)}</span>
      <Interval value={of.value} low={of.low} high={of.high} />
    </span>
  );
}

/** A column of figures; the exported file has the ends of their intervals, too. */
export function shareColumn<Row>(
  title: string,
  of: (row: Row) => Bounded | undefined,
  wideOnly = true,
): Column<Row> {
  return {
    title,
    wideOnly,
    value: (row) => of(row)?.value,
    more: [
      { title: t('lowOf', { title }), value: (row) => of(row)?.low },
      { title: t('highOf', { title }), value: (row) => of(row)?.high },
    ],
    cell: (row) => <Share of={of(row)} />,
  };
}

/** What must be known of figures before they are believed. */
export function notesOn(figures: readonly Figure[]): string[] {
  return figures.flatMap((figure) => {
    const sample = sampleOf(figure);
    const [leaked, ignored] = [Number(figure.numLeaked), Number(figure.numIgnored)];
    return [
      ...(leaked > 0 ? [t('leaked', { n: leaked, sample })] : []),
      ...(ignored > 0 ? [t('ignoredInSample', { n: ignored, sample })] : []),
      ...figure.caveats,
    ];
  });
}
