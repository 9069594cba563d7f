import { useSignal } from '@preact/signals';
import { Role, type Person } from '@gen/winnow/access/v1/access_pb';
import { access } from '../../api/access';
import { refreshSession, session } from '../../api/session';
import { t } from '../../i18n/people';
import { Button } from '../../ui/button';
import { Page } from '../../ui/page';
import { DataTable, type Column } from '../../ui/table';
import { toast } from '../../ui/toast';
import { useAction } from '../common/action';
import { allPages, useLoaded } from '../common/load';
import { listDatasets, listQueues } from '../common/names';
import { Badge, Confirm, count, dateOf, FailureNote, Note, Show, When } from '../common/parts';
import { AgreementDialog } from '../data/agreement';
import { AddDialog, TokenDialog } from './person_dialogs';
import { roleName, roleOf, roles, type PersonRole } from './roles';
import { standingOf, type Standing } from './standing';

async function loadPeople() {
  const [people, queues, datasets] = await Promise.all([
    allPages(
      (page) => access.listPeople(page),
      (reply) => reply.people,
    ),
    listQueues(),
    listDatasets(),
  ]);
  return { people, standing: standingOf(queues), datasets: datasets.map(({ name }) => name) };
}

interface Given {
  name: string;
  token: string;
}

type Asked = { what: 'rotate' | 'remove'; name: string };

export function PeoplePage() {
  const now = session.value;
  const isOpen = now.state === 'in' && now.person.open;
  const people = useLoaded(loadPeople);
  const adding = useSignal(false);
  const measuring = useSignal(false);
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
        <div class="row">
          {!!people.value?.datasets.length && (
            <Button onClick={() => (measuring.value = true)}>{t('agreement')}</Button>
          )}
          <Button kind="primary" onClick={() => (adding.value = true)}>
            {t(isOpen ? 'addFirst' : 'addPerson')}
          </Button>
        </div>
      }
    >
      {isOpen && <Note kind="warn">{t('open')}</Note>}
      <Show of={people}>
        {(value) =>
          value.people.length > 0 && (
            <PeopleTable {...value} onAsk={(what) => (asked.value = what)} reload={people.reload} />
          )
        }
      </Show>
      {measuring.value && (
        <AgreementDialog names={people.value!.datasets} onClose={() => (measuring.value = false)} />
      )}
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
  standing: ReadonlyMap<string, Standing>;
  onAsk: (asked: Asked) => void;
  reload: () => void;
}

function PeopleTable({ people, standing, onAsk, reload }: TableProps) {
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
          ...standingColumns(standing),
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
      <p class="soft small">{t('standingHint')}</p>
    </>
  );
}

function standingColumns(standing: ReadonlyMap<string, Standing>): Column<Person>[] {
  const of = ({ name }: Person) => standing.get(name);
  const checks = (person: Person) => {
    const { agreed = 0, checks: all = 0 } = of(person) ?? {};
    return all > 0 ? t('ofChecks', { agreed, all }) : '';
  };
  const remark = (person: Person) => {
    if (of(person)?.belowBar) return t('belowBar');
    return of(person)?.drifted ? t('drifted') : '';
  };
  return [
    {
      title: t('answers'),
      number: true,
      wideOnly: true,
      value: (person) => of(person)?.answers,
      cell: (person) => count(of(person)?.answers ?? 0),
    },
    {
      title: t('checks'),
      wideOnly: true,
      value: (person) => `${checks(person)} ${remark(person)}`.trim(),
      cell: (person) => (
        <>
          {checks(person)}{' '}
          {remark(person) && (
            <Badge kind={of(person)?.belowBar ? 'bad' : 'warn'}>{remark(person)}</Badge>
          )}
        </>
      ),
    },
  ];
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
