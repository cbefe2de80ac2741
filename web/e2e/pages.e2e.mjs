// The pages as a person uses them. What holds of any server runs against the real one too; what needs the mock's own
// data says so. Every answer that a page receives is held against the contract, and the console must stay silent.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { openBrowser, openServer, signIn, watchConsole } from './browser.mjs';
import { makeContract } from './contract.mjs';

const contract = makeContract(readFileSync(new URL('../../api/openapi.yaml', import.meta.url), 'utf8'));
/** @type {Awaited<ReturnType<typeof openServer>>} */
let server;
/** @type {import('playwright-core').Browser} */
let browser;
before(async () => { server = await openServer(); browser = await openBrowser(); });
after(async () => { await browser?.close(); await server?.stop(); });

/**
 * @param {(page: import('playwright-core').Page, said: string[]) => Promise<void>} body
 * @param {{width?: number, height?: number, account?: string, language?: 'zh' | 'en', theme?: 'light' | 'dark', mayComplain?: RegExp}} [options]
 */
async function onPage(body, { width = 1440, height = 900, account, language = 'zh', theme = 'dark', mayComplain } = {}) {
  const context = await browser.newContext({ viewport: { width, height }, locale: 'zh-CN', timezoneId: 'Asia/Shanghai', hasTouch: width < 500 });
  await context.addInitScript(([l, t]) => {
    if (!localStorage.getItem('shuwei.language')) localStorage.setItem('shuwei.language', JSON.stringify(l));
    if (!localStorage.getItem('shuwei.theme')) localStorage.setItem('shuwei.theme', JSON.stringify(t));
  }, [language, theme]);
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const said = watchConsole(page);
  /** @type {string[]} */
  const broken = [];
  page.on('response', (response) => {
    const url = new URL(response.url());
    if (!url.pathname.startsWith('/api/') || url.pathname === '/api/v1/stream' || url.pathname === '/api/v1/events/export') return;
    const request = response.request();
    response.text().then((text) => broken.push(...contract.problems(request.method(), url.pathname, response.status(), text === '' ? undefined : JSON.parse(text)))).catch(() => { /* the page went on before the answer came */ });
  });
  try {
    await signIn(page, server, account ?? server.account, server.password);
    await body(page, said);
    assert.deepEqual(said.filter((line) => !/401 \(Unauthorized\)/.test(line) && !(mayComplain?.test(line) ?? false)), [], 'the console stays silent');
    assert.deepEqual([...new Set(broken)], [], 'answers are as agreed');
  } finally {
    await context.close();
  }
}

