import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { keptFiles } from './tools/kept_files';

// The address of a running `winnow serve`, whose RPCs and sign-in `npm run dev` hands on to.
const gateway = process.env['WINNOW_GATEWAY'] ?? 'http://127.0.0.1:7708';

const path = (file: string) => fileURLToPath(new URL(file, import.meta.url));

export default defineConfig({
  plugins: [keptFiles()],
  resolve: { alias: { '@gen': path('gen') } },
  build: {
    // Each has nested rules and light-dark() in CSS.
    target: ['es2022', 'chrome123', 'firefox120', 'safari17.5'],
    // The policy of the gateway forbids what Vite would inline.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rollupOptions: {
      input: [path('index.html'), path('src/worker/service_worker.ts')],
      output: {
        // A browser looks for a newer worker where it found the last one.
        entryFileNames: ({ name }) =>
          name === 'service_worker' ? '[name].js' : 'assets/[name]-[hash].js',
      },
    },
  },
  server: {
    proxy: Object.fromEntries(
      ['/rpc', '/session'].map((path) => [
        path,
        { target: gateway, headers: { origin: gateway, 'sec-fetch-site': 'same-origin' } },
      ]),
    ),
  },
  test: {
    environment: 'jsdom',
    include: ['src/**/*.test.{ts,tsx}'],
    setupFiles: ['tools/test_setup.ts'],
  },
});
