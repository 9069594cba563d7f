// Tells the service worker which files to keep: those that the cards take, from the page on.
import { createHash } from 'node:crypto';
import type { Plugin, Rollup } from 'vite';

const worker = 'service_worker.js';
const roots = [/\/index\.html$/, /\/src\/annotate\/pages\.tsx$/];

export function keptFiles(): Plugin {
  return {
    name: 'kept-files',
    enforce: 'post',
    generateBundle(_, bundle) {
      const page = bundle['index.html'];
      const code = bundle[worker];
      if (page?.type !== 'asset' || code?.type !== 'chunk')
        throw new Error('no page, or no worker');
      const files = [...filesOf(bundle)].map((file) => `/${file}`).sort();
      const hash = createHash('sha256').update(files.join('\n')).update(page.source);
      const kept = { digest: hash.digest('hex').slice(0, 16), files };
      code.code = code.code.replace('KEPT', () => JSON.stringify(kept));
    },
  };
}

function filesOf(bundle: Rollup.OutputBundle): Set<string> {
  const found = new Set<string>();
  const visit = (name: string) => {
    const chunk = bundle[name];
    if (chunk?.type !== 'chunk' || found.has(name)) return;
    found.add(name);
    chunk.viteMetadata?.importedCss.forEach((file) => found.add(file));
    chunk.imports.forEach(visit);
  };
  for (const [name, output] of Object.entries(bundle)) {
    if (output.type !== 'chunk') continue;
    if (roots.some((root) => root.test(output.facadeModuleId ?? ''))) visit(name);
  }
  return found;
}
