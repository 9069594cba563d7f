// Short notices at the foot of the page, read out by screen readers, gone by themselves.
import { signal } from '@preact/signals';
import { Button } from './button';
import { t } from '../i18n/ui';
import './toast.css';

export interface Toast {
  text: string;
  kind?: 'plain' | 'good' | 'warn' | 'bad';
  action?: { label: string; run: () => void };
}

const shown = signal<(Toast & { id: number })[]>([]);
let lastId = 0;

/** Shows a notice for some seconds; a failure until it is closed. */
export function toast(notice: Toast) {
  const id = ++lastId;
  shown.value = [...shown.peek().slice(-3), { ...notice, id }];
  if (notice.kind !== 'bad') setTimeout(() => close(id), notice.action ? 12_000 : 6_000);
}

const close = (id: number) => (shown.value = shown.peek().filter((one) => one.id !== id));

export function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {shown.value.map(({ id, text, kind = 'plain', action }) => (
        <div key={id} class={`toast ${kind}`}>
          <span>{text}</span>
          {action && (
            <Button
              kind="quiet"
              onClick={() => {
                close(id);
                action.run();
              }}
            >
              {action.label}
            </Button>
          )}
          <Button kind="quiet" icon aria-label={t('close')} onClick={() => close(id)}>
            ✕
          </Button>
        </div>
      ))}
    </div>
  );
}