/** Waits until `find` gives something, for as long as a slow machine needs. @template T @param {() => Promise<T>} find @param {string} what @returns {Promise<NonNullable<T>>} */
async function until(find, what) {
  for (let i = 0; i < 150; i += 1) {
    const found = await find();
    if (found) return /** @type {NonNullable<T>} */ (found);
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error(`waited in vain for ${what}`);
}
/** An alert that no case has taken up, of the server at hand. @param {import('playwright-core').Page} page @returns {Promise<number | undefined>} */
const freeAlert = (page) => page.evaluate(async () => (await (await fetch('/api/v1/alerts?case=none&state=open&limit=1')).json()).items[0]?.id);
const mockOnly = () => (server.real ? 'needs the mock server' : false);

describe('signing in', () => {
  test('a wrong password is said so, the name stays, the right one leads to the page asked for', async () => {
    const context = await browser.newContext({ locale: 'zh-CN' });
    const page = await context.newPage();
    await page.goto(`${server.url}/cases?view=all`);
    await page.waitForURL(/\/signin\?next=/);
    await page.locator('input[autocomplete=username]').fill(server.account);
    await page.locator('input[autocomplete=current-password]').fill('certainly not this one');
    await page.locator('button[type=submit]').click();
    await page.locator('[role=alert]').waitFor();
    assert.equal(await page.locator('input[autocomplete=username]').inputValue(), server.account);
    await page.locator('input[autocomplete=current-password]').fill(server.password);
    await page.locator('button[type=submit]').click();
    await page.waitForURL(/\/cases\?view=all/);
    await context.close();
  });
  test('signing out ends the session', async () => onPage(async (page) => {
    await page.getByRole('button', { name: '账号菜单' }).click();
    await page.getByRole('menuitem', { name: '退出登录' }).click();
    await page.waitForURL(/\/signin/);
    await page.goto(`${server.url}/watch`);
    await page.waitForURL(/\/signin/);
  }));
});

describe('every page', () => {
  const paths = ['/watch', '/investigate', '/investigate?mode=raw', '/investigate?mode=statistics', '/investigate?mode=sql', '/alerts', '/cases', '/sources', '/settings/me', '/settings/inputs', '/settings/forward', '/settings/rules', '/settings/packs', '/settings/knowledge', '/settings/about'];
  for (const width of [1440, 1024, 390]) {
    for (const [language, theme] of /** @type {const} */ ([['zh', 'dark'], ['en', 'light']])) {
      test(`opens at ${width} in ${language}, ${theme}, without overflow or complaint`, async () => onPage(async (page) => {
        for (const path of paths) {
          await page.goto(server.url + path);
          await page.locator('main h1, main h2').first().waitFor({ state: 'attached' });
          await page.waitForFunction(() => document.querySelector('main .bone') === null);
          assert.equal(await page.locator('main [role=alert]').count(), 0, `${path} shows no failure`);
          assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth), `${path} does not overflow`);
        }
      }, { width, height: width === 390 ? 844 : 800, language, theme }));
    }
  }
  test('is there for what does not exist', async () => onPage(async (page) => {
    await page.goto(`${server.url}/no/such/page`);
    await page.getByText('页面不存在').waitFor();
    await page.goto(`${server.url}/alerts/99999999`);
    await page.getByText('记录不存在').waitFor();
  }, { mayComplain: /404/ }));
});

describe('notices', () => {
  for (const width of [1440, 390]) {
    test(`a full disk and broken evidence are told to everybody as long as they last, at ${width}`, async (t) => {
      if (mockOnly()) { t.skip('needs the mock server'); return; }
      await onPage(async (page) => {
        try {
          await page.request.post(`${server.url}/__mock`, { data: { notices: ['no_room', 'proof_broken'] } });
          await page.getByText('磁盘或接收队列已满').waitFor();
          await page.getByText('存证校验发现').waitFor();
          assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth), 'does not overflow');
        } finally {
          await page.request.post(`${server.url}/__mock`, { data: {} });
        }
        await page.getByText('磁盘或接收队列已满').waitFor({ state: 'detached' });
      }, { width });
    });
  }
});

describe('log evidence', () => {
  for (const width of [1440, 390]) {
    test(`events are verified, and how long they are kept is set, at ${width}`, async (t) => {
      if (mockOnly()) { t.skip('needs the mock server'); return; }
      await onPage(async (page) => {
        await page.goto(`${server.url}/settings/proof`);
        await page.getByRole('button', { name: '校验日志' }).click();
        await page.getByText('条日志与封存时一致').waitFor();
        assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth), 'does not overflow');
        await page.getByRole('row').filter({ hasText: '180' }).first().getByRole('button').click();
        const dialog = page.getByRole('dialog');
        await dialog.locator('input').first().fill('30');
        await dialog.locator('button.ant-btn-primary').click();
        await dialog.locator('.ant-form-item-explain-error').first().waitFor();
        const days = String(400 + width);
        await dialog.locator('input').first().fill(days);
        await dialog.locator('button.ant-btn-primary').click();
        await page.getByRole('cell', { name: days, exact: true }).first().waitFor();
      }, { width, account: 'admin' });
    });
  }
});

