// Takes the pages' pictures into e2e/shots for a person to look at: node e2e/shots.mjs [filter] [--all]
import { mkdir } from 'node:fs/promises';
import { openBrowser, openServer, signIn, watchConsole } from './browser.mjs';

const out = new URL('./shots/', import.meta.url).pathname;
await mkdir(out, { recursive: true });
const filter = process.argv[2] && !process.argv[2].startsWith('--') ? new RegExp(process.argv[2]) : /./;
const all = process.argv.includes('--all');
const scale = process.env.MOCK_SCALE === 'empty' || process.env.MOCK_SCALE === 'many' ? process.env.MOCK_SCALE : 'normal';
const server = await openServer({ scale });
const browser = await openBrowser();
/** @type {[string, string, string?][]} */
const pages = [
  ['watch', '/watch'], ['investigate', '/investigate?since=-24h&split=event.outcome'], ['investigate-event', '/investigate?q=event.outcome:failure&event=FIRST'], ['investigate-raw', '/investigate?mode=raw&q=Failed'], ['statistics', '/investigate?since=-7d&mode=statistics'], ['sql', '/investigate?mode=sql'],
  ['alerts', '/alerts'], ['alert-drawer', '/alerts?alert=ALERT'], ['alert', '/alerts/ALERT'], ['alert-events', '/alerts/ALERT?tab=events'], ['alert-why', '/alerts/ALERT?tab=why'], ['alert-rule', '/alerts/ALERT?tab=rule'],
  ['cases', '/cases'], ['case', '/cases/CASE'], ['case-drawer', '/cases?case=CASE'], ['sources', '/sources'], ['source-drawer', '/sources?source=12'], ['source-proposal', '/sources?source=22'], ['source-silent', '/sources?source=15'], ['source-add', '/sources?add=1'],
  ['rules', '/settings/rules'], ['packs', '/settings/packs'], ['packs-own', '/settings/packs?whose=own'], ['pack-new', '/settings/packs?edit=new'], ['pack-edit', '/settings/packs?edit=1'], ['knowledge', '/settings/knowledge'], ['knowledge-code', '/settings/knowledge?q=4625&code=windows-security%204625'], ['inputs', '/settings/inputs', 'admin'], ['forward', '/settings/forward', 'admin'], ['input', '/settings/inputs?input=12', 'admin'], ['accounts', '/settings/accounts', 'admin'], ['audit', '/settings/audit', 'admin'], ['proof', '/settings/proof', 'admin'], ['me', '/settings/me'], ['signin', '/signin'],
  ['client-watch', '/watch', 'client'], ['client-alert', '/alerts/4102', 'client'],
];
const looks = all ? [[1440, 900], [1024, 768], [390, 844]].flatMap(([w, h]) => [['light', 'zh'], ['dark', 'zh'], ['dark', 'en']].map(([theme, language]) => ({ w, h, theme, language })))
  : (process.env.LOOKS ?? '1440:dark:zh').split(',').map((text) => { const [w, theme, language] = text.split(':'); return { w: Number(w), h: Number(w) === 390 ? 844 : Number(w) === 1024 ? 768 : 900, theme, language }; });
const caseNumber = process.env.CASE;
for (const look of looks) {
  for (const who of ['analyst', 'admin', 'client']) {
    const mine = pages.filter(([name, , as]) => filter.test(name) && (as ?? 'analyst') === who);
    if (mine.length === 0) continue;
    const context = await browser.newContext({ viewport: { width: look.w ?? 1440, height: look.h ?? 900 }, locale: 'zh-CN', timezoneId: 'Asia/Shanghai', hasTouch: look.w === 390 });
    await context.addInitScript(({ theme, language }) => { localStorage.setItem('shuwei.theme', JSON.stringify(theme)); localStorage.setItem('shuwei.language', JSON.stringify(language)); }, look);
    const page = await context.newPage();
    const said = watchConsole(page);
    const password = server.password;
    await signIn(page, server, server.real ? server.account : who, password);
    const number = caseNumber ?? await page.evaluate(async () => (await (await fetch('/api/v1/cases?limit=5&sort=severity')).json()).items[1]?.number ?? 'none');
    const first = await page.evaluate(async () => { const s = await (await fetch('/api/v1/session')).json(); return (await (await fetch('/api/v1/events/search', { method: 'POST', headers: { 'Content-Type': 'application/json', 'X-CSRF-Token': s.csrf_token }, body: JSON.stringify({ query: 'event.outcome:failure', limit: 1 }) })).json()).events[0]?.['shuwei.seq'] ?? 1; });
    const alert = await page.evaluate(async () => (await (await fetch('/api/v1/alerts?sort=severity&limit=3&since=2026-01-01T00:00:00Z')).json()).items[1]?.id ?? 1);
    for (const [name, path] of mine) {
      if (name === 'signin') await context.clearCookies();
      await page.goto(server.url + path.replace('CASE', number).replace('FIRST', String(first)).replace('ALERT', String(alert)));
      await page.waitForLoadState('load');
      await page.waitForTimeout(Number(process.env.SETTLE ?? 1300));
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      await page.screenshot({ path: `${out}${name}-${scale}-${look.w}-${look.theme}-${look.language}.png` });
      if (wide > 0) console.log(`${name} ${look.w}: overflows by ${wide}`);
    }
    for (const line of new Set(said)) if (!/401/.test(line)) console.log(`${look.w} ${look.theme} ${look.language}: ${line}`);
    await context.close();
  }
}
await browser.close();
await server.stop();
