// A span whose ends are moved, unit by unit.
import { unitAt, unitsIn, type Range } from '../text/units';

export type End = 'start' | 'end';

/** Moves one end by so many units within `view`; at least one unit stays. */
export function moveEnd(
  units: readonly Range[],
  view: Range,
  span: Range,
  end: End,
  by: number,
): Range {
  const touched = unitsIn(units, span);
  if (!touched) return span;
  const place = (end === 'start' ? touched.first : touched.last) + by;
  return putEnd(units, view, span, end, place);
}

/** Moves one end to the unit that lies at a place of the text. */
export function dragEnd(
  units: readonly Range[],
  view: Range,
  span: Range,
  end: End,
  place: number,
): Range {
  return putEnd(units, view, span, end, unitAt(units, place));
}

function putEnd(units: readonly Range[], view: Range, span: Range, end: End, index: number): Range {
  const touched = unitsIn(units, span);
  const visible = unitsIn(units, view);
  if (!touched || !visible) return span;
  const first = Math.min(Math.max(index, visible.first), touched.last);
  const last = Math.max(Math.min(index, visible.last), touched.first);
  return end === 'start'
    ? { start: units[first]!.start, end: units[touched.last]!.end }
    : { start: units[touched.first]!.start, end: units[last]!.end };
}