describe('event codes', () => {
  for (const width of [1440, 390]) {
    test(`an event says what its code means, and leads to all events of it, at ${width}`, async (context) => {
      if (mockOnly()) return context.skip('needs the mock server');
      await onPage(async (page) => {
        const seq = await page.evaluate(async () => { const s = await (await fetch('/api/v1/session')).json(); return (await (await fetch('/api/v1/events/search', { method: 'POST', headers: { 'Content-Type': 'application/json', 'X-CSRF-Token': s.csrf_token }, body: JSON.stringify({ query: 'event.code:4625', limit: 1 }) })).json()).events[0]['shuwei.seq']; });
        await page.goto(`${server.url}/investigate?q=event.code:4625&event=${seq}`);
        const block = page.getByRole('region', { name: '事件说明' });
        await block.getByText('登录失败').waitFor();
        await block.getByText('Windows 登录类型').waitFor();
        assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth), 'does not overflow');
        await block.getByRole('link', { name: '查看此代码的全部事件' }).click();
        await page.waitForURL(/q=event\.code%3A4625$|q=event\.code:4625$|q=event\.code(%3A|:)4625(&|$)/);
      }, { width, height: width === 390 ? 844 : 800 });
    });
  }
  test('the list is searched by words and filtered by system', async () => onPage(async (page) => {
    await page.goto(`${server.url}/settings/knowledge`);
    await page.getByRole('textbox', { name: '代码、名称或含义' }).fill('4625');
    await page.waitForURL(/q=4625/);
    await page.getByText('登录失败').first().click();
    await page.getByText('排查：').waitFor();
  }));
});

