// Form fields with their label, hint and error, tied together for screen readers.
import type { ComponentChildren, InputHTMLAttributes, TextareaHTMLAttributes } from 'preact';
import { useId } from 'preact/hooks';
import './fields.css';

interface FieldProps {
  label: string;
  hint?: string | undefined;
  error?: string | undefined;
}

function Field(
  props: FieldProps & {
    children: (input: {
      id: string;
      'aria-describedby'?: string;
      'aria-invalid'?: boolean;
    }) => ComponentChildren;
  },
) {
  const id = useId();
  const { label, hint, error, children } = props;
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children({
        id,
        ...((hint || error) && { 'aria-describedby': `${id}-more` }),
        ...(error && { 'aria-invalid': true }),
      })}
      {(hint || error) && (
        <div id={`${id}-more`} class={error ? 'error' : 'hint'}>
          {error ?? hint}
        </div>
      )}
    </div>
  );
}

type InputProps = FieldProps & {
  value: string;
  onValue: (value: string) => void;
} & Omit<InputHTMLAttributes, 'value' | 'label'>;

export function TextField({ label, hint, error, value, onValue, ...rest }: InputProps) {
  return (
    <Field label={label} hint={hint} error={error}>
      {(input) => (
        <input
          class="input"
          value={value}
          onInput={(event) => onValue(event.currentTarget.value)}
          {...input}
          {...rest}
        />
      )}
    </Field>
  );
}

type AreaProps = FieldProps & {
  value: string;
  onValue: (value: string) => void;
} & Omit<TextareaHTMLAttributes, 'value' | 'label'>;

export function TextArea({ label, hint, error, value, onValue, ...rest }: AreaProps) {
  return (
    <Field label={label} hint={hint} error={error}>
      {(input) => (
        <textarea
          class="input"
          value={value}
          onInput={(event) => onValue(event.currentTarget.value)}
          {...input}
          {...rest}
        />
      )}
    </Field>
  );
}

type SelectProps<Value extends string> = FieldProps & {
  value: Value;
  onValue: (value: Value) => void;
  options: readonly { value: Value; label: string }[];
};

export function SelectField<Value extends string>(props: SelectProps<Value>) {
  const { label, hint, error, value, onValue, options } = props;
  return (
    <Field label={label} hint={hint} error={error}>
      {(input) => (
        <select
          class="input"
          value={value}
          onChange={(event) => onValue(event.currentTarget.value as Value)}
          {...input}
        >
          {options.map((option) => (
            <option key={option.value} value={option.value}>
              {option.label}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

type CheckProps = { label: string; checked: boolean; onChecked: (checked: boolean) => void };

export function CheckField({ label, checked, onChecked }: CheckProps) {
  return (
    <label class="check">
      <input
        type="checkbox"
        checked={checked}
        onChange={(event) => onChecked(event.currentTarget.checked)}
      />
      {label}
    </label>
  );
}
