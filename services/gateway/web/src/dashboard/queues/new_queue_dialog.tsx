import { href, navigate } from '../../app/router';
import { t as td } from '../../i18n/dashboard';
import { t } from '../../i18n/queues';
import { Dialog } from '../../ui/dialog';
import { toast } from '../../ui/toast';
import { useLoaded } from '../common/load';
import { listNames } from '../common/names';
import { Show } from '../common/parts';
import type { QueueDraft } from './queue_draft';
import { QueueForm } from './queue_form';

interface Props {
  initial?: Partial<QueueDraft>;
  onClose: () => void;
}

/** The form for a new queue, and then its page. */
export function NewQueueDialog({ initial = {}, onClose }: Props) {
  const names = useLoaded(listNames);
  return (
    <Dialog title={t('newQueue')} wide onClose={onClose}>
      <Show of={names}>
        {(value) => (
          <QueueForm
            names={value}
            initial={initial}
            action={td('create')}
            onCreated={(name) => {
              toast({ text: t('created', { name }), kind: 'good' });
              navigate(href('queue', { name }));
            }}
          />
        )}
      </Show>
    </Dialog>
  );
}