describe('investigating', () => {
  test('the query is completed by Tab, run by Enter, kept in the URL and in the history', async () => onPage(async (page) => {
    await page.goto(`${server.url}/investigate?since=-7d`);
    await page.waitForFunction(() => document.querySelector('main .bone') === null);
    const query = page.getByRole('combobox', { name: '检索语句' });
    await query.click();
    await query.pressSequentially('event.outc');
    await page.getByRole('option', { name: /event\.outcome/ }).first().waitFor();
    await query.press('Tab');
    await until(async () => (await query.inputValue()) === 'event.outcome:', 'the completed field');
    await query.pressSequentially('failure');
    await query.press('Escape');
    await query.press('Enter');
    await page.waitForURL(/q=event\.outcome%3Afailure|q=event\.outcome:failure/);
    await page.getByTitle('检索历史').click();
    await page.getByRole('button', { name: 'event.outcome:failure' }).waitFor();
  }));
  test('a wrong query is shown where it is wrong', async () => onPage(async (page) => {
    await page.goto(`${server.url}/investigate`);
    const query = page.getByRole('combobox', { name: '检索语句' });
    await query.fill('event.outcome:failure and (source.ip:10.1.2.3');
    await query.press('Escape');
    await page.locator('.query-note.bad').waitFor();
  }));
  test('a row opens the drawer with its raw line, j goes on, Esc closes, and the drawer is in the URL', async () => onPage(async (page) => {
    await page.goto(`${server.url}/investigate?since=-30d`);
    const row = page.locator('.list-row').first();
    await row.waitFor();
    await row.click();
    const drawer = page.locator('aside.drawer');
    await drawer.locator('.raw').waitFor();
    const first = new URL(page.url()).searchParams.get('event');
    assert.ok(first);
    assert.ok((await drawer.locator('.field-row').count()) > 3);
    await page.keyboard.press('j');
    await until(async () => new URL(page.url()).searchParams.get('event') !== first, 'the next event');
    await page.keyboard.press('Escape');
    await drawer.waitFor({ state: 'detached' });
    await page.goBack();
  }));
  test('a field value of the sidebar becomes a condition', async () => onPage(async (page) => {
    await page.goto(`${server.url}/investigate?since=-30d`);
    await page.locator('.side-head button', { hasText: 'event.outcome' }).first().click();
    await page.locator('.side-value .bar-row').first().click();
    await page.waitForURL(/q=event\.outcome/);
  }));
  test('statistics count by groups and every figure opens its events', async () => onPage(async (page) => {
    await page.goto(`${server.url}/investigate?since=-30d`);
    await page.getByText('统计', { exact: true }).click();
    const figure = page.locator('.figures .cell-link').first();
    await figure.waitFor();
    const n = (await figure.textContent())?.replace(/,/g, '');
    await figure.click();
    await page.waitForURL(/q=/);
    assert.match(new URL(page.url()).searchParams.get('q') ?? '', /source\.ip/);
    await until(async () => (await page.locator('.investigate-chart b').first().textContent())?.replace(/,/g, '') === n, `the ${n} events of the figure`);
  }));
  test('statistics by time have a cell a span', async () => onPage(async (page) => {
    await page.goto(`${server.url}/investigate?since=-7d&mode=statistics`);
    await page.getByLabel('按时间展开').click();
    await until(async () => (await page.locator('.figures th').count()) > 4, 'columns of time');
    await page.locator('.figures tbody tr').first().locator('.cell-link').nth(1).click();
    await page.waitForURL(/since=\d{4}-.*until=\d{4}-/);
  }));
  test('a view is saved, shared and opened again', async () => onPage(async (page) => {
    await page.goto(`${server.url}/investigate?since=-30d&q=event.outcome:failure&mode=raw`);
    await page.getByTitle('保存为视图').click();
    await page.getByPlaceholder('视图名称').fill('失败的原始日志');
    await page.getByLabel('共享给本客户的所有人').check();
    await page.getByRole('button', { name: /^保\s*存$/ }).click();
    const tab = page.locator('.view-tab.saved', { hasText: '失败的原始日志' });
    await tab.waitFor();
    await page.goto(`${server.url}/investigate?since=-30d`);
    await tab.locator('.plain').click();
    await page.waitForURL(/mode=raw/);
    await page.getByRole('button', { name: '管理视图“失败的原始日志”' }).click();
    await page.getByText('删除视图').click();
    await tab.waitFor({ state: 'detached' });
  }));
  test('the export is a file of the columns shown', async () => onPage(async (page) => {
    await page.goto(`${server.url}/investigate?since=-24h&q=event.outcome:failure&columns=user.name,source.ip`);
    await page.getByTitle('导出全部结果').click();
    const link = page.getByRole('link', { name: '开始导出' });
    await link.waitFor();
    const target = await link.getAttribute('href') ?? '';
    assert.match(target, /fields=user\.name%2Csource\.ip/);
    const text = await page.evaluate(async (to) => (await fetch(to)).text(), target);
    assert.match(text, /^\uFEFF?@timestamp,shuwei\.seq,user\.name,source\.ip\r\n/);
  }));
  test('expert SQL answers as a table, for staff', async () => onPage(async (page) => {
    await page.goto(`${server.url}/investigate?since=-30d&mode=sql`);
    await page.getByLabel('SQL 查询').fill('SELECT user.name, count(*) AS n FROM events GROUP BY user.name ORDER BY n DESC LIMIT 5');
    await page.getByRole('button', { name: /执\s*行/ }).click();
    await page.locator('.figures tbody tr').first().waitFor();
    await page.getByLabel('SQL 查询').fill('SELECT name FROM system.tables');
    await page.getByRole('button', { name: /执\s*行/ }).click();
    await page.getByText(/events/).last().waitFor();
  }, { mayComplain: /400/ }));
  test('an event shows what was written around it', async () => onPage(async (page) => {
    await page.goto(`${server.url}/investigate?since=-30d`);
    await page.locator('.list-row').first().click();
    const drawer = page.locator('aside.drawer');
    await drawer.getByText('全部来源').click();
    await drawer.locator('.around-row.on').waitFor();
    await drawer.getByTitle('按此字段统计').first().click({ force: true });
    await page.waitForURL(/mode=statistics/);
  }));
  test('dragging over the histogram chooses a time range', async () => onPage(async (page) => {
    await page.goto(`${server.url}/investigate?since=-24h`);
    const histogram = page.locator('.histogram');
    await histogram.locator('canvas').waitFor();
    const box = await histogram.boundingBox();
    assert.ok(box);
    await page.mouse.move(box.x + box.width * 0.4, box.y + 30);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.6, box.y + 30, { steps: 5 });
    await page.mouse.up();
    await page.waitForURL(/since=\d{4}-.*until=\d{4}-/);
  }));
});

