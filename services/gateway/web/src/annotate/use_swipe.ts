import type { RefObject } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

/** So far a finger must go, in CSS pixels. */
const far = 90;

/**
 * Calls for a swipe of a finger to the left or to the right over the element, which follows the
 * finger meanwhile.
 */
export function useSwipe(
  element: RefObject<HTMLElement>,
  onSwipe: (direction: 'left' | 'right') => void,
) {
  const latest = useRef(onSwipe);
  latest.current = onSwipe;
  useEffect(() => {
    const target = element.current!;
    let from: { x: number; id: number } | undefined;
    const follow = (by: number) => {
      target.style.transform = by ? `translateX(${by}px) rotate(${by / 60}deg)` : '';
    };
    const begin = (event: PointerEvent) => {
      const isGrip = (event.target as Element).closest('button, summary');
      if (event.pointerType !== 'mouse' && !isGrip) {
        from = { x: event.clientX, id: event.pointerId };
      }
    };
    const move = (event: PointerEvent) => {
      if (from?.id === event.pointerId) follow(event.clientX - from.x);
    };
    const end = (event: PointerEvent) => {
      if (from?.id !== event.pointerId) return;
      const by = event.clientX - from.x;
      from = undefined;
      follow(0);
      if (event.type === 'pointerup' && Math.abs(by) > far) {
        latest.current(by < 0 ? 'left' : 'right');
      }
    };
    const listeners = { pointerdown: begin, pointermove: move, pointerup: end, pointercancel: end };
    for (const [name, listener] of Object.entries(listeners)) {
      target.addEventListener(name, listener as EventListener);
    }
    return () => {
      for (const [name, listener] of Object.entries(listeners)) {
        target.removeEventListener(name, listener as EventListener);
      }
    };
  }, []);
}
