// A version from files: what an export saved, or those of a directory that the command line wrote.
import { useSignal } from '@preact/signals';
import { importModel, type NamedFile } from '../../api/upload';
import { href, navigate } from '../../app/router';
import { formatPercent } from '../../i18n/language';
import { t } from '../../i18n/models';
import { t as tu } from '../../i18n/ui';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { TextField } from '../../ui/fields';
import { toast } from '../../ui/toast';
import { errorOf, useAction } from '../common/action';
import { FileField } from '../common/form';
import { FailureNote, Progress } from '../common/parts';
import { filesOfTar, isTar } from './tar';
import { numberOf } from './versions';

async function filesOf(chosen: readonly File[]): Promise<NamedFile[]> {
  const [only] = chosen;
  if (chosen.length === 1 && (await isTar(only!))) return filesOfTar(only!);
  return chosen.map((file) => ({ name: file.name, content: file }));
}

/** "titles" of "titles@2.tar"; the files of a directory tell no name. */
const nameOf = ([file]: readonly File[]) =>
  file && /\.tar$/.test(file.name) ? file.name.replace(/(@\d+)?( ?\(\d+\))?\.tar$/, '') : '';

export function ImportDialog({ onClose }: { onClose: () => void }) {
  const chosen = useSignal<File[]>([]);
  const model = useSignal('');
  const share = useSignal(0);
  const importing = useAction(async () => {
    share.value = 0;
    const onProgress = (sent: number) => (share.value = sent);
    const { name } = await importModel(await filesOf(chosen.value), model.value.trim(), {
      onProgress,
    });
    toast({ text: t('imported', { version: name }), kind: 'good' });
    navigate(href('model', { name: name.split('@')[0]! }, { version: String(numberOf(name)) }));
  });
  return (
    <Dialog title={t('importTitle')} onClose={onClose}>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          importing.run();
        }}
      >
        <p class="soft">{t('importLead')}</p>
        <FileField
          label={t('modelFiles')}
          hint={t('modelFilesHint')}
          multiple
          onFiles={(files) => {
            chosen.value = files;
            model.value ||= nameOf(files);
          }}
        />
        <TextField
          label={t('outputField')}
          hint={t('outputHint')}
          error={errorOf(importing.failure, 'model')}
          required
          value={model.value}
          onValue={(value) => (model.value = value)}
        />
        {importing.failure && <FailureNote failure={importing.failure} />}
        {importing.busy && (
          <Progress share={share.value} label={t('sent', { share: formatPercent(share.value) })} />
        )}
        <div class="row">
          <Button
            kind="primary"
            type="submit"
            disabled={importing.busy || chosen.value.length === 0}
          >
            {t('import')}
          </Button>
          <Button onClick={onClose}>{tu('cancel')}</Button>
        </div>
      </form>
    </Dialog>
  );
}
