import type { PageComponent } from '../app/pages';
import type { RouteName } from '../app/router';
import { TutorialPage } from './tutorial_page';

export const pages: Partial<Record<RouteName, PageComponent>> = { tutorial: TutorialPage };
