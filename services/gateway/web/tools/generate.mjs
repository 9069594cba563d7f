// Writes gen/ anew: the messages and services of proto/ in TypeScript. `PROTOC` names the compiler.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const web = join(dirname(fileURLToPath(import.meta.url)), '..');
const protos = join(web, '../../../proto');
const gen = join(web, 'gen');
const files = ['access', 'annotation', 'common', 'evaluation', 'training'].flatMap((service) =>
  readdirSync(join(protos, 'winnow', service, 'v1')).map((file) =>
    join('winnow', service, 'v1', file),
  ),
);

rmSync(gen, { recursive: true, force: true });
mkdirSync(gen);
execFileSync(
  process.env.PROTOC ?? 'protoc',
  [
    `--plugin=protoc-gen-es=${join(web, 'node_modules/.bin/protoc-gen-es')}`,
    `--es_out=${gen}`,
    '--es_opt=target=ts',
    `-I${protos}`,
    // protoc finds its own files through /proc, which a chroot may lack.
    ...['/usr/include'].filter(existsSync).map((directory) => `-I${directory}`),
    ...files,
  ],
  { stdio: 'inherit' },
);
