// Pages by address. A link is an ordinary <a href={href('queue', { name })}>: a click on it is
// taken here, and opens in a new tab as everywhere when the person asks for that.
import { signal } from '@preact/signals';

const patterns = {
  home: '/',
  annotate: '/annotate/:queue',
  queues: '/queues',
  queue: '/queues/:name',
  models: '/models',
  model: '/models/:name',
  jobs: '/jobs',
  job: '/jobs/:id',
  datasets: '/data',
  dataset: '/data/:name',
  sources: '/sources',
  comparisons: '/comparisons',
  comparison: '/comparisons/:name',
  people: '/people',
  audit: '/audit',
  start: '/start',
  settings: '/settings',
  tutorial: '/tutorial',
} as const;

export type RouteName = keyof typeof patterns;

export interface Route {
  name: RouteName | 'unknown';
  params: Record<string, string>;
  query: URLSearchParams;
}

export function match(path: string, query = ''): Route {
  const parts = path.split('/').filter(Boolean);
  for (const [name, pattern] of Object.entries(patterns) as [RouteName, string][]) {
    const params = matchParts(pattern.split('/').filter(Boolean), parts);
    if (params) return { name, params, query: new URLSearchParams(query) };
  }
  return { name: 'unknown', params: {}, query: new URLSearchParams(query) };
}

function matchParts(pattern: string[], parts: string[]): Record<string, string> | undefined {
  if (pattern.length !== parts.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, wanted] of pattern.entries()) {
    const part = parts[index]!;
    if (!wanted.startsWith(':')) {
      if (wanted !== part) return undefined;
      continue;
    }
    try {
      params[wanted.slice(1)] = decodeURIComponent(part);
    } catch {
      return undefined;
    }
  }
  return params;
}

export function href(
  name: RouteName,
  params: Record<string, string> = {},
  query: Record<string, string> = {},
): string {
  const path = patterns[name].replace(/:(\w+)/g, (_, key: string) =>
    encodeURIComponent(params[key] ?? ''),
  );
  const search = new URLSearchParams(query).toString();
  return search ? `${path}?${search}` : path;
}

const here = () => match(location.pathname, location.search);

export const route = signal<Route>(here());

export function navigate(to: string, { replace = false } = {}) {
  if (replace) history.replaceState(null, '', to);
  else history.pushState(null, '', to);
  route.value = here();
  scrollTo(0, 0);
}

function followLink(event: MouseEvent) {
  const link = (event.target as Element).closest?.('a');
  const plain = event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey);
  if (!link || !plain || event.defaultPrevented || link.target || link.hasAttribute('download')) {
    return;
  }
  const url = new URL(link.href);
  if (url.origin !== location.origin || link.getAttribute('href')!.startsWith('#')) return;
  if (match(url.pathname).name === 'unknown') return;
  event.preventDefault();
  navigate(url.pathname + url.search);
}

/** Follows links and the browser's back and forward. */
export function startRouter() {
  document.addEventListener('click', followLink);
  addEventListener('popstate', () => (route.value = here()));
}
