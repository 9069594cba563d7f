import type { PageComponent } from '../app/pages';
import type { RouteName } from '../app/router';
import { AnnotatePage } from './annotate_page';

export const pages: Partial<Record<RouteName, PageComponent>> = { annotate: AnnotatePage };
