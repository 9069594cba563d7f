// What may be changed of a queue under way.
import { useSignal } from '@preact/signals';
import { TaskKind, type Queue } from '@gen/winnow/annotation/v1/annotation_pb';
import { annotation } from '../../api/annotation';
import { uuid } from '../../api/ids';
import { t } from '../../i18n/queues';
import { t as tu } from '../../i18n/ui';
import { Button } from '../../ui/button';
import { TextField } from '../../ui/fields';
import { toast } from '../../ui/toast';
import { errorOf, useAction } from '../common/action';
import { listOf } from '../common/form';
import { FailureNote } from '../common/parts';

type Setting =
  'people' | 'quota' | 'overlap' | 'overlapShare' | 'checkShare' | 'minAgreement' | 'auditShare';

type Values = Record<Setting, string>;

const fieldNames: Record<Setting, string> = {
  people: 'people',
  quota: 'daily_quota',
  overlap: 'overlap',
  overlapShare: 'overlap_share',
  checkShare: 'check_share',
  minAgreement: 'min_agreement',
  auditShare: 'audit_share',
};

const percent = (share: number | undefined) =>
  share === undefined ? '' : String(Math.round(share * 1e6) / 1e4);
const share = (text: string) => Number(text.replace(',', '.')) / 100;

function valuesOf({ spec }: Queue): Values {
  return {
    people: spec!.people.join(', '),
    quota: String(spec!.dailyQuota),
    overlap: String(spec!.overlap ?? 1),
    overlapShare: percent(spec!.overlapShare ?? 1),
    checkShare: percent(spec!.checkShare),
    minAgreement: percent(spec!.minAgreement),
    auditShare: percent(spec!.auditShare),
  };
}

/** The request's fields for those settings that differ; none where nothing does. */
export function changesOf(before: Values, after: Values) {
  const differs = (setting: Setting) =>
    before[setting] !== after[setting] && (setting === 'people' || after[setting] !== '');
  return {
    ...(differs('people') && { people: { names: listOf(after.people) } }),
    ...(differs('quota') && { dailyQuota: Number(after.quota) }),
    ...(differs('overlap') && { overlap: Number(after.overlap) }),
    ...(differs('overlapShare') && { overlapShare: share(after.overlapShare) }),
    ...(differs('checkShare') && { checkShare: share(after.checkShare) }),
    ...(differs('minAgreement') && { minAgreement: share(after.minAgreement) }),
    ...(differs('auditShare') && { auditShare: share(after.auditShare) }),
  };
}

function settingsOf(kind: TaskKind): Setting[] {
  if (kind === TaskKind.REVIEW || kind === TaskKind.COMPARE) return ['people', 'quota'];
  const team: Setting[] = [
    'people',
    'quota',
    'overlap',
    'overlapShare',
    'checkShare',
    'minAgreement',
  ];
  return kind === TaskKind.TEACH ? [...team, 'auditShare'] : team;
}

export function QueueSettings({ queue }: { queue: Queue }) {
  const { name, kind } = queue.spec!;
  const values = useSignal(valuesOf(queue));
  const saving = useAction(async () => {
    const changes = changesOf(valuesOf(queue), values.value);
    if (Object.keys(changes).length === 0) return;
    await annotation.updateQueue({ requestId: uuid(), name, ...changes });
    toast({ text: t('settingsSaved', { name }), kind: 'good' });
  });
  return (
    <form
      class="form wide"
      onSubmit={(event) => {
        event.preventDefault();
        saving.run();
      }}
    >
      <div class="pair">
        {settingsOf(kind).map((setting) => (
          <TextField
            key={setting}
            label={t(setting)}
            hint={t(`${setting}Hint`)}
            error={errorOf(saving.failure, fieldNames[setting])}
            value={values.value[setting]}
            onValue={(value) => (values.value = { ...values.value, [setting]: value })}
          />
        ))}
      </div>
      {saving.failure && <FailureNote failure={saving.failure} />}
      <div>
        <Button type="submit" disabled={saving.busy}>
          {tu('save')}
        </Button>
      </div>
    </form>
  );
}
