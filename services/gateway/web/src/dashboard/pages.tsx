// The pages of whoever looks after queues, models and data, by route.
import type { PageComponent } from '../app/pages';
import type { RouteName } from '../app/router';
import { Home } from './home';

export const pages: Partial<Record<RouteName, PageComponent>> = { home: Home };
