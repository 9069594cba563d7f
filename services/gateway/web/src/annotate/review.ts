// What to decide between where people differ.
import {
  Coverage,
  type Review,
  type Review_Version as Version,
} from '@gen/winnow/annotation/v1/annotation_pb';
import { Verdict, type Draft } from './draft';

/** Taking a version says what it says. */
export function draftOfVersion(review: Review, { verdict, spans }: Version): Draft {
  if (review.coverage !== Coverage.COMPLETE || verdict !== Verdict.ACCEPT) return { verdict };
  return { verdict, spans: spans.map(({ start, end, label }) => ({ start, end, label })) };
}

export type Agreement = 'takenBack' | 'peopleAgree' | 'tieOfPeople' | 'peopleDiffer';

/** How far people agree; a tie is never called a majority. */
export function agreementOf({ versions }: Review): Agreement {
  const [most, next] = versions;
  if (!most) return 'takenBack';
  if (!next) return 'peopleAgree';
  return most.numPeople === next.numPeople ? 'tieOfPeople' : 'peopleDiffer';
}
