const colours = 9;

/**
 * The colour of a label, as a CSS value: by its place among all labels of what is shown, and by its
 * name alone where these are not known.
 */
export function labelColour(label: string, labels: readonly string[]): string {
  const index = labels.indexOf(label);
  return `var(--label-${(index < 0 ? numberOf(label) : index) % colours})`;
}

function numberOf(name: string): number {
  let number = 0;
  for (const character of name) number = (number * 31 + character.codePointAt(0)!) % 65_521;
  return number;
}
