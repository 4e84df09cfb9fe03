import { defineConfig } from 'vite';
import react from '@vitejs/plugin-react';

// `npm run dev` proxies everything that is not ours to a running `monitorai serve`.
// Another address: edit here.
const server = 'http://127.0.0.1:3000';

export default defineConfig({
  plugins: [react()],
  server: {
    fs: { allow: ['..'] },
    proxy: Object.fromEntries(['/api', '/loki', '/-', '/metrics'].map((path) => [path, { target: server, ws: true }])),
  },
  build: {
    target: 'es2022',
    reportCompressedSize: false,
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 900,
    rolldownOptions: {
      output: {
        codeSplitting: {
          // What the first page and others share is one file, not ten small ones: each costs the browser more than its bytes.
          groups: [{ name: 'shared', test: /node_modules\/(react|react-dom|scheduler|wouter|regexparam|use-sync-external-store)\/|\/src\/(api\/(http|session|envelope)|format\/units|dashboard\/colors|time\/range|shell\/(Page|icons|useUrlParams|useScheme))\./ }],
        },
      },
    },
  },
});
