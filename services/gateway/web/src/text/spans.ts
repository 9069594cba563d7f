import type { Range } from './units';

/** A range of a text with a label, in code points. */
export interface LabelledSpan extends Range {
  label: string;
}

export const overlap = (one: Range, other: Range) => one.start < other.end && other.start < one.end;

export const sameRange = (one: Range, other: Range) =>
  one.start === other.start && one.end === other.end;

export const sameSpan = (one: LabelledSpan, other: LabelledSpan) =>
  sameRange(one, other) && one.label === other.label;

export const byPlace = (one: Range, other: Range) => one.start - other.start || one.end - other.end;

/** A stretch of text that is covered by the same ranges from its begin to its end. */
export interface Segment extends Range {
  /** Indices of the ranges that cover it, ascending. */
  covering: number[];
}

/** Cuts `view` wherever one of the ranges begins or ends. */
export function segmentsOf(view: Range, ranges: readonly Range[]): Segment[] {
  const inside = (place: number) => Math.min(Math.max(place, view.start), view.end);
  const cuts = ranges.flatMap(({ start, end }) => [inside(start), inside(end)]);
  const places = [...new Set([view.start, ...cuts, view.end])].sort((a, b) => a - b);
  return places.slice(1).map((end, index) => {
    const start = places[index]!;
    const covering = ranges.flatMap((range, number) =>
      range.start <= start && end <= range.end ? [number] : [],
    );
    return { start, end, covering };
  });
}
