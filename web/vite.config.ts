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
  },
});
