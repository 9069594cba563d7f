// What a person has done since they began to work here.
import { Verdict } from './draft';

export interface Statistics {
  answers: number;
  accepted: number;
  rejected: number;
  /** Answers since the last longer break. */
  streak: number;
  /** Milliseconds of work; a break counts as much as the longest pause for thought. */
  worked: number;
  /** When the last answer was given. */
  last?: number;
}

export const none: Statistics = { answers: 0, accepted: 0, rejected: 0, streak: 0, worked: 0 };

/** A longer time between two answers is a break. */
const longestThought = 2 * 60 * 1000;

export function answered(before: Statistics, verdict: Verdict, time: number, took: number) {
  const gap = before.last === undefined ? took : time - before.last;
  const isBreak = gap > longestThought;
  return {
    answers: before.answers + 1,
    accepted: before.accepted + (verdict === Verdict.ACCEPT ? 1 : 0),
    rejected: before.rejected + (verdict === Verdict.REJECT ? 1 : 0),
    streak: isBreak ? 1 : before.streak + 1,
    worked: before.worked + Math.min(gap, longestThought),
    last: time,
  } satisfies Statistics;
}

export function takenBack(before: Statistics, verdict: Verdict): Statistics {
  return {
    ...before,
    answers: Math.max(before.answers - 1, 0),
    accepted: Math.max(before.accepted - (verdict === Verdict.ACCEPT ? 1 : 0), 0),
    rejected: Math.max(before.rejected - (verdict === Verdict.REJECT ? 1 : 0), 0),
    streak: Math.max(before.streak - 1, 0),
  };
}

/** Answers per hour of work; undefined before there are enough to tell. */
export function perHour({ answers, worked }: Statistics): number | undefined {
  return answers >= 5 && worked > 0 ? (answers * 3_600_000) / worked : undefined;
}

/** Of the yes and no answers, the share of yes. */
export function acceptRate({ accepted, rejected }: Statistics): number | undefined {
  return accepted + rejected > 0 ? accepted / (accepted + rejected) : undefined;
}
