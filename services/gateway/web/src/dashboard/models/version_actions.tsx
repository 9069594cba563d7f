// What can be done with a version.
import { useSignal } from '@preact/signals';
import type { Model } from '@gen/winnow/training/v1/training_pb';
import { uuid } from '../../api/ids';
import { training } from '../../api/training';
import { href, navigate } from '../../app/router';
import { t } from '../../i18n/models';
import { Button } from '../../ui/button';
import { toast } from '../../ui/toast';
import { useAction } from '../common/action';
import { Confirm, FailureNote, For, Note } from '../common/parts';
import { exportModel } from './export_model';
import { MeasureDialog } from './measure_dialog';
import { versionAt } from './versions';

interface Props {
  name: string;
  model: Model;
  /** Another version serves. */
  onChanged: () => void;
}

type Asked = 'measure' | 'promote' | 'rollback';

export function VersionActions({ name, model, onChanged }: Props) {
  const asked = useSignal<Asked | undefined>(undefined);
  const exporting = useAction(() => exportModel(name));
  const dialog = {
    name,
    model,
    onClose: () => (asked.value = undefined),
    onServes: (version: string) => {
      toast({ text: t('promoted', { version }), kind: 'good' });
      onChanged();
    },
  };
  return (
    <>
      <div class="row">
        <Button onClick={() => (asked.value = 'measure')}>{t('measure')}</Button>
        <Button disabled={exporting.busy} onClick={() => exporting.run()}>
          {t(exporting.busy ? 'exportingModel' : 'export')}
        </Button>
        <For role="manager">
          <Serving {...{ name, model }} onAsk={(what) => (asked.value = what)} />
        </For>
      </div>
      {exporting.failure && <FailureNote failure={exporting.failure} />}
      {asked.value === 'measure' && <MeasureDialog version={name} onClose={dialog.onClose} />}
      {asked.value === 'promote' && <PromoteDialog {...dialog} />}
      {asked.value === 'rollback' && <RollbackDialog {...dialog} />}
    </>
  );
}

interface ServingProps {
  name: string;
  model: Model;
  onAsk: (what: Asked) => void;
}

// Of the version that serves, the way back; of others, the ways there.
function Serving({ name, model, onAsk }: ServingProps) {
  const serving = versionAt(model, 'serving');
  const judging = useAction(async () => {
    const spec = { judgedVersion: name };
    const job = await training.createTrainingJob({ requestId: uuid(), spec });
    navigate(href('job', { id: job.id }));
  });
  if (name === serving) {
    return versionAt(model, 'previous') ? (
      <Button onClick={() => onAsk('rollback')}>{t('rollback')}</Button>
    ) : null;
  }
  return (
    <>
      {serving && (
        <a class="button" href={href('comparisons', {}, { a: serving, b: name })}>
          {t('compareWith')}
        </a>
      )}
      <Button
        title={t('judgeText', { version: name })}
        disabled={judging.busy}
        onClick={() => judging.run()}
      >
        {t('judge')}
      </Button>
      <Button kind="primary" onClick={() => onAsk('promote')}>
        {t('promote')}
      </Button>
      {judging.failure && <FailureNote failure={judging.failure} />}
    </>
  );
}

interface DialogProps {
  name: string;
  model: Model;
  onClose: () => void;
  onServes: (version: string) => void;
}

function PromoteDialog({ name, model, onClose, onServes }: DialogProps) {
  const serving = versionAt(model, 'serving');
  return (
    <Confirm
      title={t('promoteTitle', { version: name })}
      action={t('promote')}
      act={async () => {
        await training.promoteModel({ requestId: uuid(), version: name });
        onServes(name);
      }}
      onClose={onClose}
    >
      <p>{t('promoteText', { version: name })}</p>
      {serving && <p>{t('promoteInstead', { version: serving })}</p>}
      <Note kind="warn">{t('promoteAnyway')}</Note>
    </Confirm>
  );
}

function RollbackDialog({ name, model, onClose, onServes }: DialogProps) {
  const previous = versionAt(model, 'previous')!;
  return (
    <Confirm
      title={t('rollbackTitle', { version: previous })}
      action={t('rollback')}
      act={async () => {
        await training.rollbackModel({ requestId: uuid(), model: model.name });
        onServes(previous);
      }}
      onClose={onClose}
    >
      <p>{t('rollbackText', { version: previous, serving: name })}</p>
    </Confirm>
  );
}
