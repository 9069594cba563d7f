import { create } from '@bufbuild/protobuf';
import {
  ComparisonSchema,
  ComparisonState,
  ComparisonVerdict,
} from '@gen/winnow/evaluation/v1/evaluation_pb';
import { beforeEach, describe, expect, it } from 'vitest';
import { chosenLanguage } from '../../i18n/language';
import { sameInWords, stateName, verdictOf } from './comparison_words';

beforeEach(() => {
  chosenLanguage.value = 'en';
});

const comparison = (verdict: ComparisonVerdict) =>
  create(ComparisonSchema, {
    versionA: 'm@1',
    versionB: 'm@2',
    state: ComparisonState.READY,
    numTexts: 100n,
    numDiffering: 10n,
    result: { verdict },
  });

describe('a comparison', () => {
  it('names the version that is better, and says what that means', () => {
    const verdict = verdictOf(comparison(ComparisonVerdict.B));
    expect(verdict.name).toBe('B is better');
    expect(verdict.meaning).toContain('m@2 is preferred');
    expect(verdictOf(comparison(ComparisonVerdict.RUNNING)).name).toBe('none yet');
    expect(verdictOf(comparison(ComparisonVerdict.NO_DIFFERENCE)).kind).toBe('plain');
  });

  it('says on how many texts the two agree, also on none', () => {
    expect(sameInWords(comparison(ComparisonVerdict.A))).toBe(
      'The same output on 90 of 100 texts (90.0%), different on 10.',
    );
    expect(sameInWords(create(ComparisonSchema))).toContain('0 of 0 texts (0.0%)');
  });

  it('says how far its making is', () => {
    const making = create(ComparisonSchema, {
      state: ComparisonState.COMPARING,
      numDone: 3n,
      numTotal: 9n,
    });
    expect(stateName(making)).toBe('compares, 3 of 9');
  });
});
