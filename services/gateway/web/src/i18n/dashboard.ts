import { catalogue } from './catalogue';

/** Strings of the dashboard. */
export const t = catalogue({
  en: { home: 'Home', noQueues: 'There is no queue yet.' },
  de: { home: 'Start', noQueues: 'Es gibt noch keine Warteschlange.' },
});
