// Which component a route shows. Each feature is loaded when one of its pages is first opened.
import { signal } from '@preact/signals';
import type { ComponentType } from 'preact';
import { t } from '../i18n/app';
import { Button } from '../ui/button';
import { Empty, Page } from '../ui/page';
import { href, route, type Route, type RouteName } from './router';
import { Settings } from './settings';
import { Waiting } from './waiting';

/** A page is made anew for every address. */
export type PageComponent = ComponentType<{ route: Route }>;

type Pages = Partial<Record<RouteName, PageComponent>>;

const loaded = signal<Pages>({ settings: Settings });
const failed = signal(false);
const loading = new Set<string>();

const loadDashboard = () => import('../dashboard/pages').then(({ pages }) => pages);
const loadAnnotate = () => import('../annotate/pages').then(({ pages }) => pages);
const loadTutorial = () => import('../tutorial/pages').then(({ pages }) => pages);

function featureOf(name: RouteName): Promise<Pages> {
  if (name === 'annotate') return loadAnnotate();
  return name === 'tutorial' ? loadTutorial() : loadDashboard();
}

function load(name: RouteName) {
  if (loading.has(name)) return;
  loading.add(name);
  featureOf(name)
    .then(
      (pages) => {
        loaded.value = { ...loaded.peek(), ...pages };
      },
      () => {
        failed.value = true;
      },
    )
    .finally(() => loading.delete(name));
}

export function CurrentPage() {
  const { name } = route.value;
  if (name === 'unknown') return <UnknownPage />;
  const Component = loaded.value[name];
  if (Component) return <Component key={location.pathname} route={route.value} />;
  if (failed.value) return <FailedPage />;
  load(name);
  return null;
}

function UnknownPage() {
  return (
    <Page title={t('unknownPage')}>
      <Empty text={location.pathname}>
        <a class="button primary" href={href('home')}>
          {t('toHome')}
        </a>
      </Empty>
    </Page>
  );
}

// There is no network; or a new version of the application has other file names, which only a fresh
// page knows.
function FailedPage() {
  return (
    <Page title={t('pageFailed')}>
      <Empty text={t('away')}>
        <Waiting />
        <Button kind="primary" onClick={() => location.reload()}>
          {t('tryAgain')}
        </Button>
      </Empty>
    </Page>
  );
}