describe('alerts and cases', () => {
  test('an alert shows its evidence, is judged, and the judgement is undone', async (t) => {
    await onPage(async (page) => {
      const id = await freeAlert(page);
      if (id === undefined) { t.skip('no alert without a case'); return; }
      await page.goto(`${server.url}/alerts/${id}`);
      await page.locator('.event-item mark').first().waitFor();
      await page.getByRole('button', { name: '研判', exact: false }).first().click();
      await page.getByRole('menuitem', { name: '误报' }).click();
      await page.getByText('已标记为“误报”').waitFor();
      await page.getByRole('button', { name: '撤销' }).click();
      await page.locator('.facts').getByText('未研判').waitFor();
    });
  });
  test('a case opened from an alert runs its clocks; taken over, noted, put on hold with a reason, resolved', async (t) => {
    await onPage(async (page) => {
      const id = await freeAlert(page);
      if (id === undefined) { t.skip('no alert without a case'); return; }
      await page.goto(`${server.url}/alerts/${id}`);
      await page.getByRole('button', { name: '转为工单' }).click();
      await page.waitForURL(/\/cases\/SW-\d{8}-\d{4}/);
      await page.locator('.sla.running').first().waitFor();
      await page.getByRole('button', { name: '开始处置' }).click();
      await page.locator('.sla.met').waitFor();
      await page.getByRole('button', { name: '负责人' }).click();
      await page.getByRole('menuitem', { name: '由我处理' }).click();
      await page.locator('.timeline').getByText('将负责人设为').waitFor();
      await page.getByPlaceholder('记录进展').fill('<img src=x onerror=alert(1)> 已联系对方');
      await page.keyboard.press('Control+Enter');
      await page.locator('.timeline .note', { hasText: '<img src=x onerror=alert(1)>' }).waitFor();
      await page.getByRole('button', { name: '更多' }).click();
      await page.getByRole('menuitem', { name: '挂起' }).click();
      await page.locator('.ant-modal textarea').fill('等待客户确认');
      await page.locator('.ant-modal').getByRole('button', { name: '确定' }).click();
      await page.locator('.sla.paused').first().waitFor();
      await page.getByRole('button', { name: '开始处置' }).click();
      await page.locator('.sla.paused').first().waitFor({ state: 'detached' });
      await page.getByRole('button', { name: '标记为已解决' }).click();
      await page.locator('.ant-modal:visible').getByRole('button', { name: '确定' }).click();
      await page.getByRole('button', { name: '关闭工单' }).waitFor();
    });
  });
  test('a case is opened by hand and found again', async () => onPage(async (page) => {
    const title = `浏览器测试 ${Date.now()}`;
    await page.goto(`${server.url}/cases`);
    await page.getByRole('button', { name: '新建工单' }).click();
    await page.locator('.ant-modal input').first().fill(title);
    await page.locator('.ant-modal').getByRole('button', { name: '创建工单' }).click();
    await page.waitForURL(/\/cases\/SW-/);
    const number = new URL(page.url()).pathname.split('/').pop();
    await page.keyboard.press('Control+k');
    await page.locator('.palette input').fill(title);
    await page.locator('.palette li', { hasText: String(number) }).click();
    await page.waitForURL(new RegExp(`/cases/${number}`));
    await page.getByRole('heading', { name: title }).waitFor();
  }));
});

