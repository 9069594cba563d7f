import { create } from '@bufbuild/protobuf';
import { FigureSchema, SampleKind } from '@gen/winnow/common/v1/common_pb';
import { TrainingReportSchema } from '@gen/winnow/training/v1/training_pb';
import { describe, expect, it } from 'vitest';
import { comparable } from './quality';

const figure = (sample: SampleKind, f1: number, biased = false) =>
  create(FigureSchema, { sample, biased, f1: { value: f1 } });
const report = (version: number, ...after: ReturnType<typeof figure>[]) =>
  create(TrainingReportSchema, { modelVersion: `m@${version}`, after });
const shown = (...reports: ReturnType<typeof report>[]) =>
  comparable(reports).map((one) => [one.report.modelVersion, one.figure.f1!.value]);

const { GOLD, HOLDOUT, QUESTIONS_ASKED } = SampleKind;

describe('the quality of versions', () => {
  it('is that on the sample which most were measured on, also when the newest was not', () => {
    const first = report(1, figure(GOLD, 0.5), figure(HOLDOUT, 0.6));
    const second = report(2, figure(GOLD, 0.7), figure(HOLDOUT, 0.8));
    expect(shown(first, second)).toEqual([
      ['m@1', 0.5],
      ['m@2', 0.7],
    ]);
    expect(shown(first, second, report(3, figure(HOLDOUT, 0.9)))).toEqual([
      ['m@1', 0.6],
      ['m@2', 0.8],
      ['m@3', 0.9],
    ]);
  });

  it('is never told by questions that a model has picked', () => {
    expect(shown(report(1, figure(QUESTIONS_ASKED, 0.9, true)))).toEqual([]);
    expect(shown()).toEqual([]);
  });

  it('counts a version once, however many gold sets it has', () => {
    const both = report(1, figure(GOLD, 0.5), figure(GOLD, 0.9));
    expect(shown(both, report(2, figure(GOLD, 0.6)))).toEqual([
      ['m@1', 0.5],
      ['m@2', 0.6],
    ]);
  });
});
