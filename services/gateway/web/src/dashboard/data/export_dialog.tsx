// The rows of a data set as a file: read as a stream, and saved when it is whole.
import { useSignal } from '@preact/signals';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { annotation } from '../../api/annotation';
import { t } from '../../i18n/data';
import { t as tu } from '../../i18n/ui';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { CheckField, TextField } from '../../ui/fields';
import { saveFile } from '../../ui/save_file';
import { useAction } from '../common/action';
import { FailureNote, Progress } from '../common/parts';

export function ExportDialog({ dataset, onClose }: { dataset: string; onClose: () => void }) {
  const filter = useSignal({ annotator: '', session: '', since: '', all: false });
  const bytes = useSignal(0);
  const set = (changes: Partial<typeof filter.value>) =>
    (filter.value = { ...filter.value, ...changes });
  const exporting = useAction(async () => {
    const { annotator, session, since, all } = filter.value;
    const request = {
      dataset,
      annotator: annotator.trim(),
      session: session.trim(),
      all,
      ...(since && { since: timestampFromDate(new Date(since)) }),
    };
    const parts: BlobPart[] = [];
    bytes.value = 0;
    for await (const { chunk } of annotation.exportDataset(request)) {
      parts.push(chunk as BlobPart);
      bytes.value += chunk.length;
    }
    saveFile(`${dataset}.jsonl`, 'application/x-ndjson', ...parts);
    onClose();
  });
  return (
    <Dialog
      title={t('exportTitle', { name: dataset })}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{tu('cancel')}</Button>
          <Button kind="primary" disabled={exporting.busy} onClick={() => exporting.run()}>
            {t('saveFile')}
          </Button>
        </>
      }
    >
      <div class="stack">
        <p class="soft">{t('exportLead')}</p>
        <div class="form">
          <TextField
            label={t('exportPerson')}
            value={filter.value.annotator}
            onValue={(annotator) => set({ annotator })}
          />
          <TextField
            label={t('exportSession')}
            value={filter.value.session}
            onValue={(session) => set({ session })}
          />
          <TextField
            label={t('exportSince')}
            type="datetime-local"
            value={filter.value.since}
            onValue={(since) => set({ since })}
          />
          <CheckField
            label={t('exportAll')}
            checked={filter.value.all}
            onChecked={(all) => set({ all })}
          />
        </div>
        {exporting.busy && <Progress label={t('exporting', { n: bytes.value })} />}
        {exporting.failure && <FailureNote failure={exporting.failure} />}
      </div>
    </Dialog>
  );
}
