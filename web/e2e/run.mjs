// Runs the browser tests with node's own runner: against the server of BASE_URL (with ACCOUNT and PASSWORD),
// else against the mock. Without the built pages there is nothing to look at.
import { existsSync, readdirSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
if (!process.env.BASE_URL && !existsSync(new URL('../dist/index.html', import.meta.url))) {
  console.error('web/dist is missing: npm run build');
  process.exit(2);
}
if (!existsSync(process.env.CHROMIUM ?? '/usr/bin/chromium')) {
  console.error('chromium is missing: apt-get install chromium, or name one by CHROMIUM');
  process.exit(2);
}
const files = readdirSync(here).filter((name) => name.endsWith('.e2e.mjs')).map((name) => here + name);
const child = spawn(process.execPath, ['--test', '--test-concurrency=1', ...files], { stdio: 'inherit', cwd: here });
child.on('exit', (code) => process.exit(code ?? 1));
