// A text with its spans marked: exactly the characters that are stored, in their places.
import type { ComponentChildren, HTMLAttributes } from 'preact';
import { offsetsOf, type Offsets } from '../text/offsets';
import { printable } from '../text/printable';
import { segmentsOf, type LabelledSpan, type Segment } from '../text/spans';
import type { Range } from '../text/units';
import { labelColour } from '../ui/label_colour';
import './marked_text.css';

interface Props {
  text: string;
  view: Range;
  spans: readonly LabelledSpan[];
  /** All labels of the task, which give each its colour. */
  labels: readonly string[];
  selection?: Range | undefined;
  /** Index of a span. */
  picked?: number | undefined;
  /** What stands at the begin and the end of a span; its label by default at the end. */
  before?: (span: LabelledSpan, index: number) => ComponentChildren;
  after?: (span: LabelledSpan, index: number) => ComponentChildren;
  attributes?: HTMLAttributes<HTMLParagraphElement>;
}

export function MarkedText(props: Props) {
  const { text, view, spans, selection, attributes } = props;
  const offsets = offsetsOf(text);
  const ranges = selection ? [...spans, selection] : spans;
  return (
    <p class="reading" dir="auto" {...attributes}>
      {view.start > 0 && <span class="beyond">… </span>}
      {segmentsOf(view, ranges).map((segment) => (
        <Piece key={segment.start} {...props} segment={segment} offsets={offsets} />
      ))}
      {view.end < offsets.length && <span class="beyond"> …</span>}
    </p>
  );
}

const labelTag = ({ label }: LabelledSpan) => <span class="tag">{printable(label)}</span>;

type PieceProps = Props & { segment: Segment; offsets: Offsets };

function Piece(props: PieceProps) {
  const { text, spans, labels, picked, segment, offsets, before, after = labelTag } = props;
  const { start, end } = segment;
  const isSelected = segment.covering.includes(spans.length);
  const words = (
    <span data-at={start} class={isSelected ? 'selected' : undefined}>
      {printable(text.slice(offsets.toUnits(start), offsets.toUnits(end)))}
    </span>
  );
  const covering = segment.covering.filter((index) => index < spans.length);
  const index = covering[covering.length - 1];
  if (index === undefined) return words;
  const span = spans[index]!;
  const isFirst = span.start === start;
  const isLast = span.end === end;
  const ends = `${isFirst ? 'first' : ''} ${isLast ? 'last' : ''}`;
  return (
    <mark
      class={`marked ${ends} ${index === picked ? 'picked' : ''}`}
      style={{ '--colour': labelColour(span.label, labels) }}
      data-span={index}
    >
      {isFirst && before?.(span, index)}
      {words}
      {isLast && after(span, index)}
    </mark>
  );
}
