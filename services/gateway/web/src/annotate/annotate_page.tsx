import type { Route } from '../app/router';
import { Page } from '../ui/page';

/** Where a person answers the tasks of a queue. */
export function AnnotatePage({ route }: { route: Route }) {
  return <Page title={route.params['queue']!}>{null}</Page>;
}
