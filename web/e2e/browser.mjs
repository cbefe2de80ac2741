// What the browser tests and the screenshots share: a browser, a server to look at, and somebody signed in.
import { chromium } from 'playwright-core';
import { makeMock, mockPassword } from '../mock/server.mjs';

/** @param {string} [name] */
export async function openBrowser(name = process.env.CHROMIUM ?? '/usr/bin/chromium') {
  return chromium.launch({
    executablePath: name,
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-default-apps', '--no-first-run', '--no-pings', '--disable-features=Translate,OptimizationHints,MediaRouter'],
  });
}

/**
 * The server under test: the real one of BASE_URL, else the mock.
 * @param {Parameters<typeof makeMock>[0]} [options]
 */
export async function openServer(options) {
  const given = process.env.BASE_URL;
  if (given) return { url: given.replace(/\/$/, ''), account: process.env.ACCOUNT ?? 'admin', password: process.env.PASSWORD ?? '', real: true, stop: async () => {} };
  const mock = makeMock(options);
  const url = await mock.start();
  return { url, account: 'analyst', password: mockPassword, real: false, stop: mock.stop };
}

/** @param {import('playwright-core').Page} page @param {{url: string}} server @param {string} account @param {string} password */
export async function signIn(page, server, account, password) {
  await page.goto(`${server.url}/signin`);
  await page.locator('input[autocomplete=username]').fill(account);
  await page.locator('input[autocomplete=current-password]').fill(password);
  await page.locator('button[type=submit]').click();
  await page.waitForURL((url) => !url.pathname.startsWith('/signin'));
}

/**
 * Everything a page complained about; a test wants it empty.
 * @param {import('playwright-core').Page} page
 */
export function watchConsole(page) {
  /** @type {string[]} */
  const said = [];
  page.on('console', (message) => { if (message.type() === 'error' || message.type() === 'warning') said.push(`${message.type()}: ${message.text()} (${message.location().url})`); });
  page.on('pageerror', (error) => said.push(`pageerror: ${error.message}`));
  return said;
}
