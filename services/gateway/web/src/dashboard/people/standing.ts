// How people fare, over all queues that are open: the others are not opened for it.
import type { Queue } from '@gen/winnow/annotation/v1/annotation_pb';

export interface Standing {
  answers: number;
  /** Tasks whose answer was known, theirs or gold, and how many they answered so. */
  checks: number;
  agreed: number;
  drifted: boolean;
  belowBar: boolean;
}

const nothing: Standing = { answers: 0, checks: 0, agreed: 0, drifted: false, belowBar: false };

/** By name; those who have answered. */
export function standingOf(queues: readonly Queue[]): ReadonlyMap<string, Standing> {
  const standing = new Map<string, Standing>();
  for (const person of queues.flatMap(({ status }) => status?.people ?? [])) {
    const sum = standing.get(person.name) ?? nothing;
    standing.set(person.name, {
      answers: sum.answers + Number(person.numAnswers),
      checks: sum.checks + Number(person.numOwnChecks + person.numGoldChecks),
      agreed: sum.agreed + Number(person.numOwnAgreed + person.numGoldAgreed),
      drifted: sum.drifted || person.drifted,
      belowBar: sum.belowBar || person.belowBar,
    });
  }
  return standing;
}
