import type { CardProps } from './card_props';
import { CompareCard } from './compare_card';
import type { Card } from './desk';
import { MarkupCard } from './markup_card';
import { ReviewCard } from './review_card';
import { TeachCard } from './teach_card';

/** The card of a task, whatever its kind. */
export function AnyCard(props: CardProps) {
  const { body } = props.card.task;
  // Colours go by the labels of the queue; before it is known, by those of the task.
  const labels = props.labels.length > 0 ? props.labels : labelsOf(props.card);
  const all = { ...props, labels };
  switch (body.case) {
    case 'question':
      return <TeachCard {...all} />;
    case 'markup':
      return <MarkupCard {...all} markup={body.value} />;
    case 'comparison':
      return <CompareCard {...all} comparison={body.value} />;
    case 'review':
      return <ReviewCard {...all} review={body.value} />;
    default:
      return null;
  }
}

function labelsOf({ task: { body } }: Card): string[] {
  if (body.case === 'markup' || body.case === 'review') return body.value.labels;
  return body.case === 'question' && body.value.span ? [body.value.span.label] : [];
}
