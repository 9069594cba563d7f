import type { ButtonHTMLAttributes } from 'preact';
import './button.css';

interface Props extends Omit<ButtonHTMLAttributes, 'icon'> {
  kind?: 'plain' | 'primary' | 'danger' | 'quiet';
  /** Square, for a single symbol; give it an `aria-label`. */
  icon?: boolean;
  class?: string;
}

export function Button({ kind = 'plain', icon = false, class: extra = '', ...rest }: Props) {
  return <button type="button" class={`button ${kind} ${icon ? 'icon' : ''} ${extra}`} {...rest} />;
}
