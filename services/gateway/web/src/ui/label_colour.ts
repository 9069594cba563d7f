/** The colour of a label, as a CSS value: by its place among all labels of what is shown. */
export function labelColour(label: string, labels: readonly string[]): string {
  const index = labels.indexOf(label);
  return `var(--label-${(index < 0 ? labels.length : index) % 9})`;
}
