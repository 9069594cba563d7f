// How good the versions of a model are, one after the other.
import type { Figure } from '@gen/winnow/common/v1/common_pb';
import type { TrainingReport } from '@gen/winnow/training/v1/training_pb';

/** A version as it was measured on a sample. */
export interface Measured {
  report: TrainingReport;
  figure: Figure;
}

/**
 * Figures that can be compared: of the unbiased samples the one on which most versions were
 * measured, of equal ones the most trustworthy; its kind alone, since each training holds out anew.
 */
export function comparable(reports: readonly TrainingReport[]): Measured[] {
  const measured = reports.flatMap((report) =>
    report.after.filter(({ biased, f1 }) => !biased && f1).map((figure) => ({ report, figure })),
  );
  const kinds = [...new Set(measured.map(({ figure }) => figure.sample))].sort((a, b) => a - b);
  const ofKind = kinds.map((kind) => {
    const own = measured.filter(({ figure }) => figure.sample === kind);
    // A version with several gold sets counts once.
    return own.filter(({ report }, at) => own.findIndex((one) => one.report === report) === at);
  });
  return ofKind.reduce((most, one) => (one.length > most.length ? one : most), []);
}
