import type { ComponentChildren } from 'preact';
import { keyName, keys, useShortcuts, type Action } from '../app/shortcuts';
import { t } from '../i18n/annotate';
import { Button } from '../ui/button';
import type { CardProps } from './card_props';
import './verdict_bar.css';

export interface Choice {
  action: Action;
  label: string;
  tone?: 'yes' | 'no';
  run: () => void;
  /** A second key that does the same. */
  also?: Action;
}

interface Props extends Pick<CardProps, 'busy' | 'undo'> {
  choices: Choice[];
  /** What stands beside the way back. */
  aside?: ComponentChildren;
}

/** The answers that a card takes, as large buttons and as keys. */
export function VerdictBar({ choices, busy, undo, aside }: Props) {
  useShortcuts(
    Object.fromEntries(
      choices.flatMap(({ action, also, run }) => [[action, run], ...(also ? [[also, run]] : [])]),
    ),
  );
  return (
    <div class="answering">
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
      <div class="beside">
        <div>{aside}</div>
        {undo && (
          <Button
            kind="quiet"
            aria-disabled={busy}
            onMouseDown={(event: MouseEvent) => event.preventDefault()}
            onClick={undo}
          >
            {t('undo')} <kbd aria-hidden="true">{keyName(keys.value.undo)}</kbd>
          </Button>
        )}
      </div>
    </div>
  );
}
