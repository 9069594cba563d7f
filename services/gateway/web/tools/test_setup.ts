// What browsers have and Node 18 keeps in modules.
import { File } from 'node:buffer';
import { webcrypto } from 'node:crypto';

Object.assign(globalThis, {
  File: globalThis.File ?? File,
  ...(!('crypto' in globalThis) && { crypto: webcrypto }),
});
