import { useSignal } from '@preact/signals';
import { Role, type Person } from '@gen/winnow/access/v1/access_pb';
import { access } from '../../api/access';
import { refreshSession, session } from '../../api/session';
import { t } from '../../i18n/people';
import { Button } from '../../ui/button';
import { Page } from '../../ui/page';
import { DataTable } from '../../ui/table';
import { toast } from '../../ui/toast';
import { useAction } from '../common/action';
import { allPages, useLoaded } from '../common/load';
import { Badge, Confirm, dateOf, FailureNote, Note, Show, When } from '../common/parts';
import { AddDialog, TokenDialog } from './person_dialogs';
import { roleName, roleOf, roles, type PersonRole } from './roles';

const listPeople = () =>
  allPages(
    (page) => access.listPeople(page),
    ({ people }) => people,
  );

interface Given {
  name: string;
  token: string;
}

type Asked = { what: 'rotate' | 'remove'; name: string };

export function PeoplePage() {
  const now = session.value;
  const isOpen = now.state === 'in' && now.person.open;
  const people = useLoaded(listPeople);
  const adding = useSignal(false);
  const given = useSignal<Given | undefined>(undefined);
  const asked = useSignal<Asked | undefined>(undefined);
  const closed = useSignal(false);
  const give = (value: Given) => {
    adding.value = false;
    given.value = value;
    closed.value = isOpen;
  };
  return (
    <Page
      title={t('people')}
      actions={
        <Button kind="primary" onClick={() => (adding.value = true)}>
          {t(isOpen ? 'addFirst' : 'addPerson')}
        </Button>
      }
    >
      {isOpen && <Note kind="warn">{t('open')}</Note>}
      <Show of={people}>
        {(rows) =>
          rows.length > 0 && (
            <PeopleTable
              people={rows}
              onAsk={(value) => (asked.value = value)}
              reload={people.reload}
            />
          )
        }
      </Show>
      {adding.value && (
        <AddDialog isFirst={isOpen} onAdded={give} onClose={() => (adding.value = false)} />
      )}
      {given.value && (
        <TokenDialog
          {...given.value}
          isFirst={closed.value}
          onClose={() => {
            given.value = undefined;
            if (closed.value) void refreshSession();
            else people.reload();
          }}
        />
      )}
      {asked.value && (
        <Ask
          {...asked.value}
          onGiven={give}
          onClose={() => {
            asked.value = undefined;
            people.reload();
          }}
        />
      )}
    </Page>
  );
}

interface TableProps {
  people: Person[];
  onAsk: (asked: Asked) => void;
  reload: () => void;
}

function PeopleTable({ people, onAsk, reload }: TableProps) {
  const changing = useAction(async (name: string, disabled: boolean) => {
    await access.updatePerson({ name, disabled });
    toast({ text: t(disabled ? 'nowDisabled' : 'nowEnabled', { name }), kind: 'good' });
    reload();
  });
  return (
    <>
      {changing.failure && <FailureNote failure={changing.failure} />}
      <DataTable
        name={t('people')}
        rows={people}
        keyOf={({ name }) => name}
        columns={[
          { title: t('name'), value: ({ name }) => name },
          {
            title: t('role'),
            value: ({ role }) => roleName(role),
            cell: (person) => <RoleField person={person} reload={reload} />,
          },
          {
            title: t('state'),
            value: ({ disabled }) => t(disabled ? 'disabled' : 'active'),
            cell: ({ disabled }) => (
              <Badge kind={disabled ? 'bad' : 'good'}>{t(disabled ? 'disabled' : 'active')}</Badge>
            ),
          },
          {
            title: t('added'),
            wideOnly: true,
            value: ({ createTime }) => dateOf(createTime),
            cell: ({ createTime }) => <When time={createTime} />,
          },
        ]}
        actions={({ name, disabled }) => (
          <div class="row person-actions" role="group" aria-label={t('actionsOf', { name })}>
            <Button disabled={changing.busy} onClick={() => changing.run(name, !disabled)}>
              {t(disabled ? 'enable' : 'disable')}
            </Button>
            <Button onClick={() => onAsk({ what: 'rotate', name })}>{t('rotate')}</Button>
            <Button kind="quiet" onClick={() => onAsk({ what: 'remove', name })}>
              {t('remove')}
            </Button>
          </div>
        )}
      />
    </>
  );
}

function RoleField({ person, reload }: { person: Person; reload: () => void }) {
  const { name, role } = person;
  const changing = useAction(async (wanted: PersonRole) => {
    await access.updatePerson({ name, role: roleOf[wanted] });
    toast({ text: t('roleChanged', { name, role: t(wanted) }), kind: 'good' });
    reload();
  });
  if (role === Role.SERVICE) return <>{t('service')}</>;
  return (
    <>
      <select
        class="input filter"
        aria-label={t('changeRoleOf', { name })}
        value={roles.find((one) => roleOf[one] === role) ?? ''}
        disabled={changing.busy}
        onChange={(event) => changing.run(event.currentTarget.value as PersonRole)}
      >
        {roles.map((one) => (
          <option key={one} value={one}>
            {t(one)}
          </option>
        ))}
      </select>
      {changing.failure && <FailureNote failure={changing.failure} />}
    </>
  );
}

interface AskProps extends Asked {
  onGiven: (given: Given) => void;
  onClose: () => void;
}

function Ask({ what, name, onGiven, onClose }: AskProps) {
  if (what === 'rotate') {
    return (
      <Confirm
        title={t('rotateTitle', { name })}
        action={t('rotate')}
        act={async () => {
          const { token } = await access.rotateToken({ name });
          onGiven({ name, token });
        }}
        onClose={onClose}
      >
        <p>{t('rotateText', { name })}</p>
      </Confirm>
    );
  }
  return (
    <Confirm
      title={t('removeTitle', { name })}
      action={t('remove')}
      danger
      act={async () => {
        await access.removePerson({ name });
        toast({ text: t('removed', { name }), kind: 'good' });
      }}
      onClose={onClose}
    >
      <p>{t('removeText')}</p>
    </Confirm>
  );
}
