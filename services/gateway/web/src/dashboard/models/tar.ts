// A directory as one file (POSIX ustar), since a browser saves no directories: `tar xf` unpacks it.
import type { NamedFile } from '../../api/upload';

const block = 512;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

const paddingOf = (size: number) => (block - (size % block)) % block;

// Numbers are octal digits, and a NUL.
const octal = (value: number, length: number) => `${value.toString(8).padStart(length - 1, '0')}\0`;

function headerOf(directory: string, name: string, size: number): Uint8Array<ArrayBuffer> {
  const header = new Uint8Array(block);
  const put = (text: string, at: number) => header.set(encoder.encode(text), at);
  put(name, 0);
  put(octal(0o644, 8), 100);
  put(octal(0, 8), 108);
  put(octal(0, 8), 116);
  put(octal(size, 12), 124);
  put(octal(Math.floor(Date.now() / 1000), 12), 136);
  // The sum counts itself as spaces.
  put(' '.repeat(8), 148);
  put('0', 156);
  put('ustar\0' + '00', 257);
  put(directory, 345);
  const sum = header.reduce((total, byte) => total + byte, 0);
  put(`${octal(sum, 7)} `, 148);
  return header;
}

/** The files as they would stand in `directory`, whose name has at most 155 bytes. */
export function tarOf(directory: string, files: readonly NamedFile[]): Blob {
  const parts = files.flatMap(({ name, content }) => [
    headerOf(directory, name, content.size),
    content,
    new Uint8Array(paddingOf(content.size)),
  ]);
  return new Blob([...parts, new Uint8Array(2 * block)], { type: 'application/x-tar' });
}

function textAt(header: Uint8Array, at: number, length: number): string {
  const text = decoder.decode(header.subarray(at, at + length));
  return text.slice(0, (text + '\0').indexOf('\0'));
}

export const isTar = async (file: Blob) =>
  textAt(new Uint8Array(await file.slice(0, block).arrayBuffer()), 257, 5) === 'ustar';

/** The files in it, whatever directory they stand in. */
export async function filesOfTar(tar: Blob): Promise<NamedFile[]> {
  const files: NamedFile[] = [];
  for (let at = 0; at + block <= tar.size;) {
    const header = new Uint8Array(await tar.slice(at, at + block).arrayBuffer());
    const path = textAt(header, 0, 100);
    if (!path) break;
    const size = parseInt(textAt(header, 124, 12), 8) || 0;
    at += block;
    const isFile = ['0', ''].includes(textAt(header, 156, 1));
    const name = path.slice(path.lastIndexOf('/') + 1);
    if (isFile && name) files.push({ name, content: tar.slice(at, at + size) });
    at += size + paddingOf(size);
  }
  return files;
}
