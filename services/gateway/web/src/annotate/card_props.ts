import type { Card } from './desk';
import type { Draft } from './draft';

/** What every card is made of. */
export interface CardProps {
  card: Card;
  /** The labels of the queue, in their order. */
  labels: readonly string[];
  /** No answer is taken now. */
  busy: boolean;
  answer: (draft: Draft) => void;
  /** Takes the last answer back; undefined when there is none. */
  undo: (() => void) | undefined;
}
