import { useSignal } from '@preact/signals';
import { annotator, session, setOwnName, signOut } from '../api/session';
import { t } from '../i18n/app';
import { t as ts } from '../i18n/shortcuts';
import { chosenLanguage, languages, type Language } from '../i18n/language';
import { Button } from '../ui/button';
import { CheckField, SelectField, TextField } from '../ui/fields';
import { Page, Panel } from '../ui/page';
import { theme } from './appearance';
import { changedKeys, chordOf, defaults, keyName, keys, keysOn, type Action } from './shortcuts';

export function Settings() {
  return (
    <Page title={t('settings')}>
      <div class="settings">
        <Appearance />
        <You />
        <Keys />
      </div>
    </Page>
  );
}

function Appearance() {
  return (
    <Panel title={t('appearance')}>
      <SelectField
        label={t('theme')}
        value={theme.value}
        onValue={(value) => (theme.value = value)}
        options={[
          { value: 'auto', label: t('themeAuto') },
          { value: 'light', label: t('themeLight') },
          { value: 'dark', label: t('themeDark') },
          { value: 'contrast', label: t('themeContrast') },
        ]}
      />
      <SelectField
        label={t('language')}
        value={chosenLanguage.value}
        onValue={(value) => (chosenLanguage.value = value)}
        options={[
          { value: '', label: t('languageAuto') },
          ...(Object.keys(languages) as Language[]).map((value) => ({
            value,
            label: languages[value],
          })),
        ]}
      />
    </Panel>
  );
}

function You() {
  const now = session.value;
  const isNameless = now.state === 'in' && !now.person.name;
  return (
    <Panel title={t('you')}>
      {isNameless ? (
        <TextField
          label={t('name')}
          hint={t('nameHint')}
          value={annotator.value}
          onChange={(event) => setOwnName(event.currentTarget.value.trim() || annotator.value)}
          onValue={() => undefined}
        />
      ) : (
        <>
          <p>{annotator.value}</p>
          <Button onClick={() => void signOut()}>{t('signOut')}</Button>
          <Button onClick={() => void signOut(true)}>{t('signOutEverywhere')}</Button>
        </>
      )}
    </Panel>
  );
}

function Keys() {
  return (
    <Panel title={t('shortcuts')}>
      <CheckField
        label={t('keysOn')}
        checked={keysOn.value}
        onChecked={(on) => (keysOn.value = on)}
      />
      <dl class="keys">
        {(Object.keys(defaults) as Action[]).map((action) => (
          <>
            <dt>{ts(action)}</dt>
            <dd>
              <KeyButton action={action} />
            </dd>
          </>
        ))}
      </dl>
      <Button onClick={() => (changedKeys.value = {})}>{t('keysReset')}</Button>
    </Panel>
  );
}

// Actions that are never on one page may share a key.
const groups: Action[][] = [['first', 'second', 'tie', 'diff']];
const clashes = (one: Action, other: Action) =>
  one !== other &&
  groups.every((group) => group.includes(one) === group.includes(other)) &&
  keys.value[one] === keys.value[other];

function KeyButton({ action }: { action: Action }) {
  const listening = useSignal(false);
  const take = (event: KeyboardEvent) => {
    if (!listening.value || event.key === 'Tab') return;
    event.preventDefault();
    event.stopPropagation();
    const chord = chordOf(event);
    if (!chord) return;
    listening.value = false;
    if (chord !== 'Escape') changedKeys.value = { ...changedKeys.value, [action]: chord };
  };
  const taken = (Object.keys(defaults) as Action[]).find((other) => clashes(action, other));
  const key = keyName(keys.value[action]);
  return (
    <>
      <Button
        aria-label={t('keyChange', { name: ts(action), key })}
        onClick={() => (listening.value = true)}
        onBlur={() => (listening.value = false)}
        onKeyDown={take}
      >
        {listening.value ? t('keyPress') : key}
      </Button>
      {taken && <div class="small soft">{t('keyTaken', { key, name: ts(taken) })}</div>}
    </>
  );
}
