import { signal } from '@preact/signals';
import { t } from '../i18n/app';
import { t as ts } from '../i18n/shortcuts';
import { Dialog } from '../ui/dialog';
import { href } from './router';
import { activeActions, keyName, keys } from './shortcuts';

export const helpShown = signal(false);

/** What the keys do on the page that is shown. */
export function ShortcutHelp() {
  const onClose = () => void (helpShown.value = false);
  const actions = activeActions();
  return (
    <Dialog title={t('shortcuts')} onClose={onClose}>
      <dl class="keys">
        {actions.map((action) => (
          <>
            <dt>{ts(action)}</dt>
            <dd>
              <kbd>{keyName(keys.value[action])}</kbd>
            </dd>
          </>
        ))}
      </dl>
      {actions.length < 2 && <p class="soft">{t('shortcutsNone')}</p>}
      <p class="soft small">
        <a href={href('settings')} onClick={onClose}>
          {t('shortcutsHint')}
        </a>
      </p>
      <p class="soft small">
        <a href={href('tutorial')} onClick={onClose}>
          {t('toTutorial')}
        </a>
      </p>
    </Dialog>
  );
}
