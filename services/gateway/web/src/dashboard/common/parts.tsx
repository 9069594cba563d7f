// Small parts that pages of the dashboard are made of.
import type { ComponentChildren } from 'preact';
import { timestampDate, type Timestamp } from '@bufbuild/protobuf/wkt';
import type { Failure } from '../../api/errors';
import { may, type Role } from '../../api/session';
import { href } from '../../app/router';
import { formatNumber, formatRelative, formatTime } from '../../i18n/language';
import { t } from '../../i18n/dashboard';
import { t as tu } from '../../i18n/ui';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { useAction } from './action';
import type { Loaded } from './load';
import './parts.css';

/** What is loaded, once it is there; before that what went wrong, if something did. */
export function Show<Value>(props: {
  of: Loaded<Value>;
  children: (value: Value) => ComponentChildren;
}) {
  const { value, failure, reload } = props.of;
  return (
    <>
      {failure && <FailureNote failure={failure} onRetry={reload} />}
      {value !== undefined && props.children(value)}
      {value === undefined && !failure && <p class="soft loading">{tu('loading')}</p>}
    </>
  );
}

/** What the service said, with each thing that is wrong in the request or the file. */
export function FailureNote(props: { failure: Failure; onRetry?: () => void }) {
  const { failure, onRetry } = props;
  return (
    <div class="note bad" role="alert">
      <p>{messageOf(failure)}</p>
      {failure.violations.length > 0 && (
        <ul class="violations">
          {failure.violations.map(({ field, description }) => (
            <li key={field + description}>
              <code>{field}</code> {description}
            </li>
          ))}
        </ul>
      )}
      {onRetry && <Button onClick={onRetry}>{t('tryAgain')}</Button>}
    </div>
  );
}

// The lines after the first say what the list says.
function messageOf({ message, violations }: Failure): string {
  const text = violations.length > 0 ? message.split('\n')[0] : message;
  return text || t('failed');
}

export type NoteKind = 'plain' | 'good' | 'warn' | 'bad';

export function Note({
  kind = 'plain',
  children,
}: {
  kind?: NoteKind;
  children: ComponentChildren;
}) {
  return <div class={`note ${kind}`}>{children}</div>;
}

interface BadgeProps {
  kind?: NoteKind | undefined;
  children: string;
}

export function Badge({ kind = 'plain', children }: BadgeProps) {
  return <span class={`badge ${kind}`}>{children}</span>;
}

/** Sentences to know before a figure is believed; each once. */
export function Caveats({ of }: { of: readonly string[] }) {
  const once = [...new Set(of)];
  if (once.length === 0) return null;
  return (
    <ul class="caveats">
      {once.map((caveat) => (
        <li key={caveat}>{caveat}</li>
      ))}
    </ul>
  );
}

/** Figures side by side, the number large. */
export function Facts({ of }: { of: readonly [label: string, value: ComponentChildren][] }) {
  return (
    <dl class="facts">
      {of.map(([label, value]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** Things with their values, one a line; without those that have none. */
export function Details({ of }: { of: readonly [label: string, value: ComponentChildren][] }) {
  return (
    <dl class="details">
      {of.map(
        ([label, value]) =>
          value !== '' &&
          value !== undefined &&
          value !== false && (
            <>
              <dt>{label}</dt>
              <dd>{value}</dd>
            </>
          ),
      )}
    </dl>
  );
}

export function DatasetLinks({ names }: { names: readonly string[] }) {
  return (
    <>
      {names.map((name, index) => (
        <span key={name}>
          {index > 0 && ', '}
          <a href={href('dataset', { name })}>{name}</a>
        </span>
      ))}
    </>
  );
}

export const count = (value: bigint | number) => formatNumber(Number(value));

export function When({ time }: { time: Timestamp | undefined }) {
  const date = dateOf(time);
  if (!date) return null;
  return (
    <time dateTime={date.toISOString()} title={formatTime(date)}>
      {formatRelative(date)}
    </time>
  );
}

/** Of imported answers no time is known: they have that of 1970. */
export const dateOf = (time: Timestamp | undefined) =>
  time && time.seconds > 0n ? timestampDate(time) : undefined;

/** Only for those whose role may do what is in it. */
export function For({ role, children }: { role: Role; children: ComponentChildren }) {
  return may(role) ? <>{children}</> : null;
}

interface ConfirmProps {
  title: string;
  /** What happens, in a sentence or two. */
  children: ComponentChildren;
  /** The name of the button that does it. */
  action: string;
  danger?: boolean;
  act: () => Promise<unknown>;
  onClose: () => void;
}

/** Asks before something is done, and tells what went wrong. */
export function Confirm({ title, children, action, danger, act, onClose }: ConfirmProps) {
  const doing = useAction(async () => {
    await act();
    onClose();
  });
  return (
    <Dialog
      title={title}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{tu('cancel')}</Button>
          <Button
            kind={danger ? 'danger' : 'primary'}
            disabled={doing.busy}
            onClick={() => doing.run()}
          >
            {action}
          </Button>
        </>
      }
    >
      <div class="stack">
        {children}
        {doing.failure && <FailureNote failure={doing.failure} />}
      </div>
    </Dialog>
  );
}

interface ProgressProps {
  /** In [0, 1]; absent: it is not known how far it is. */
  share?: number | undefined;
  label: string;
}

export function Progress({ share, label }: ProgressProps) {
  return (
    <div class="progress">
      <progress aria-label={label} max={1} {...(share !== undefined && { value: share })} />
      <span class="small soft number">{label}</span>
    </div>
  );
}
