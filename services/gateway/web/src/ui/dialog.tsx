import type { ComponentChildren } from 'preact';
import { useId, useLayoutEffect, useRef } from 'preact/hooks';
import { Button } from './button';
import { t } from '../i18n/ui';
import './dialog.css';

interface Props {
  title: string;
  /** Called for Escape, the closing button and a click beside; absent: it cannot be closed. */
  onClose?: () => void;
  wide?: boolean;
  children: ComponentChildren;
  /** Buttons. */
  footer?: ComponentChildren;
}

/** A modal dialog, open while it is rendered. */
export function Dialog({ title, onClose, wide, children, footer }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useLayoutEffect(() => {
    dialog.current!.showModal();
  }, []);
  return (
    <dialog
      ref={dialog}
      class={`dialog ${wide ? 'wide' : ''}`}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose?.();
      }}
      onPointerDown={(event) => {
        const box = dialog.current!;
        if (event.target === box && beside(event, box)) onClose?.();
      }}
    >
      <header>
        <h2 id={id}>{title}</h2>
        {onClose && (
          <Button kind="quiet" icon aria-label={t('close')} onClick={onClose}>
            ✕
          </Button>
        )}
      </header>
      {children}
      {footer && <footer>{footer}</footer>}
    </dialog>
  );
}

function beside(event: PointerEvent, dialog: HTMLElement): boolean {
  const box = dialog.getBoundingClientRect();
  return (
    event.clientX < box.left ||
    event.clientX > box.right ||
    event.clientY < box.top ||
    event.clientY > box.bottom
  );
}