describe('the frame', () => {
  test('the palette goes, acts and closes by keyboard', async () => onPage(async (page) => {
    await page.goto(`${server.url}/watch`);
    await page.locator('.tile').first().waitFor();
    await page.keyboard.press('Control+k');
    await page.locator('.palette input').fill('数据源');
    await page.keyboard.press('Escape');
    await page.locator('.palette').waitFor({ state: 'detached' });
    await page.keyboard.press('Control+k');
    await page.locator('.palette input').fill('/sources');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/sources/);
  }));
  test('the language and the time range go along from page to page', async () => onPage(async (page) => {
    await page.goto(`${server.url}/watch`);
    await page.getByRole('button', { name: '时间范围' }).click();
    await page.getByRole('button', { name: '最近 7 天' }).click();
    await page.waitForURL(/since=-7d/);
    await page.getByTitle('English').click();
    await page.getByRole('link', { name: 'Respond' }).click();
    await page.waitForURL(/\/alerts\?since=-7d/);
    await page.getByRole('link', { name: 'Cases' }).click();
    await page.waitForURL(/\/cases\?since=-7d/);
    assert.equal(await page.evaluate(() => document.documentElement.lang), 'en');
  }));
  test('choosing a client narrows every list', async (t) => {
    if (mockOnly()) { t.skip('needs the mock server'); return; }
    await onPage(async (page) => {
      await page.goto(`${server.url}/sources`);
      await page.getByRole('button', { name: '切换客户' }).click();
      await page.getByRole('menuitem', { name: '示例大学' }).click();
      await page.waitForURL(/tenant=university/);
      await until(async () => (await page.locator('.list-row').count()) === 3, 'the three sources of the university');
    });
  });
});

