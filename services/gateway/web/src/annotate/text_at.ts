// From a point of the screen to a place in the text. MarkedText gives each piece of text an element
// with `data-at`, the place of its first character.
import { offsetsOf } from '../text/offsets';

interface CaretPosition {
  offsetNode: Node;
  offset: number;
}

function caretAt(x: number, y: number): CaretPosition | undefined {
  // Safari knows the older of these two only.
  const modern = document as Document & {
    caretPositionFromPoint?: (x: number, y: number) => CaretPosition | null;
  };
  if (modern.caretPositionFromPoint) return modern.caretPositionFromPoint(x, y) ?? undefined;
  const range = document.caretRangeFromPoint?.(x, y);
  return range ? { offsetNode: range.startContainer, offset: range.startOffset } : undefined;
}

/** A caret stands between characters: whether the one before it is under the point. */
function isBefore(node: Text, offset: number, x: number, y: number): boolean {
  if (offset === 0) return false;
  const range = document.createRange();
  range.setStart(node, offset - 1);
  range.setEnd(node, offset);
  return [...range.getClientRects()].some(
    (box) => box.left <= x && x <= box.right && box.top <= y && y <= box.bottom,
  );
}

/** The code point of the text in `root` that is nearest to a point of the screen. */
export function placeAt(root: Element, x: number, y: number): number | undefined {
  const caret = caretAt(x, y);
  const { offsetNode: node } = caret ?? {};
  const element = node instanceof Element ? node : node?.parentElement;
  const piece = element?.closest<HTMLElement>('[data-at]');
  if (!caret || !piece || !root.contains(piece)) return undefined;
  const at = Number(piece.dataset['at']);
  if (!(node instanceof Text) || node.parentElement !== piece) return at;
  const unit = caret.offset - (isBefore(node, caret.offset, x, y) ? 1 : 0);
  return at + offsetsOf(node.data).toCodePoints(unit);
}
