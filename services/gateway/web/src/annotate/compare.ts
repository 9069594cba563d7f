import { sameSpan, type LabelledSpan } from '../text/spans';

/** On which sides of a comparison a span is. */
export type Side = 'both' | 'first' | 'second';

export interface SidedSpan extends LabelledSpan {
  side: Side;
}

/** Both outputs at once: every span with the sides that have it. */
export function differenceOf(
  first: readonly LabelledSpan[],
  second: readonly LabelledSpan[],
): SidedSpan[] {
  const has = (spans: readonly LabelledSpan[], span: LabelledSpan) =>
    spans.some((other) => sameSpan(other, span));
  return [
    ...first.map((span): SidedSpan => ({ ...span, side: has(second, span) ? 'both' : 'first' })),
    ...second
      .filter((span) => !has(first, span))
      .map((span): SidedSpan => ({ ...span, side: 'second' })),
  ].sort((a, b) => a.start - b.start || a.end - b.end);
}