describe('sources', () => {
  test('a wrong zone is set by one click, a proposal confirmed, several at once; a silent one is let be', async (t) => {
    if (mockOnly()) { t.skip('needs the mock server'); return; }
    await onPage(async (page) => {
      const rows = page.locator('.list-row');
      await page.goto(`${server.url}/sources?state=zone`);
      await until(async () => (await rows.count()) === 1, 'the one source in another zone');
      await rows.first().click();
      const drawer = page.locator('.drawer');
      await drawer.getByText('其时钟很可能在 UTC 时区').waitFor();
      await drawer.getByRole('button', { name: '设为 UTC' }).click();
      await until(async () => (await rows.count()) === 0, 'no source in another zone any more');

      await page.goto(`${server.url}/sources?state=proposed`);
      await until(async () => (await rows.count()) === 3, 'three proposals');
      await rows.filter({ hasText: '10.80.12.6' }).first().click();
      await drawer.getByText('将绑定此解析包').waitFor();
      await drawer.getByRole('button', { name: '修改后确认' }).click();
      await drawer.getByLabel('名称').first().fill('教务前端');
      await drawer.getByRole('button', { name: '确认', exact: true }).click();
      await until(async () => (await rows.count()) === 2, 'one of them confirmed');
      await page.getByRole('button', { name: '批量确认' }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByRole('button', { name: '确认 1 个' }).waitFor();
      await dialog.getByRole('checkbox', { name: /全选/ }).check();
      await dialog.getByRole('button', { name: '确认 2 个' }).click();
      await until(async () => (await rows.count()) === 0, 'none to confirm');

      await page.goto(`${server.url}/sources?state=silent`);
      await until(async () => (await rows.count()) === 1, 'the silent source');
      await rows.first().click();
      await drawer.getByRole('link', { name: /查看告警/ }).waitFor();
      await drawer.getByRole('button', { name: '允许静默' }).click();
      await until(async () => (await rows.count()) === 0, 'no silent source');
    });
  });
});

describe('inputs', () => {
  test('one is added: kind chosen, tried, saved; what the server refuses stands at its field; paused, removed', async (t) => {
    if (mockOnly()) { t.skip('needs the mock server'); return; }
    await onPage(async (page) => {
      await page.goto(`${server.url}/settings/inputs`);
      await page.getByText('connection refused').first().waitFor();
      await page.getByRole('button', { name: '添加接入' }).click();
      await page.getByRole('button', { name: /SFTP 拉取/ }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByRole('button', { name: '保存' }).click();
      await dialog.getByText('此项必填').first().waitFor();
      await dialog.getByLabel('主机', { exact: true }).fill('down.example');
      await dialog.getByLabel('用户名').fill('logs');
      await dialog.getByLabel('目录').fill('/logs');
      await dialog.getByRole('button', { name: '测试' }).click();
      await dialog.getByText('down.example: connection refused').waitFor();
      await dialog.getByLabel('主机', { exact: true }).fill('files.example');
      await dialog.getByRole('button', { name: '测试' }).click();
      await dialog.getByText('测试通过').waitFor();
      await dialog.getByLabel('名称').fill('new-archive');
      await dialog.getByRole('button', { name: '保存' }).click();
      await page.getByText('new-archive').click();
      await page.getByRole('dialog').getByRole('button', { name: '暂停' }).click();
      await page.getByRole('dialog').getByRole('button', { name: '恢复' }).waitFor();
      await page.getByRole('dialog').getByRole('button', { name: '删除' }).click();
      await page.locator('.ant-popconfirm').getByRole('button', { name: '删除' }).click();
      await until(async () => (await page.getByText('new-archive').count()) === 0, 'the removed input to be gone');
    }, { account: 'admin' });
  });
});

describe('packs of people', () => {
  test('one is made of pasted lines: marked by keys, seen in all samples, saved, activated; the YAML says where it is wrong', async (t) => {
    if (mockOnly()) return t.skip(mockOnly() || '');
    await onPage(async (page) => {
      await page.goto(`${server.url}/settings/packs?edit=new`);
      await page.getByLabel('粘贴日志，每行一条').fill('login of alice from 10.0.0.5 ok\nlogin of bob from 10.0.0.77 ok');
      await page.getByRole('button', { name: '加入样本' }).click();
      const first = page.locator('[data-sample="0"]');
      await first.focus();
      for (let i = 0; i < 3; i += 1) await page.keyboard.press('ArrowRight');
      assert.equal(await page.locator('.chosen-text').textContent(), 'alice');
      await page.getByRole('combobox', { name: '选择字段' }).fill('user.name');
      await page.keyboard.press('Enter');
      await page.getByRole('button', { name: '标记', exact: true }).click();
      await page.locator('.sample .tone').first().waitFor();
      await first.focus();
      for (let i = 0; i < 5; i += 1) await page.keyboard.press('ArrowRight');
      assert.equal(await page.locator('.chosen-text').textContent(), '10.0.0.5');
      await page.getByRole('combobox', { name: '选择字段' }).fill('source.ip');
      await page.keyboard.press('Enter');
      await page.getByRole('button', { name: '标记', exact: true }).click();
      await until(async () => (await page.locator('.sample .tone').count()) === 4, 'both values in both lines');
      await page.getByRole('tab', { name: 'YAML' }).click();
      const yaml = page.getByLabel('解析包的 YAML');
      assert.match(await yaml.inputValue(), /login of %\{user\.name\} from %\{source\.ip:ip\} ok/);
      await page.getByRole('button', { name: '保存草稿' }).click();
      await page.waitForURL(/edit=\d+/);
      await page.getByRole('tab', { name: 'YAML' }).click();
      await yaml.fill(`${await yaml.inputValue()}\n- disect: x`);
      await page.locator('.yaml-edit .problem').waitFor();
    });
  });
  test('those there are tell how they do', async (t) => {
    if (mockOnly()) return t.skip(mockOnly() || '');
    await onPage(async (page) => {
      await page.goto(`${server.url}/settings/packs?whose=own`);
      await page.getByText('已自动停用', { exact: false }).first().waitFor();
    });
  });
});

describe('a client', () => {
  test('reads its own, may add a note, is offered no verdict', async (t) => {
    if (mockOnly()) { t.skip('needs the mock server'); return; }
    await onPage(async (page) => {
      await page.goto(`${server.url}/alerts/4102`);
      await page.locator('.event-item').first().waitFor();
      assert.equal(await page.getByRole('button', { name: '研判' }).count(), 0);
      assert.equal(await page.getByRole('button', { name: '关闭' }).count(), 0);
      await page.locator('.detail-side a', { hasText: 'SW-' }).click();
      await page.getByPlaceholder('记录进展').fill('厂商已提交修复版本');
      await page.keyboard.press('Control+Enter');
      await page.locator('.timeline .note', { hasText: '厂商已提交修复版本' }).waitFor();
      await page.goto(`${server.url}/settings/accounts`);
      await page.waitForURL(/\/settings\/me/);
    }, { account: 'client' });
  });
  test('does not see another client', async (t) => {
    if (mockOnly()) { t.skip('needs the mock server'); return; }
    await onPage(async (page) => {
      await page.goto(`${server.url}/alerts/4101`);
      await page.getByText('记录不存在').waitFor();
    }, { account: 'client', mayComplain: /404/ });
  });
});

describe('when the server fails', () => {
  test('the page says what failed with the request id, and retry brings it back', async (t) => {
    if (mockOnly()) { t.skip('needs the mock server'); return; }
    await onPage(async (page) => {
      await page.request.post(`${server.url}/__mock`, { data: { fail: '/alerts$', status: 500 } });
      await page.goto(`${server.url}/alerts`);
      await page.getByText('告警加载失败').waitFor();
      await page.locator('main [role=alert] code').waitFor();
      await page.request.post(`${server.url}/__mock`, { data: {} });
      await page.getByRole('button', { name: '重试' }).click();
      await page.locator('.list-row').first().waitFor();
    }, { mayComplain: /500/ });
  });
  test('a session that ended leads to the sign-in page and back', async (t) => {
    if (mockOnly()) { t.skip('needs the mock server'); return; }
    await onPage(async (page) => {
      await page.goto(`${server.url}/cases?view=all`);
      await page.locator('.list-row').first().waitFor();
      await page.context().clearCookies();
      await page.getByTitle('刷新').click();
      await page.waitForURL(/\/signin\?next=%2Fcases%3Fview%3Dall/);
    });
  });
});

describe('on a phone', () => {
  test('lists are cards, a card opens its page, the bottom bar leads on', async (t) => {
    if (mockOnly()) { t.skip('needs the mock server'); return; }
    await onPage(async (page) => {
      await page.goto(`${server.url}/alerts`);
      await page.locator('.card-row').first().tap();
      await page.waitForURL(/\/alerts\/\d+/);
      await page.locator('nav.bottom').getByRole('link', { name: '值守' }).tap();
      await page.waitForURL(/\/watch/);
      await page.locator('.queue-item').first().tap();
      await page.waitForURL(/\/(cases|alerts)\//);
    }, { width: 390, height: 844 });
  });
});

describe('many rows and none', () => {
  test('forty thousand events scroll; nothing at all says what to do', async (t) => {
    if (mockOnly()) { t.skip('needs the mock server'); return; }
    for (const scale of /** @type {const} */ (['many', 'empty'])) {
      const other = await openServer({ scale, live: false });
      const context = await browser.newContext({ locale: 'zh-CN', viewport: { width: 1440, height: 900 } });
      const page = await context.newPage();
      const said = watchConsole(page);
      await signIn(page, other, 'analyst', other.password);
      if (scale === 'many') {
        await page.goto(`${other.url}/investigate?since=-7d`);
        await page.locator('.list-row').first().waitFor();
        for (let i = 0; i < 6; i += 1) { await page.locator('.list-scroll').evaluate((e) => { e.scrollTop = e.scrollHeight; }); await page.waitForTimeout(150); }
        assert.ok((await page.locator('.list-row').count()) < 120, 'only what is seen is drawn');
      } else {
        for (const path of ['/watch', '/investigate', '/alerts', '/cases', '/sources']) {
          await page.goto(other.url + path);
          await page.waitForFunction(() => document.querySelector('main .bone') === null);
          await page.locator('.state .say').first().waitFor();
        }
      }
      assert.deepEqual(said.filter((line) => !/401/.test(line)), []);
      await context.close();
      await other.stop();
    }
  });
});
