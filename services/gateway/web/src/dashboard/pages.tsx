// The pages of whoever looks after queues, models and data, by route.
import type { ComponentType } from 'preact';
import { may, type Role } from '../api/session';
import type { PageComponent } from '../app/pages';
import type { Route, RouteName } from '../app/router';
import { t } from '../i18n/app';
import { Empty, Page } from '../ui/page';
import { ComparisonPage } from './comparisons/comparison_page';
import { ComparisonsPage } from './comparisons/comparisons_page';
import { DatasetPage } from './data/dataset_page';
import { DatasetsPage } from './data/datasets_page';
import { SourcesPage } from './data/sources_page';
import { HomePage } from './home/home_page';
import { JobPage } from './jobs/job_page';
import { JobsPage } from './jobs/jobs_page';
import { ModelPage } from './models/model_page';
import { ModelsPage } from './models/models_page';
import { AuditPage } from './people/audit_page';
import { PeoplePage } from './people/people_page';
import { QueuePage } from './queues/queue_page';
import { QueuesPage } from './queues/queues_page';
import { StartPage } from './start/start_page';

// Whoever may not see a page is told so; the services refuse its calls all the same.
function forRole(role: Role, Component: ComponentType<{ route: Route }>): PageComponent {
  return ({ route }) =>
    may(role) ? (
      <Component route={route} />
    ) : (
      <Page title={t('notAllowed')}>
        <Empty text={location.pathname} />
      </Page>
    );
}

export const pages: Partial<Record<RouteName, PageComponent>> = {
  home: HomePage,
  start: forRole('manager', StartPage),
  queues: forRole('reviewer', QueuesPage),
  queue: forRole('reviewer', QueuePage),
  models: forRole('reviewer', ModelsPage),
  model: forRole('reviewer', ModelPage),
  jobs: forRole('reviewer', JobsPage),
  job: forRole('reviewer', JobPage),
  datasets: forRole('reviewer', DatasetsPage),
  dataset: forRole('reviewer', DatasetPage),
  sources: forRole('reviewer', SourcesPage),
  comparisons: forRole('reviewer', ComparisonsPage),
  comparison: forRole('reviewer', ComparisonPage),
  people: forRole('admin', PeoplePage),
  audit: forRole('admin', AuditPage),
};
