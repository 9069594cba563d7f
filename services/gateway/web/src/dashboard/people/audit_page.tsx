import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { Code } from '@connectrpc/connect';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import type { AuditEvent } from '@gen/winnow/access/v1/access_pb';
import { access } from '../../api/access';
import { formatMoment } from '../../i18n/language';
import { t } from '../../i18n/people';
import { Button } from '../../ui/button';
import { TextField } from '../../ui/fields';
import { Empty, Page } from '../../ui/page';
import { DataTable } from '../../ui/table';
import { errorOf, useAction } from '../common/action';
import { Badge, dateOf, FailureNote } from '../common/parts';
import { roleName } from './roles';

interface Filter {
  person: string;
  method: string;
  since: string;
}

interface Events {
  filter: Filter;
  rows: AuditEvent[];
  next: string;
}

/** "PromoteModel" of "winnow.training.v1.TrainingService/PromoteModel". */
const methodName = (method: string) => method.slice(method.lastIndexOf('/') + 1);

async function loadEvents(filter: Filter, pageToken: string) {
  const { person, method, since } = filter;
  return access.listAuditEvents({
    pageSize: 500,
    pageToken,
    person: person.trim(),
    method: method.trim(),
    ...(since && { afterTime: timestampFromDate(new Date(since)) }),
  });
}

export function AuditPage() {
  const filter = useSignal<Filter>({ person: '', method: '', since: '' });
  const events = useSignal<Events | undefined>(undefined);
  const loading = useAction(async (more: boolean) => {
    const before = more ? events.peek() : undefined;
    const asked = before?.filter ?? filter.peek();
    const reply = await loadEvents(asked, before?.next ?? '');
    const rows = [...(before?.rows ?? []), ...reply.events];
    events.value = { filter: asked, rows, next: reply.nextPageToken };
  });
  useEffect(() => loading.run(false), []);
  const set = (changes: Partial<Filter>) => (filter.value = { ...filter.value, ...changes });
  return (
    <Page title={t('audit')}>
      <form
        class="audit-filter"
        onSubmit={(event) => {
          event.preventDefault();
          loading.run(false);
        }}
      >
        <TextField
          label={t('filterPerson')}
          error={errorOf(loading.failure, 'person')}
          value={filter.value.person}
          onValue={(person) => set({ person })}
        />
        <TextField
          label={t('filterMethod')}
          error={errorOf(loading.failure, 'method')}
          value={filter.value.method}
          onValue={(method) => set({ method })}
        />
        <TextField
          label={t('since')}
          type="datetime-local"
          value={filter.value.since}
          onValue={(since) => set({ since })}
        />
        <Button type="submit" disabled={loading.busy}>
          {t('apply')}
        </Button>
      </form>
      {loading.failure && <FailureNote failure={loading.failure} />}
      {events.value?.rows.length === 0 && <Empty text={emptyText(events.value.filter)} />}
      {!!events.value?.rows.length && <EventTable events={events.value.rows} />}
      {events.value?.next && (
        <div>
          <Button disabled={loading.busy} onClick={() => loading.run(true)}>
            {t('more')}
          </Button>
        </div>
      )}
    </Page>
  );
}

const emptyText = ({ person, method, since }: Filter) =>
  t(person || method || since ? 'noEventsFor' : 'noEvents');

function EventTable({ events }: { events: AuditEvent[] }) {
  return (
    <DataTable
      name={t('audit')}
      rows={events}
      keyOf={(event) => String(events.indexOf(event))}
      columns={[
        {
          title: t('time'),
          width: '12rem',
          value: ({ time }) => dateOf(time),
          cell: ({ time, problem }) => {
            const date = dateOf(time);
            return date ? (
              <time dateTime={date.toISOString()}>{formatMoment(date, 'medium')}</time>
            ) : (
              problem
            );
          },
        },
        {
          title: t('person'),
          value: ({ person }) => person,
          cell: ({ person, role }) => (
            <>
              {person} {person && <span class="soft small">{roleName(role)}</span>}
            </>
          ),
        },
        { title: t('method'), value: ({ method }) => methodName(method) },
        { title: t('object'), wideOnly: true, width: '30%', value: ({ object }) => object },
        {
          title: t('result'),
          wideOnly: true,
          value: ({ code }) => resultOf(code),
          cell: ({ code }) => <Badge kind={code ? 'bad' : 'plain'}>{resultOf(code)}</Badge>,
        },
        { title: t('address'), wideOnly: true, value: ({ address }) => address },
      ]}
    />
  );
}

const resultOf = (code: number) => (code === 0 ? t('ok') : t('code', { code: Code[code] ?? code }));
