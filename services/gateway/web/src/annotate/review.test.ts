import { create } from '@bufbuild/protobuf';
import { expect, it } from 'vitest';
import { Coverage, ReviewSchema } from '@gen/winnow/annotation/v1/annotation_pb';
import { Verdict } from './draft';
import { agreementOf, draftOfVersion } from './review';

const span = { start: 0, end: 3, label: 'A' };

it('taking a version says what it says', () => {
  const complete = create(ReviewSchema, {
    coverage: Coverage.COMPLETE,
    versions: [{ verdict: Verdict.ACCEPT, spans: [span] }, { verdict: Verdict.REJECT }],
  });
  expect(complete.versions.map((version) => draftOfVersion(complete, version))).toEqual([
    { verdict: Verdict.ACCEPT, spans: [span] },
    { verdict: Verdict.REJECT },
  ]);
  const binary = create(ReviewSchema, {
    coverage: Coverage.BINARY,
    versions: [{ verdict: Verdict.ACCEPT, spans: [span] }],
  });
  expect(draftOfVersion(binary, binary.versions[0]!)).toEqual({ verdict: Verdict.ACCEPT });
});

it('a tie is no majority', () => {
  const of = (...people: number[]) =>
    agreementOf(create(ReviewSchema, { versions: people.map((numPeople) => ({ numPeople })) }));
  expect([of(), of(3), of(2, 2), of(2, 1)]).toEqual([
    'takenBack',
    'peopleAgree',
    'tieOfPeople',
    'peopleDiffer',
  ]);
});
