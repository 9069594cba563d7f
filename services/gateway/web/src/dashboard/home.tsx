import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { Queue } from '@gen/winnow/annotation/v1/annotation_pb';
import { annotation } from '../api/annotation';
import { failureOf } from '../api/errors';
import { href } from '../app/router';
import { t } from '../i18n/dashboard';
import { Empty, Page } from '../ui/page';

/** The queues to work on. */
export function Home() {
  const queues = useSignal<Queue[] | undefined>(undefined);
  const problem = useSignal('');
  useEffect(() => {
    annotation.listQueues({}).then(
      (reply) => (queues.value = reply.queues),
      (error) => (problem.value = failureOf(error).message),
    );
  }, []);
  return (
    <Page title={t('home')}>
      {problem.value && <p role="alert">{problem.value}</p>}
      {queues.value?.length === 0 && <Empty text={t('noQueues')} />}
      <ul>
        {queues.value?.map(({ spec }) => (
          <li key={spec!.name}>
            <a href={href('annotate', { queue: spec!.name })}>{spec!.name}</a>
          </li>
        ))}
      </ul>
    </Page>
  );
}
