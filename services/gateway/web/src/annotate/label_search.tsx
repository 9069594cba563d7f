import { useSignal } from '@preact/signals';
import { useEffect, useId, useRef } from 'preact/hooks';
import { t } from '../i18n/annotate';
import { printable } from '../text/printable';
import { Dialog } from '../ui/dialog';
import { labelColour } from '../ui/label_colour';

interface Props {
  labels: readonly string[];
  allLabels: readonly string[];
  onChoose: (label: string) => void;
  onClose: () => void;
}

/** Labels that begin with what is sought first, then those that have it somewhere. */
export function matchingLabels(labels: readonly string[], sought: string): string[] {
  const wanted = sought.trim().toLowerCase();
  const found = labels.filter((label) => label.toLowerCase().includes(wanted));
  const rank = (label: string) => (label.toLowerCase().startsWith(wanted) ? 0 : 1);
  return found.sort((a, b) => rank(a) - rank(b));
}

/** All labels, to be found by typing. */
export function LabelSearch({ labels, allLabels, onChoose, onClose }: Props) {
  const id = useId();
  const sought = useSignal('');
  const at = useSignal(0);
  const list = useRef<HTMLUListElement>(null);
  const found = matchingLabels(labels, sought.value);
  useEffect(() => {
    list.current?.children[at.value]?.scrollIntoView({ block: 'nearest' });
  });
  const onKeyDown = (event: KeyboardEvent) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by) at.value = Math.min(Math.max(at.value + by, 0), Math.max(found.length - 1, 0));
    else if (event.key === 'Enter' && found[at.value]) onChoose(found[at.value]!);
    else return;
    event.preventDefault();
  };
  return (
    <Dialog title={t('findLabel')} onClose={onClose}>
      <input
        class="input"
        role="combobox"
        aria-expanded="true"
        aria-label={t('findLabel')}
        aria-controls={`${id}-list`}
        aria-activedescendant={found.length > 0 ? `${id}-${at.value}` : undefined}
        autofocus
        value={sought.value}
        onKeyDown={onKeyDown}
        onInput={(event) => {
          sought.value = event.currentTarget.value;
          at.value = 0;
        }}
      />
      <ul class="label-list" role="listbox" id={`${id}-list`} aria-label={t('labels')} ref={list}>
        {found.map((label, index) => (
          <li
            key={label}
            id={`${id}-${index}`}
            role="option"
            aria-selected={index === at.value}
            style={{ '--colour': labelColour(label, allLabels) }}
            onClick={() => onChoose(label)}
          >
            {printable(label)}
          </li>
        ))}
      </ul>
      {found.length === 0 && <p class="soft">{t('noSuchLabel')}</p>}
    </Dialog>
  );
}
