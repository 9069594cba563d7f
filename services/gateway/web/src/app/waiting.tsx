import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { t } from '../i18n/app';
import type { Outbox } from '../outbox';

/** How many answers of this person wait in this browser, for pages that come without cards. */
export function Waiting() {
  const outbox = useSignal<Outbox | undefined>(undefined);
  useEffect(() => {
    const open = async () => {
      const { openOutbox } = await import('../outbox');
      outbox.value = await openOutbox();
    };
    open().catch(() => undefined);
  }, []);
  const n = outbox.value?.waiting.value ?? 0;
  return n > 0 ? <p>{t('waiting', { n })}</p> : null;
}
