import { keyName, keys, useShortcuts, type Action } from '../app/shortcuts';
import { Button } from '../ui/button';
import './verdict_bar.css';

export interface Choice {
  action: Action;
  label: string;
  tone?: 'yes' | 'no';
  run: () => void;
  /** A second key that does the same. */
  also?: Action;
}

/** The answers that a card takes, as large buttons and as keys. */
export function VerdictBar({ choices, busy }: { choices: Choice[]; busy: boolean }) {
  useShortcuts(
    Object.fromEntries(
      choices.flatMap(({ action, also, run }) => [[action, run], ...(also ? [[also, run]] : [])]),
    ),
  );
  return (
    <div class="verdicts">
      {choices.map(({ action, label, tone, run }) => (
        <Button
          key={action}
          class={tone ?? ''}
          aria-disabled={busy}
          // A click leaves the focus where it is, so that the next key is not the button's.
          onMouseDown={(event: MouseEvent) => event.preventDefault()}
          onClick={run}
        >
          {label}
          <kbd aria-hidden="true">{keyName(keys.value[action])}</kbd>
        </Button>
      ))}
    </div>
  );
}
