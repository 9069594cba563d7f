import { useSignal } from '@preact/signals';
import { t } from '../../i18n/data';
import { t as tu } from '../../i18n/ui';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import type { FileKind } from './sniff';
import { UploadedNote, UploadForm, type Uploaded } from './upload_form';

/** An upload over a list of what there is. */
export function UploadDialog({ only, onClose }: { only: FileKind; onClose: () => void }) {
  const uploaded = useSignal<Uploaded | undefined>(undefined);
  return (
    <Dialog
      title={t('upload')}
      wide
      onClose={onClose}
      footer={uploaded.value && <Button onClick={onClose}>{tu('close')}</Button>}
    >
      {uploaded.value ? (
        <UploadedNote uploaded={uploaded.value} />
      ) : (
        <UploadForm only={only} onUploaded={(value) => (uploaded.value = value)} />
      )}
    </Dialog>
  );
}
