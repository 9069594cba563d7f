import { useSignal } from '@preact/signals';
import { href, navigate } from '../../app/router';
import { t } from '../../i18n/models';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { useLoaded } from '../common/load';
import { listNames } from '../common/names';
import { For, Show } from '../common/parts';
import type { TrainDraft } from '../models/train_draft';
import { TrainForm } from '../models/train_form';

interface TrainProps {
  initial?: Partial<TrainDraft>;
  isOpen?: boolean;
}

/** Opens the form for a new version. */
export function TrainButton({ initial = {}, isOpen = false }: TrainProps) {
  const open = useSignal(isOpen);
  return (
    <For role="manager">
      <Button kind="primary" onClick={() => (open.value = true)}>
        {t('train')}
      </Button>
      {open.value && <TrainDialog initial={initial} onClose={() => (open.value = false)} />}
    </For>
  );
}

function TrainDialog(props: { initial: Partial<TrainDraft>; onClose: () => void }) {
  const names = useLoaded(listNames);
  return (
    <Dialog title={t('trainTitle')} wide onClose={props.onClose}>
      <Show of={names}>
        {(value) => (
          <TrainForm
            names={value}
            initial={props.initial}
            onStarted={(id) => navigate(href('job', { id }))}
          />
        )}
      </Show>
    </Dialog>
  );
}
