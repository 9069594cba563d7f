import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

// The address of a running `winnow serve`, whose RPCs and sign-in `npm run dev` hands on to.
const gateway = process.env['WINNOW_GATEWAY'] ?? 'http://127.0.0.1:7708';

export default defineConfig({
  resolve: { alias: { '@gen': fileURLToPath(new URL('gen', import.meta.url)) } },
  build: {
    // Each has nested rules and light-dark() in CSS.
    target: ['es2022', 'chrome123', 'firefox120', 'safari17.5'],
    // The policy of the gateway forbids what Vite would inline.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
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
