/// <reference types="vitest/config" />
import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// The server that the development page talks to: the mock by default, a real one by SHUWEI_SERVER.
const server = process.env.SHUWEI_SERVER ?? 'http://127.0.0.1:8719';
const proxied = { target: server, changeOrigin: false };

export default defineConfig({
  plugins: [react()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  server: { host: '127.0.0.1', proxy: { '/api': proxied, '/healthz': proxied, '/readyz': proxied, '/metrics': proxied } },
  build: {
    target: 'es2022',
    sourcemap: false,
    assetsInlineLimit: 2048,
    chunkSizeWarningLimit: 900,
    rollupOptions: {
      output: {
        // Three stable parts that change only with their packages, so that a new version of the pages
        // leaves them in the browser's cache. Everything else is split per page.
        manualChunks(id) {
          if (/node_modules\/(echarts|zrender)\//.test(id)) return 'charts';
          if (/node_modules\/(react|react-dom|react-router|react-router-dom|@remix-run|scheduler|@tanstack)\//.test(id)) return 'react';
          return undefined;
        },
      },
    },
  },
  test: { environment: 'jsdom', include: ['tests/**/*.test.{ts,tsx}'], css: false },
});
