import { create } from '@bufbuild/protobuf';
import { SampleKind } from '@gen/winnow/common/v1/common_pb';
import { GateVerdict, ModelSchema, ModelVersionSchema } from '@gen/winnow/training/v1/training_pb';
import { describe, expect, it } from 'vitest';
import { chosenLanguage } from '../../i18n/language';
import { bestInWords, outcomeOf, pairFigures } from './report';
import { aliasNames, originOf, reportOf } from './versions';

// As the training service writes metrics.json and lineage.json.
const metrics = {
  parent_version: 'jobs@1',
  num_texts: '480',
  before: [{ sample: 'SAMPLE_KIND_HOLDOUT', model_version: 'jobs@1', f1: { value: 0.8 } }],
  after: [
    { sample: 'SAMPLE_KIND_QUESTIONS_ASKED', biased: true, agreement: { value: 0.7 } },
    {
      sample: 'SAMPLE_KIND_HOLDOUT',
      datasets: ['titles'],
      f1: { value: 0.912, low: 0.89, high: 0.931 },
    },
  ],
  gate: {
    verdict: 'GATE_VERDICT_UNDECIDED',
    reason: 'not enough',
    delta_f1: 0.1,
    sample: 'SAMPLE_KIND_HOLDOUT',
    num_more_spans: '40',
  },
  train_seconds: 3.5,
};
const version = create(ModelVersionSchema, {
  name: 'jobs@2',
  metricsJson: JSON.stringify(metrics),
  lineageJson: '{"job_id": "j1", "datasets": ["titles", "titles_1"], "spec": {}}',
});

describe('a version', () => {
  it('tells what its training said, fields of another message aside', () => {
    const report = reportOf(version)!;
    expect(report.gate).toMatchObject({
      verdict: GateVerdict.UNDECIDED,
      reason: 'not enough',
      measurement: { deltaF1: 0.1, numMoreSpans: 40n },
    });
    expect(report.trainDuration).toMatchObject({ seconds: 3n, nanos: 500_000_000 });
    expect(pairFigures(report).map(({ figure }) => [figure.sample, figure.modelVersion])).toEqual([
      [SampleKind.QUESTIONS_ASKED, 'jobs@2'],
      [SampleKind.HOLDOUT, 'jobs@1'],
      [SampleKind.HOLDOUT, 'jobs@2'],
    ]);
    chosenLanguage.value = 'en';
    expect(bestInWords(report)).toBe('F1 91.2% [89.0, 93.1] (hold-out of titles)');
    expect(outcomeOf(report.gate!, 'jobs@2')).toContain('does not serve');
  });

  it('tells what it was made from, unless it was imported without', () => {
    expect(originOf(version)).toEqual({ datasets: ['titles', 'titles_1'], jobId: 'j1' });
    const imported = create(ModelVersionSchema, { name: 'jobs@3', lineageJson: 'no JSON' });
    expect(originOf(imported)).toEqual({ datasets: [], jobId: '' });
    expect(reportOf(imported)).toBeUndefined();
  });

  it('is called what most matters of it', () => {
    const model = create(ModelSchema, { name: 'jobs', aliases: { serving: 2n, previous: 1n } });
    expect(aliasNames(model)).toEqual({ 'jobs@2': 'serves', 'jobs@1': 'served before' });
  });
});
