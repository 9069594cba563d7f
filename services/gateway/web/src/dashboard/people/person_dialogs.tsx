import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { Role } from '@gen/winnow/access/v1/access_pb';
import { access } from '../../api/access';
import { t } from '../../i18n/people';
import { t as tu } from '../../i18n/ui';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { TextField } from '../../ui/fields';
import { toast } from '../../ui/toast';
import { errorOf, useAction } from '../common/action';
import { Choices } from '../common/form';
import { FailureNote, Note } from '../common/parts';
import { roleOf, roles, type PersonRole } from './roles';

interface AddProps {
  /** While the system is open: an admin, who closes it. */
  isFirst: boolean;
  onAdded: (given: { name: string; token: string }) => void;
  onClose: () => void;
}

export function AddDialog({ isFirst, onAdded, onClose }: AddProps) {
  const name = useSignal('');
  const role = useSignal<PersonRole | 'service'>(isFirst ? 'admin' : 'annotator');
  const adding = useAction(async () => {
    const wanted = role.value === 'service' ? Role.SERVICE : roleOf[role.value];
    const reply = await access.createPerson({ name: name.value.trim(), role: wanted });
    onAdded({ name: reply.person!.name, token: reply.token });
  });
  return (
    <Dialog title={t(isFirst ? 'addFirst' : 'addPerson')} onClose={onClose}>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          adding.run();
        }}
      >
        <TextField
          label={t('name')}
          hint={t('nameHint')}
          error={errorOf(adding.failure, 'name')}
          required
          maxLength={100}
          autoComplete="off"
          value={name.value}
          onValue={(value) => (name.value = value)}
        />
        {!isFirst && (
          <Choices
            legend={t('role')}
            value={role.value}
            onValue={(value) => (role.value = value)}
            of={[...roles, 'service' as const].map((value) => ({
              value,
              label: t(value),
              hint: t(`${value}Hint`),
            }))}
          />
        )}
        {adding.failure && <FailureNote failure={adding.failure} />}
        <div class="row">
          <Button kind="primary" type="submit" disabled={adding.busy}>
            {t('add')}
          </Button>
          <Button onClick={onClose}>{tu('cancel')}</Button>
        </div>
      </form>
    </Dialog>
  );
}

interface TokenProps {
  name: string;
  token: string;
  isFirst: boolean;
  onClose: () => void;
}

/** Shows a token, which nobody can see again. Only its button closes it. */
export function TokenDialog({ name, token, isFirst, onClose }: TokenProps) {
  const field = useRef<HTMLInputElement>(null);
  const copy = async () => {
    field.current?.select();
    // There is no clipboard on plain HTTP from another machine; the token is selected then.
    await navigator.clipboard?.writeText(token);
    if (navigator.clipboard) toast({ text: t('copied'), kind: 'good' });
  };
  return (
    <Dialog
      title={t('tokenTitle', { name })}
      footer={
        <Button kind="primary" onClick={onClose}>
          {t('done')}
        </Button>
      }
    >
      <div class="stack">
        <Note kind="warn">{t('tokenText', { name })}</Note>
        <div class="row token">
          <input ref={field} class="input" readOnly aria-label={t('token')} value={token} />
          <Button onClick={() => void copy()}>{t('copy')}</Button>
        </div>
        {isFirst && <p>{t('signInNow')}</p>}
      </div>
    </Dialog>
  );
}
