// What stands around every page: sign-in first, then the bar with its links, the page, notices.
import { annotator, may, refreshSession, session, type Role } from '../api/session';
import { t } from '../i18n/app';
import { Button } from '../ui/button';
import { Dialog } from '../ui/dialog';
import { Toasts } from '../ui/toast';
import { CurrentPage } from './pages';
import { href, route, type RouteName } from './router';
import { NameForm, SignInForm } from './sign_in';
import { helpShown, ShortcutHelp } from './shortcut_help';
import { useShortcuts } from './shortcuts';
import './shell.css';

const links: { route: RouteName; role: Role; also?: RouteName }[] = [
  { route: 'home', role: 'annotator' },
  { route: 'queues', role: 'reviewer', also: 'queue' },
  { route: 'models', role: 'reviewer', also: 'model' },
  { route: 'jobs', role: 'reviewer', also: 'job' },
  { route: 'datasets', role: 'reviewer', also: 'dataset' },
  { route: 'sources', role: 'reviewer' },
  { route: 'comparisons', role: 'reviewer', also: 'comparison' },
  { route: 'people', role: 'admin' },
  { route: 'audit', role: 'admin' },
  { route: 'settings', role: 'annotator' },
];

export function Shell() {
  const now = session.value;
  useShortcuts({ help: () => (helpShown.value = true) });
  if (now.state === 'unknown') return null;
  if (now.state === 'away' && !now.person) return <Away />;
  if (now.state === 'out' && !now.person) return <SignInForm />;
  if (!annotator.value) return <NameForm />;
  return (
    <>
      <a class="skip" href="#main">
        {t('skip')}
      </a>
      {!isDesk(route.value.name) && <Bar />}
      <main id="main">
        <CurrentPage />
      </main>
      <Toasts />
      {helpShown.value && <ShortcutHelp />}
      {now.state === 'out' && (
        <Dialog title={t('signIn')}>
          <SignInForm again />
        </Dialog>
      )}
    </>
  );
}

// Cards have a bar of their own.
const isDesk = (name: string) => name === 'annotate' || name === 'tutorial';

function Bar() {
  const { name } = route.value;
  return (
    <header class="bar">
      <a class="brand" href={href('home')}>
        <img src="/icon.svg" alt="" width="26" height="26" />
        Winnow
      </a>
      <nav aria-label={t('navigation')}>
        {links
          .filter(({ role }) => may(role))
          .map((link) => (
            <a
              key={link.route}
              href={href(link.route)}
              aria-current={name === link.route || name === link.also ? 'page' : undefined}
            >
              {t(link.route as Parameters<typeof t>[0])}
            </a>
          ))}
      </nav>
      <Button
        kind="quiet"
        icon
        aria-label={t('shortcuts')}
        onClick={() => (helpShown.value = true)}
      >
        ?
      </Button>
    </header>
  );
}

function Away() {
  return (
    <div class="gate">
      <div role="alert">
        <p>{t('away')}</p>
        <Button kind="primary" onClick={() => void refreshSession()}>
          {t('tryAgain')}
        </Button>
      </div>
    </div>
  );
}
