// The text of a yes/no question, with the span whose ends can be moved by keys or dragged.
import type { Signal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import type { Task } from '@gen/winnow/annotation/v1/annotation_pb';
import { keyName, keys, useShortcuts } from '../app/shortcuts';
import { t } from '../i18n/annotate';
import { sameRange } from '../text/spans';
import { tokensOf, type Range } from '../text/units';
import { Button } from '../ui/button';
import { dragEnd, moveEnd, type End } from './boundary';
import { MarkedText } from './marked_text';
import { askedSpan, viewOf } from './teach';
import { placeAt } from './text_at';

interface Props {
  task: Task;
  labels: readonly string[];
  /** The span as it is mended. */
  range: Signal<Range>;
}

export function SpanQuestion({ task, labels, range }: Props) {
  const text = useRef<HTMLDivElement>(null);
  const asked = askedSpan(task);
  const units = tokensOf(task.text);
  const view = viewOf(task);
  // Arrows go where they point to, also in text that runs from the right to the left.
  const isRtl = () => getComputedStyle(text.current!.querySelector('p')!).direction === 'rtl';
  const step = (end: End, right: boolean) => () => {
    const by = right === isRtl() ? -1 : 1;
    range.value = moveEnd(units, view, range.value, end, by);
  };
  useShortcuts({
    startLeft: step('start', false),
    startRight: step('start', true),
    endLeft: step('end', false),
    endRight: step('end', true),
  });
  const drag = (end: End) => (event: PointerEvent) => {
    const place = placeAt(text.current!, event.clientX, event.clientY);
    if (place !== undefined) range.value = dragEnd(units, view, range.value, end, place);
  };
  const grip = (end: End) => (
    <Grip
      label={t(end === 'start' ? 'startHandle' : 'endHandle')}
      onDrag={drag(end)}
      onStep={(right) => step(end, right)()}
    />
  );
  return (
    <div ref={text}>
      <MarkedText
        text={task.text}
        view={view}
        spans={[{ ...range.value, label: asked.label }]}
        labels={labels}
        before={() => grip('start')}
        after={() => (
          <>
            {grip('end')}
            <span class="tag">{asked.label}</span>
          </>
        )}
      />
    </div>
  );
}

interface GripProps {
  label: string;
  onDrag: (event: PointerEvent) => void;
  onStep: (right: boolean) => void;
}

function Grip({ label, onDrag, onStep }: GripProps) {
  return (
    <button
      type="button"
      class="grip"
      aria-label={label}
      onPointerDown={(event) => {
        event.preventDefault();
        event.currentTarget.setPointerCapture(event.pointerId);
      }}
      onPointerMove={(event) => {
        if (event.currentTarget.hasPointerCapture(event.pointerId)) onDrag(event);
      }}
      onKeyDown={(event) => {
        if (event.shiftKey || !['ArrowLeft', 'ArrowRight'].includes(event.key)) return;
        event.preventDefault();
        onStep(event.key === 'ArrowRight');
      }}
    />
  );
}

/** What was mended, with a way back; before, how to. */
export function MendNote({ task, range }: { task: Task; range: Signal<Range> }) {
  const asked = askedSpan(task);
  if (!sameRange(range.value, asked)) {
    return (
      <Button kind="quiet" onClick={() => (range.value = asked)}>
        {t('setBack')}
      </Button>
    );
  }
  const arrows = `${keyName(keys.value.endLeft)} / ${keyName(keys.value.endRight)}`;
  return (
    <span>
      {t('mendHint')} <span class="for-keys">{t('mendKeys', { keys: arrows })}</span>
    </span>
  );
}
