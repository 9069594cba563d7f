/** Has the browser save what is here already under a name. */
export function saveFile(name: string, type: string, ...parts: BlobPart[]) {
  const url = URL.createObjectURL(new Blob(parts, { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
