import { expect, it } from 'vitest';
import { Verdict } from './draft';
import { acceptRate, answered, none, perHour, takenBack } from './statistics';

const minute = 60_000;

it('counts answers per hour of work, without breaks', () => {
  let statistics = none;
  for (let n = 0; n < 10; ++n) {
    statistics = answered(statistics, n % 2 ? Verdict.ACCEPT : Verdict.REJECT, n * minute, minute);
  }
  expect(perHour(statistics)).toBeCloseTo(60);
  expect(acceptRate(statistics)).toBe(0.5);
  expect(statistics.streak).toBe(10);
  const later = answered(statistics, Verdict.IGNORE, 500 * minute, minute);
  expect(later.streak).toBe(1);
  expect(perHour(later)).toBeCloseTo((11 / 12) * 60);
  expect(acceptRate(later)).toBe(0.5);
});

it('says nothing before it knows enough', () => {
  const once = answered(none, Verdict.IGNORE, 0, 1000);
  expect(perHour(once)).toBeUndefined();
  expect(acceptRate(once)).toBeUndefined();
});

it('forgets what was taken back', () => {
  const twice = answered(answered(none, Verdict.ACCEPT, 0, 9), Verdict.REJECT, 9, 9);
  expect(takenBack(twice, Verdict.REJECT)).toMatchObject({ answers: 1, rejected: 0, streak: 1 });
  expect(takenBack(none, Verdict.ACCEPT)).toMatchObject({ answers: 0, accepted: 0, streak: 0 });
});
