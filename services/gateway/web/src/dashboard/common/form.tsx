// Fields that forms of the dashboard share.
import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import { t } from '../../i18n/dashboard';
import { TextField } from '../../ui/fields';

/** "a, b" as ["a", "b"]. */
export function listOf(text: string): string[] {
  return [...new Set(text.split(',').map((part) => part.trim()))].filter(Boolean);
}

/** Empty is the seed of the service. */
export const seedOf = (text: string) => BigInt(/^\d+$/.test(text.trim()) ? text.trim() : 0);

interface SeedProps {
  draft: { seed: string };
  set: (change: { seed: string }) => void;
  error: (field: string) => string | undefined;
}

export function SeedField({ draft, set, error }: SeedProps) {
  return (
    <TextField
      label={t('seed')}
      hint={t('seedHint')}
      error={error('seed')}
      type="number"
      min={0}
      value={draft.seed}
      onValue={(seed) => set({ seed })}
    />
  );
}

export interface Choice<Value extends string> {
  value: Value;
  label: string;
  hint?: string;
  disabled?: boolean;
}

interface ChoicesProps<Value extends string> {
  legend: string;
  value: Value;
  onValue: (value: Value) => void;
  of: readonly Choice<Value>[];
}

/** One of a few, each with a line that explains it. */
export function Choices<Value extends string>(props: ChoicesProps<Value>) {
  const name = useId();
  return (
    <fieldset>
      <legend>{props.legend}</legend>
      <div class="choices">
        {props.of.map(({ value, label, hint, disabled }) => (
          <label key={value}>
            <input
              type="radio"
              name={name}
              checked={props.value === value}
              disabled={disabled}
              onChange={() => props.onValue(value)}
            />
            <b>{label}</b>
            {hint && <span>{hint}</span>}
          </label>
        ))}
      </div>
    </fieldset>
  );
}

interface ManyProps {
  legend: string;
  hint?: ComponentChildren;
  error?: string | undefined;
  of: readonly string[];
  value: readonly string[];
  onValue: (value: string[]) => void;
}

/** Some of many names. */
export function Many({ legend, hint, error, of, value, onValue }: ManyProps) {
  const id = useId();
  return (
    <fieldset class="many" aria-describedby={id}>
      <legend>{legend}</legend>
      <div class="many-names">
        {of.length === 0 && <span class="soft">{t('none')}</span>}
        {of.map((name) => (
          <label key={name}>
            <input
              type="checkbox"
              checked={value.includes(name)}
              onChange={(event) =>
                onValue(
                  event.currentTarget.checked
                    ? [...value, name]
                    : value.filter((other) => other !== name),
                )
              }
            />
            {name}
          </label>
        ))}
      </div>
      <div id={id} class={`small ${error ? 'error' : 'soft'}`}>
        {error ?? hint}
      </div>
    </fieldset>
  );
}

interface FileProps {
  label: string;
  hint?: string;
  error?: string | undefined;
  multiple?: boolean;
  onFiles: (files: File[]) => void;
}

export function FileField({ label, hint, error, multiple = false, onFiles }: FileProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        id={id}
        class="input"
        type="file"
        multiple={multiple}
        aria-describedby={`${id}-more`}
        onChange={(event) => onFiles([...(event.currentTarget.files ?? [])])}
      />
      <div id={`${id}-more`} class={error ? 'error' : 'hint'}>
        {error ?? hint}
      </div>
    </div>
  );
}

/** Fields that belong together, among many. */
export function Group({ legend, children }: { legend: string; children: ComponentChildren }) {
  return (
    <fieldset class="group">
      <legend>{legend}</legend>
      {children}
    </fieldset>
  );
}

interface MoreProps {
  /** Something in it may be wrong, and must be seen. */
  failed: boolean;
  children: ComponentChildren;
}

/** Settings that most do without. */
export function More({ failed, children }: MoreProps) {
  return (
    <details class="more" open={failed}>
      <summary>{t('more')}</summary>
      <div class="stack">{children}</div>
    </details>
  );
}
