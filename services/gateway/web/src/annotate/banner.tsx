import { t } from '../i18n/annotate';
import type { Outbox } from '../outbox';
import './banner.css';

/** Says quietly where the answers are while they cannot go out. */
export function Banner({ outbox }: { outbox: Outbox }) {
  const text = bannerText(outbox);
  return <div role="status">{text && <div class="banner">{text}</div>}</div>;
}

function bannerText(outbox: Outbox): string {
  const trouble = outbox.trouble.value;
  const n = outbox.waiting.value;
  if (trouble?.kind === 'denied' && n > 0) {
    return t('bannerDenied', { n, message: trouble.message });
  }
  if (trouble?.kind === 'away' && n > 0) return t('bannerAway', { n });
  return outbox.durable.value ? '' : t('bannerMemory');
}
