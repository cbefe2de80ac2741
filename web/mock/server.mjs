// A server for developing and testing the pages without the real one: the same contract over generated data.
// It also answers POST /__mock {fail: 'regular expression of paths', status, delay_ms, notices}, so that tests can see failures.
import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { randomBytes } from 'node:crypto';
import { accounts as accountList, fields, knowledge, makeWorld, stamp, tenants as tenantList } from './data.mjs';
import { parse } from './kql.mjs';
import { suggestPack, tryPack, unknownLines } from './packs.mjs';

/** @typedef {import('../src/lib/api/types').Event} Event */
/** @typedef {import('../src/lib/api/types').Alert} Alert */
/** @typedef {import('../src/lib/api/types').Case} Case */
/** @typedef {import('../src/lib/api/types').Clock} Clock */
/** @typedef {import('../src/lib/api/types').Account} Account */
/** @typedef {import('../src/lib/api/types').Severity} Severity */
/** @typedef {import('../src/lib/api/types').SeverityCounts} SeverityCounts */
/** @typedef {import('../src/lib/api/schema.gen').paths} Paths */

const dist = fileURLToPath(new URL('../dist/', import.meta.url));
const kinds = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.png': 'image/png', '.json': 'application/json' };
/** @type {Severity[]} */
const severities = ['critical', 'high', 'medium', 'low', 'informational'];
export const mockPassword = 'shuwei-mock-password';

class Refusal extends Error {
  /** @param {number} status @param {string} code @param {string} message @param {string[]} [where] */
  constructor(status, code, message, where = []) { super(message); this.status = status; this.code = code; this.where = where; }
}

/** @returns {SeverityCounts} */
const zero = () => ({ critical: 0, high: 0, medium: 0, low: 0, informational: 0 });
const plain = { tenant: 'default', origin: 'page', topic: '', filter: '', user: '', mechanism: '', tls: false, verify: true, authorities: '', certificate: '', has_password: false, has_key: false, paused: false, delivered_seq: 4120334, errors: 0, refused: 0, lag_events: 0, lag_s: 0, created: '2026-11-20T02:00:00.000000Z' };
/** @typedef {{ value: string, remark?: string }} ResourceItem */
/** @type {{ id: number, name: string, kind: string, description: string, shipped: boolean, tenant?: string, updated_by: string, updated?: string, items: ResourceItem[] }[]} */
const resources = [
  { id: -1, name: 'private-networks', kind: 'addresses', description: '内网与保留地址', shipped: true, updated_by: 'shuwei', items: [{ value: '10.0.0.0/8', remark: 'RFC 1918' }, { value: '192.168.0.0/16' }] },
  { id: 1, name: 'office', kind: 'addresses', description: '总部办公网', shipped: false, tenant: 'default', updated_by: 'admin', updated: new Date().toISOString(), items: [{ value: '10.20.0.0/16', remark: '办公' }, { value: '10.21.0.5-10.21.0.20' }] },
];
/** @param {typeof resources[number]} resource */
const resourceView = ({ items, ...resource }) => ({ ...resource, entries: items.length });
/** @param {typeof resources[number]} resource */
const resourceDetail = (resource) => ({ resource: resourceView(resource), items: resource.items, used_by: [] });
/** @param {unknown} text @returns {ResourceItem[]} */
const resourceItems = (text) => String(text ?? '').split('\n').map((line) => line.trim()).filter(Boolean).map((line) => { const [value = '', remark] = line.split(','); return remark ? { value, remark } : { value }; });
const forwardTargets = [
  { ...plain, id: 1, name: '集团 SIEM', kind: 'syslog_tls', format: 'raw', address: 'siem.example.cn:6514', state: 'waiting', delivered_events: 4120331, events_per_second: 812.4 },
  { ...plain, id: 2, name: '数据湖', origin: 'file', kind: 'kafka', format: 'json', address: 'kafka-1.example.cn:9093', topic: 'security-events', tls: true, user: 'shuwei', has_password: true, filter: 'event.category:authentication', state: 'retrying', delivered_events: 881204, events_per_second: 0, errors: 14, lag_events: 512883, lag_s: 5400, last_error: 'Kafka: Local: Message timed out (kafka-1.example.cn:9093: Connection refused)', last_error_at: '2026-11-21T03:00:00.000000Z' },
];
/** @param {Event} event */
const knowledgeOf = (event) => knowledge.filter((k) => k.conditions.every((c) => c.values.includes(String(event[c.field]))));
/** @param {number} span @param {number} wanted */
function roundInterval(span, wanted) {
  const steps = [100, 1000, 5000, 10_000, 30_000, 60_000, 300_000, 600_000, 900_000, 1_800_000, 3_600_000, 10_800_000, 21_600_000, 43_200_000, 86_400_000];
  return steps.find((step) => span / step <= wanted) ?? 86_400_000;
}

/** @param {{scale?: 'empty' | 'normal' | 'many', live?: boolean, now?: number}} [options] */
export function makeMock({ scale = 'normal', live = true, now: fixed } = {}) {
  const clock = () => fixed ?? Date.now();
  const world = makeWorld({ now: clock(), scale });
  const tenants = scale === 'empty' ? [{ name: 'default', display_name: '默认客户', zone: 'Asia/Shanghai' }] : [...tenantList];
  /** @type {Account[]} */
  const accounts = accountList.map((account) => ({ ...account, last_login: stamp(clock() - 3_600_000) }));
  /** @type {Map<string, {account: Account, csrf: string}>} */
  const sessions = new Map();
  /** @type {Map<string, import('../src/lib/api/types').Token[]>} */
  const tokens = new Map();
  /** @type {import('../src/lib/api/schema.gen').components['schemas']['AuditEntry'][]} */
  const audit = [];
  /** @type {{verification: any, retention: Map<string, any>}} */
  const proof = { verification: { id: '', state: 'none' }, retention: new Map() };
  /** @type {Set<{response: import('node:http').ServerResponse, account: Account}>} */
  const streams = new Set();
  /** @type {{fail?: RegExp, status: number, delayMs: number}} */
  const fault = { status: 500, delayMs: 0 };
  /** @type {("no_room" | "proof_broken")[]} */
  let notices = [];
  let requestNumber = 0;
  /** @typedef {import('../src/lib/api/types').UserPack & {text: string, versions: NonNullable<import('../src/lib/api/types').UserPack['versions']>}} KeptPack */
  /** @type {KeptPack[]} */
  let userPacks = scale === 'empty' ? [] : [['door-control', 'live'], ['legacy-billing', 'set_aside'], ['scada-gateway', 'draft']].map(([name, state], i) => /** @type {KeptPack} */ ({
    id: i + 1, tenant: tenants[0]?.name ?? 'default', name, version: 3 - i, state, everyone: false, events: i === 0 ? 48210 : 0, slow_lines: i === 1 ? 64 : 0, ...(i < 2 ? { live_version: 2 } : {}), ...(i === 1 ? { reason: 'too many lines took too long to read' } : {}),
    created: stamp(clock() - 86_400_000), created_by: 'analyst', changed: stamp(clock() - 3_600_000), changed_by: 'analyst',
    text: `${suggestPack(String(name), unknownLines).text}`, versions: [{ version: 3 - i, made: stamp(clock() - 3_600_000), made_by: 'analyst' }],
  }));
  /** @param {string | undefined} id */
  const keptPack = (id) => { const pack = userPacks.find((one) => String(one.id) === id); if (!pack) throw new Refusal(404, 'not_found', '没有这个解析包'); return pack; };
  /** @param {KeptPack} pack */
  const brief = ({ text, versions, ...rest }) => rest;

  /** @param {Account} account @param {string | null} tenant */
  const scope = (account, tenant) => {
    const visible = account.all_tenants || account.role === 'admin' ? tenants.map((t) => t.name) : account.tenants;
    if (tenant && !visible.includes(tenant)) throw new Refusal(404, 'not_found', '没有这个客户', ['tenant']);
    return new Set(tenant ? [tenant] : visible);
  };
  /** @param {string} actor @param {string} action @param {string} object @param {'ok' | 'denied' | 'failed'} [result] */
  const record = (actor, action, object, result = 'ok') => { audit.unshift({ id: audit.length + 1, at: stamp(clock()), actor, action, object, peer: '127.0.0.1', result }); };
  for (const [actor, action, object] of [['local', 'serve', ''], ['admin', 'create_tenant', 'tenant hospital'], ['admin', 'create_account', 'account analyst'], ['analyst', 'create_session', ''], ['analyst', 'update_case', 'case SW'], ['client', 'add_case_note', 'case SW']]) record(actor ?? '', action ?? '', object ?? '');

  /** @param {string} name @param {unknown} data @param {string} [tenant] */
  const publish = (name, data, tenant) => {
    for (const { response, account } of streams) {
      if (tenant && !scope(account, null).has(tenant)) continue;
      response.write(`id: ${Date.now()}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
    }
  };
  /** @param {Alert} alert @returns {Alert} */
  const listed = (alert) => { const { first_events: _f, last_events: _l, reason: _r, advice: _a, rule_description: _d, ...rest } = alert; return rest; };
  /** @param {Case} subject @returns {Case} */
  const current = (subject) => ({ ...subject, clocks: subject.clocks.map((c) => (c.state !== 'running' && c.state !== 'missed' ? c : c.stopped ? c : { ...c, remaining_s: Math.round((Date.parse(c.due) - clock()) / 1000), state: clock() > Date.parse(c.due) ? /** @type {const} */ ('missed') : /** @type {const} */ ('running') })) });
  /** @param {Account} account */
  const person = (account) => ({ name: account.name, display_name: account.display_name });

  const timers = live ? [
    setInterval(() => publish('stats', { at: stamp(clock()), events_per_second: scale === 'empty' ? 0 : 1180 + Math.round(Math.random() * 260), open_alerts: world.alerts.filter((a) => a.state === 'open').length, spool_events: 0, ...(notices.length > 0 ? { notices } : {}) }), 2000),
    setInterval(() => { for (const { response } of streams) response.write(': alive\n\n'); }, 15_000),
    setInterval(() => {
      if (scale === 'empty') return;
      for (let i = 0; i < 3; i += 1) {
        const device = world.random.pick(world.devices.filter((d) => !d.silent));
        world.events.unshift(/** @type {Event} */ (/** @type {unknown} */ ({ '@timestamp': stamp(clock()), 'event.ingested': stamp(clock()), ...world.makeEvent(world.random, device, clock()), 'shuwei.seq': world.nextSeq(), 'shuwei.tenant': device.tenant, 'shuwei.source': device.name, ...(device.pack ? { 'shuwei.pack': device.pack } : {}) })));
      }
    }, 1500),
    setInterval(() => {
      const alert = world.alerts[3];
      if (!alert) return;
      alert.count += 2;
      alert.last_seen = stamp(clock());
      publish('alert', listed(alert), alert.tenant);
    }, 12_000),
  ] : [];

  /** @param {Set<string>} visible @param {string} query @param {string | undefined} since @param {string | undefined} until */
  const find = (visible, query, since, until) => {
    const parsed = parse(query ?? '');
    if (!parsed.ok) throw new Refusal(400, 'invalid_argument', parsed.message, ['query', `character ${parsed.position}`]);
    const from = since ? Date.parse(since) : -Infinity;
    const to = until ? Date.parse(until) : Infinity;
    return world.events.filter((event) => {
      const at = Date.parse(event['@timestamp']);
      return at >= from && at < to && visible.has(event['shuwei.tenant']) && parsed.test(event);
    });
  };
  /** @template T @param {T[]} all @param {URLSearchParams} query @returns {{items: T[], next_cursor?: string}} */
  const paged = (all, query) => {
    const start = Number(query.get('cursor') ?? 0);
    const limit = Number(query.get('limit') ?? 100);
    return { items: all.slice(start, start + limit), ...(start + limit < all.length ? { next_cursor: String(start + limit) } : {}) };
  };
  /** @param {URLSearchParams} query @param {string} name */
  const many = (query, name) => (query.get(name) ? /** @type {string} */ (query.get(name)).split(',') : []);
  /** @param {Set<string>} visible @param {string} id */
  const alertOf = (visible, id) => { const alert = world.alerts.find((a) => String(a.id) === id && visible.has(a.tenant)); if (!alert) throw new Refusal(404, 'not_found', '没有这条告警'); return alert; };
  /** @param {Set<string>} visible @param {string} number */
  const caseOf = (visible, number) => { const found = world.cases.find((c) => c.number === number && visible.has(c.tenant)); if (!found) throw new Refusal(404, 'not_found', '没有这个工单'); return found; };
  /** @param {Case} subject @param {Account} account @param {Partial<import('../src/lib/api/types').TimelineEntry> & {kind: import('../src/lib/api/types').TimelineEntry['kind']}} rest */
  const addEntry = (subject, account, rest) => {
    const entry = { id: world.nextEntry(), at: stamp(clock()), actor: { kind: /** @type {const} */ ('person'), ...person(account) }, ...rest };
    const line = world.timelines.get(subject.number) ?? [];
    line.push(entry);
    world.timelines.set(subject.number, line);
    subject.updated = entry.at;
    publish('case', current(subject), subject.tenant);
    return entry;
  };
  /** @param {Account} account @param {string} tenant @param {string} title @param {Case['level']} level @param {Alert[]} from */
  const openCase = (account, tenant, title, level, from) => {
    const d = new Date(clock() + 8 * 3_600_000);
    const prefix = `SW-${d.toISOString().slice(0, 10).replace(/-/g, '')}`;
    const number = `${prefix}-${String(world.cases.filter((c) => c.number.startsWith(prefix)).length + 1).padStart(4, '0')}`;
    const minutes = { general: [120, 4320], serious: [60, 2880], urgent: [5, 1440] }[level];
    /** @param {Clock['name']} name @param {number} m @returns {Clock} */
    const make = (name, m) => ({ name, state: 'running', started: stamp(clock()), due: stamp(clock() + m * 60_000), total_s: m * 60, remaining_s: m * 60 });
    /** @type {Case} */
    const made = { number, tenant, title, severity: from[0]?.severity ?? 'medium', level, state: 'new', verdict: 'undetermined', opened: stamp(clock()), updated: stamp(clock()), scheme: { name: 'managed-security', title_zh: '安全托管服务', title_en: 'Managed security' }, clocks: [make('respond', minutes[0] ?? 60), make('fix', minutes[1] ?? 600)], alert_count: from.length, event_count: from.reduce((n, a) => n + a.count, 0), entities: from[0]?.entities ?? {} };
    world.cases.unshift(made);
    addEntry(made, account, { kind: 'opened' });
    for (const alert of from) { alert.case_number = number; addEntry(made, account, { kind: 'alert_attached', link: { kind: 'alert', id: String(alert.id), title: alert.rule_title } }); }
    return made;
  };

  const answered = Symbol('answered');  // a handler that wrote its answer itself
  /** @type {any[]} */
  const views = [];
  let nextView = 1;
  /** @param {number} id @param {any} body @param {{name: string, display_name: string}} owner @param {string | null} tenant */
  const viewOf = (id, body, owner, tenant) => ({ id, name: body.name, query: body.query ?? '', columns: body.columns ?? [], mode: body.mode ?? 'table', ...(body.since ? { since: body.since } : {}), ...(body.until ? { until: body.until } : {}), ...(body.chart ? { chart: body.chart } : {}), owner, shared: body.shared === true, ...(body.shared ? { tenant: tenant || 'default' } : {}), updated: stamp(clock()) });
  /** @param {Event[]} all @param {any} body */
  const pivot = (all, body) => {
    const { groups = [], measures = [], top = 10, buckets = 0 } = body.statistics;
    const asked = measures.length > 0 ? measures : [{ kind: 'count' }];
    /** @param {Event[]} events */
    const measured = (events) => asked.map((/** @type {any} */ m) => {
      if (m.kind === 'count') return events.length;
      const values = events.map((e) => e[m.field]).filter((v) => v !== undefined);
      if (m.kind === 'distinct') return new Set(values.map(String)).size;
      const numbers = values.map(Number).filter((n) => !Number.isNaN(n));
      if (numbers.length === 0) return null;
      const sum = numbers.reduce((a, b) => a + b, 0);
      return m.kind === 'sum' ? sum : m.kind === 'avg' ? sum / numbers.length : m.kind === 'min' ? Math.min(...numbers) : Math.max(...numbers);
    });
    /** @type {Map<string, {values: string[], events: Event[]}>} */
    const found = new Map();
    for (const e of all) {
      const values = groups.map((/** @type {string} */ g) => String((Array.isArray(e[g]) ? e[g][0] : e[g]) ?? ''));
      const key = values.join('\u001f');
      const entry = found.get(key) ?? { values, events: /** @type {Event[]} */ ([]) };
      entry.events.push(e);
      found.set(key, entry);
    }
    const until = body.until ? Date.parse(body.until) : clock();
    const since = body.since ? Date.parse(body.since) : Date.parse(all[all.length - 1]?.['@timestamp'] ?? stamp(until - 3_600_000));
    const interval = roundInterval(until - since, Math.max(1, buckets));
    const start = Math.floor(since / interval) * interval;
    const n = Math.max(1, Math.ceil((until - start) / interval));
    /** @param {Event[]} events */
    const byTime = (events) => (buckets > 0 ? { buckets: Array.from({ length: n }, (_, i) => { const own = events.filter((e) => Math.floor((Date.parse(e['@timestamp']) - start) / interval) === i); return own.length > 0 ? measured(own) : []; }) } : {});
    const sorted = [...found.values()].sort((a, b) => Number(measured(b.events)[0]) - Number(measured(a.events)[0]));
    const rest = sorted.slice(top).flatMap((g) => g.events);
    return {
      groups: [...sorted.slice(0, top).map((g) => ({ values: g.values, other: false, totals: measured(g.events), ...byTime(g.events) })), ...(rest.length > 0 ? [{ values: /** @type {string[]} */ ([]), other: true, totals: measured(rest), ...byTime(rest) }] : [])],
      ...(buckets > 0 ? { since: stamp(start), interval_ms: interval } : {}),
    };
  };

  /**
   * @typedef {{account: Account, query: URLSearchParams, body: any, visible: Set<string>, id: string, rest: string, response: import('node:http').ServerResponse}} Context
   * @typedef {(context: Context) => unknown} Handler
   */
  /** @type {[string, RegExp, string[], Handler][]} */
  const routes = [
    ['GET', /^\/api\/v1\/tenants$/, [], ({ visible }) => ({ items: tenants.filter((t) => visible.has(t.name)) })],
    ['POST', /^\/api\/v1\/tenants$/, ['admin'], ({ body, account }) => { if (tenants.some((t) => t.name === body.name)) throw new Refusal(409, 'conflict', '已有同名客户', ['name']); const made = { name: body.name, display_name: body.display_name, zone: 'Asia/Shanghai', created: stamp(clock()) }; tenants.push(made); record(account.name, 'create_tenant', made.name); return [201, made]; }],
    ['GET', /^\/api\/v1\/accounts$/, ['admin'], () => ({ items: accounts })],
    ['POST', /^\/api\/v1\/accounts$/, ['admin'], ({ body, account }) => { if (accounts.some((a) => a.name === body.name)) throw new Refusal(409, 'conflict', '已有同名账号', ['name']); const made = { name: body.name, display_name: body.display_name ?? body.name, role: body.role, all_tenants: body.all_tenants ?? false, tenants: body.tenants ?? [], disabled: false, created: stamp(clock()) }; accounts.push(made); record(account.name, 'create_account', made.name); return [201, made]; }],
    ['PATCH', /^\/api\/v1\/accounts\/([^/]+)$/, ['admin'], ({ id, body, account }) => { const found = accounts.find((a) => a.name === id); if (!found) throw new Refusal(404, 'not_found', '没有这个账号'); Object.assign(found, body); record(account.name, 'update_account', id); return found; }],
    ['PUT', /^\/api\/v1\/accounts\/([^/]+)\/password$/, ['admin'], ({ id, account }) => { record(account.name, 'reset_account_password', id); return undefined; }],
    ['GET', /^\/api\/v1\/accounts\/([^/]+)\/tokens$/, ['admin'], ({ id }) => ({ items: tokens.get(id) ?? [] })],
    ['POST', /^\/api\/v1\/accounts\/([^/]+)\/tokens$/, ['admin'], ({ id, body }) => { const token = { id: randomBytes(6).toString('hex'), name: body.name, purpose: body.purpose ?? 'api', created: stamp(clock()), revoked: false, ...(body.tenant ? { tenant: body.tenant } : {}) }; tokens.set(id, [token, ...(tokens.get(id) ?? [])]); return [201, { token, secret: `swt_${randomBytes(24).toString('base64url')}` }]; }],
    ['DELETE', /^\/api\/v1\/accounts\/([^/]+)\/tokens\/([^/]+)$/, ['admin'], ({ id, rest }) => { for (const token of tokens.get(id) ?? []) if (token.id === rest) token.revoked = true; return undefined; }],
    ['GET', /^\/api\/v1\/assignees$/, ['admin', 'analyst'], () => ({ items: accounts.filter((a) => a.role !== 'client' && !a.disabled).map(person) })],
    ['GET', /^\/api\/v1\/fields$/, [], () => ({ items: fields })],
    ['GET', /^\/api\/v1\/packs$/, [], () => ({ items: world.packs })],
    ['GET', /^\/api\/v1\/knowledge$/, [], ({ query }) => {
      const q = (query.get('q') ?? '').toLowerCase();
      const fits = knowledge.filter((k) => (q === '' || `${k.code} ${k.name_zh} ${k.name_en} ${k.meaning_zh} ${k.meaning_en}`.toLowerCase().includes(q)) && ['family', 'type', 'code'].every((name) => !query.get(name) || query.get(name) === k[/** @type {'family' | 'type' | 'code'} */ (name)]));
      /** @param {'family' | 'type'} by */
      const groups = (by) => [...new Map(knowledge.map((k) => [k[by], { name: k[by], title_zh: k[`${by}_zh`], title_en: k[`${by}_en`], entries: knowledge.filter((other) => other[by] === k[by]).length }])).values()];
      return { ...paged(fits, query), total: fits.length, families: groups('family'), types: groups('type') };
    }],
    ['GET', /^\/api\/v1\/rules$/, ['admin', 'analyst'], ({ query }) => {
      const q = (query.get('q') ?? '').toLowerCase();
      const level = many(query, 'level');
      const all = world.rules.map((r) => r.rule).filter((r) => (q === '' || `${r.title} ${r.id} ${r.tags.join(' ')} ${r.logsource}`.toLowerCase().includes(q)) && (level.length === 0 || level.includes(r.level))).sort((a, b) => b.matches - a.matches);
      return { ...paged(all, query), total: all.length };
    }],
    ['GET', /^\/api\/v1\/rules\/([^/]+)$/, ['admin', 'analyst'], ({ id }) => { const rule = world.rules.find((r) => r.rule.id === id); if (!rule) throw new Refusal(404, 'not_found', '没有这条规则'); return rule; }],
    ['POST', /^\/api\/v1\/events\/search$/, [], ({ body, visible }) => {
      const started = performance.now();
      const all = find(visible, body.query, body.since, body.until);
      const start = Number(body.cursor ?? 0);
      const limit = body.limit ?? 100;
      return { events: all.slice(start, start + limit), ...(start + limit < all.length ? { next_cursor: String(start + limit) } : {}), took_ms: Math.round(performance.now() - started), total: all.length, total_relation: 'exact' };
    }],
    ['POST', /^\/api\/v1\/events\/histogram$/, [], ({ body, visible }) => {
      const started = performance.now();
      const all = find(visible, body.query, body.since, body.until);
      const until = body.until ? Date.parse(body.until) : clock();
      const since = body.since ? Date.parse(body.since) : Date.parse(all[all.length - 1]?.['@timestamp'] ?? stamp(until - 3_600_000));
      const interval = roundInterval(until - since, body.buckets ?? 60);
      const start = Math.floor(since / interval) * interval;
      const n = Math.max(1, Math.ceil((until - start) / interval));
      /** @type {Map<string, number>} */
      const tally = new Map();
      if (body.split) for (const e of all) tally.set(String(e[body.split] ?? ''), (tally.get(String(e[body.split] ?? '')) ?? 0) + 1);
      const values = [...tally.entries()].sort((a, b) => b[1] - a[1]).slice(0, body.split_limit ?? 5).map(([v]) => v);
      const buckets = Array.from({ length: n }, (_, i) => ({ at: stamp(start + i * interval), count: 0, ...(body.split ? { split: Array.from({ length: values.length + 1 }, () => 0) } : {}) }));
      for (const e of all) {
        const bucket = buckets[Math.floor((Date.parse(e['@timestamp']) - start) / interval)];
        if (!bucket) continue;
        bucket.count += 1;
        if (bucket.split) { const k = values.indexOf(String(e[body.split] ?? '')); const slot = k < 0 ? values.length : k; bucket.split[slot] = (bucket.split[slot] ?? 0) + 1; }
      }
      return { since: stamp(since), until: stamp(until), interval_ms: interval, buckets, ...(body.split ? { split_values: values } : {}), total: all.length, took_ms: Math.round(performance.now() - started) };
    }],
    ['POST', /^\/api\/v1\/events\/field_stats$/, [], ({ body, visible }) => {
      const all = find(visible, body.query, body.since, body.until).slice(0, 5000);
      /** @type {Map<string, number>} */
      const tally = new Map();
      if (!body.field) {
        for (const e of all) for (const name of Object.keys(e)) tally.set(name, (tally.get(name) ?? 0) + 1);
        return { sampled: all.length, took_ms: 3, fields: [...tally.entries()].sort((a, b) => b[1] - a[1]).map(([name, count]) => ({ name, count })) };
      }
      for (const e of all) if (e[body.field] !== undefined) tally.set(String(e[body.field]), (tally.get(String(e[body.field])) ?? 0) + 1);
      return { sampled: all.length, took_ms: 3, field: body.field, distinct: tally.size, values: [...tally.entries()].sort((a, b) => b[1] - a[1]).slice(0, body.top ?? 10).map(([value, count]) => ({ value, count })) };
    }],
    ['GET', /^\/api\/v1\/events\/suggest$/, [], ({ query, visible }) => {
      const field = query.get('field') ?? '';
      const prefix = (query.get('prefix') ?? '').toLowerCase();
      /** @type {Map<string, number>} */
      const tally = new Map();
      for (const e of find(visible, '', query.get('since') ?? undefined, query.get('until') ?? undefined)) { const v = e[field]; if (v !== undefined && String(v).toLowerCase().startsWith(prefix)) tally.set(String(v), (tally.get(String(v)) ?? 0) + 1); }
      return { values: [...tally.entries()].sort((a, b) => b[1] - a[1]).slice(0, Number(query.get('limit') ?? 20)).map(([value, count]) => ({ value, count })) };
    }],
    ['POST', /^\/api\/v1\/events\/query_check$/, [], ({ body }) => {
      const parsed = parse(body.query);
      if (!parsed.ok) return parsed;
      const known = new Set(fields.map((f) => f.name));
      return { ok: true, fields: parsed.fields, unknown_fields: parsed.fields.filter((f) => !known.has(f) && !f.startsWith('winlog.')) };
    }],
    ['GET', /^\/api\/v1\/events\/(\d+)\/surrounding$/, [], ({ id, query, visible }) => {
      const middle = world.events.find((e) => String(e['shuwei.seq']) === id && visible.has(e['shuwei.tenant']));
      if (!middle) throw new Refusal(404, 'not_found', '没有这条事件，可能已过保留期');
      const field = { source: 'shuwei.source', host: 'host.name' }[query.get('same') ?? 'source'];
      if (field && middle[field] === undefined) throw new Refusal(400, 'invalid_argument', '该事件没有此字段', ['query.same']);
      const same = world.events.filter((e) => e['shuwei.tenant'] === middle['shuwei.tenant'] && (!field || e[field] === middle[field])).sort((a, b) => (a['@timestamp'] < b['@timestamp'] ? -1 : 1));
      const at = same.indexOf(middle);
      const count = Number(query.get('count') ?? 20);
      const first = Math.max(0, at - count);
      return { events: same.slice(first, at + count + 1), position: at - first, more_before: first > 0, more_after: at + count + 1 < same.length };
    }],
    ['GET', /^\/api\/v1\/search_jobs$/, [], () => ({ items: [] })],
    ['POST', /^\/api\/v1\/search_jobs$/, [], ({ body, visible }) => {
      const started = performance.now();
      const all = find(visible, body.query, body.since, body.until);
      const took_ms = Math.round(performance.now() - started);
      const job = { id: randomBytes(8).toString('hex'), kind: body.statistics ? 'statistics' : 'search', state: 'done', query: body.query ?? '', progress: 1, rows_read: world.events.length, created: stamp(clock()), finished: stamp(clock()) };
      if (body.statistics) return [201, { ...job, statistics: { ...pivot(all, body), took_ms } }];
      const start = Number(body.cursor ?? 0);
      const limit = body.limit ?? 100;
      return [201, { ...job, events: { events: all.slice(start, start + limit), ...(start + limit < all.length ? { next_cursor: String(start + limit) } : {}), took_ms, total: all.length, total_relation: 'exact' } }];
    }],
    ['POST', /^\/api\/v1\/search_jobs\/sql$/, ['admin', 'analyst'], ({ body, visible, account }) => {
      if (!/^\s*select\b/i.test(body.sql)) throw new Refusal(400, 'invalid_argument', '语句以 SELECT 开头', ['body.sql', 'character 1']);
      if (!/\bfrom\s+(events|findings)\b/i.test(body.sql)) throw new Refusal(400, 'invalid_argument', '只能查询 events 与 findings', ['body.sql', 'character 8']);
      record(account.name, 'create_sql_job', body.sql);
      const groups = pivot(find(visible, '', body.since, body.until), { statistics: { groups: ['user.name'], measures: [], top: 20, buckets: 0 } }).groups.filter((g) => !g.other);
      return [201, { id: randomBytes(8).toString('hex'), kind: 'sql', state: 'done', query: body.sql, progress: 1, rows_read: world.events.length, created: stamp(clock()), finished: stamp(clock()), rows: { columns: [{ name: 'user.name', type: 'text' }, { name: 'n', type: 'number' }], rows: groups.map((g) => [g.values[0] || null, g.totals[0]]), more: false, took_ms: 4 } }];
    }],
    ['GET', /^\/api\/v1\/search_jobs\/([^/]+)$/, [], () => { throw new Refusal(404, 'not_found', '没有这个检索任务'); }],
    ['DELETE', /^\/api\/v1\/search_jobs\/([^/]+)$/, [], () => { throw new Refusal(404, 'not_found', '没有这个检索任务'); }],
    ['POST', /^\/api\/v1\/search_jobs\/([^/]+)\/stop$/, [], () => { throw new Refusal(404, 'not_found', '没有这个检索任务'); }],
    ['GET', /^\/api\/v1\/events\/export$/, [], ({ query, visible, response }) => {
      const all = [...find(visible, query.get('query') ?? '', query.get('since') ?? undefined, query.get('until') ?? undefined)].reverse();
      const columns = ['@timestamp', 'shuwei.seq', ...many(query, 'fields')];
      const csv = query.get('format') === 'csv';
      response.writeHead(200, { 'Content-Type': csv ? 'text/csv; charset=utf-8' : 'application/x-ndjson', 'Content-Disposition': `attachment; filename="events.${csv ? 'csv' : 'ndjson'}"` });
      response.end(csv ? [columns.join(','), ...all.map((e) => columns.map((c) => JSON.stringify(e[c] ?? '')).join(','))].join('\r\n') : all.map((e) => JSON.stringify(e)).join('\n'));
      return answered;
    }],
    ['GET', /^\/api\/v1\/views$/, [], ({ account, visible }) => ({ items: views.filter((v) => v.owner.name === account.name || (v.tenant && visible.has(v.tenant))).map((v) => ({ ...v, editable: v.owner.name === account.name || account.role === 'admin' })) })],
    ['POST', /^\/api\/v1\/views$/, [], ({ account, body, query }) => { const made = viewOf(nextView++, body, person(account), query.get('tenant')); views.push(made); record(account.name, 'create_view', made.name); return [201, { ...made, editable: true }]; }],
    ['PUT', /^\/api\/v1\/views\/(\d+)$/, [], ({ id, body, query }) => { const at = views.findIndex((v) => String(v.id) === id); if (at < 0) throw new Refusal(404, 'not_found', '没有这个视图'); views[at] = viewOf(Number(id), body, views[at].owner, query.get('tenant')); return { ...views[at], editable: true }; }],
    ['DELETE', /^\/api\/v1\/views\/(\d+)$/, [], ({ id }) => { const at = views.findIndex((v) => String(v.id) === id); if (at < 0) throw new Refusal(404, 'not_found', '没有这个视图'); views.splice(at, 1); return undefined; }],
    ['GET', /^\/api\/v1\/events\/(\d+)$/, [], ({ id, visible }) => {
      const event = world.events.find((e) => String(e['shuwei.seq']) === id && visible.has(e['shuwei.tenant']));
      if (!event) throw new Refusal(404, 'not_found', '没有这条事件，可能已过保留期');
      const alerts = world.alerts.filter((_, n) => world.ofEpisode.get(n)?.includes(event)).map((a) => ({ id: a.id, rule_id: a.rule_id, rule_title: a.rule_title, severity: a.severity, matches: a.reason?.matches ?? [] }));
      return { event, alerts, knowledge: knowledgeOf(event) };
    }],
    ['GET', /^\/api\/v1\/overview$/, [], ({ query, visible }) => {
      const until = query.get('until') ? Date.parse(/** @type {string} */ (query.get('until'))) : clock();
      const since = query.get('since') ? Date.parse(/** @type {string} */ (query.get('since'))) : until - 86_400_000;
      const interval = roundInterval(until - since, Number(query.get('buckets') ?? 60));
      const start = Math.floor(since / interval) * interval;
      const n = Math.max(1, Math.ceil((until - start) / interval));
      const events = find(visible, '', stamp(since), stamp(until));
      const event_series = Array.from({ length: n }, (_, i) => ({ at: stamp(start + i * interval), count: 0 }));
      for (const e of events) { const b = event_series[Math.floor((Date.parse(e['@timestamp']) - start) / interval)]; if (b) b.count += 1370; }
      const alert_series = Array.from({ length: n }, (_, i) => ({ at: stamp(start + i * interval), counts: zero() }));
      const mine = world.alerts.filter((a) => visible.has(a.tenant));
      for (const a of mine) { const b = alert_series[Math.floor((Date.parse(a.first_seen) - start) / interval)]; if (b) b.counts[a.severity] += 1; }
      const open = mine.filter((a) => a.state !== 'closed');
      const bySeverity = zero();
      for (const a of open) bySeverity[a.severity] += 1;
      const cases = world.cases.filter((c) => visible.has(c.tenant) && c.state !== 'resolved' && c.state !== 'closed').map(current);
      const running = cases.flatMap((c) => c.clocks.filter((k) => !k.stopped).map((k) => ({ number: c.number, ...k })));
      const missed = new Set(running.filter((k) => k.state === 'missed').map((k) => k.number));
      const risk = new Set(running.filter((k) => k.state === 'running' && k.remaining_s < k.total_s / 4).map((k) => k.number));
      /** @param {'source' | 'target'} side */
      const top = (side) => { /** @type {Map<string, number>} */ const tally = new Map(); for (const a of mine) { const v = a.entities[side]?.value; if (v) tally.set(v, (tally.get(v) ?? 0) + a.count); } return [...tally.entries()].sort((a, b) => b[1] - a[1]).slice(0, 10).map(([value, count]) => ({ value, count })); };
      const sources = world.sources.filter((s) => visible.has(s.tenant));
      const rate = (events.length * 1370) / Math.max(1, (until - since) / 1000);
      return {
        since: stamp(since), until: stamp(until), interval_ms: interval, events_per_second: { value: Math.round(rate * 10) / 10, previous: Math.round(rate * 9.2) / 10, series: event_series.map((b) => b.count) }, events_total: { value: events.length * 1370 }, open_alerts: { value: open.length }, open_alerts_by_severity: bySeverity, open_cases: { value: cases.length },
        sla_at_risk: risk.size, sla_missed: missed.size, silent_sources: sources.filter((s) => s.state === 'silent').length, proposed_sources: sources.filter((s) => !s.confirmed).length, sources: sources.length, stored_bytes: { value: events.length * 1370 * 96, previous: events.length * 1370 * 91, series: event_series.map((b) => b.count * 96) },
        event_series, alert_series, top_sources: top('source'), top_targets: top('target'), urgent_cases: cases.slice(0, 10),
      };
    }],
    ['GET', /^\/api\/v1\/alerts$/, [], ({ query, visible }) => {
      const state = many(query, 'state');
      const severity = many(query, 'severity');
      const verdict = many(query, 'verdict');
      const entity = (query.get('entity') ?? '').toLowerCase();
      const q = (query.get('q') ?? '').toLowerCase();
      const wantedCase = query.get('case');
      const since = query.get('since');
      const until = query.get('until');
      const base = world.alerts.filter((a) => visible.has(a.tenant) && (state.length === 0 || state.includes(a.state)) && (verdict.length === 0 || verdict.includes(a.verdict)) && (!query.get('rule') || a.rule_id === query.get('rule'))
        && (entity === '' || `${a.entities.source?.value ?? ''} ${a.entities.target?.value ?? ''}`.toLowerCase().includes(entity)) && (q === '' || a.rule_title.toLowerCase().includes(q)) && (!wantedCase || (wantedCase === 'none' ? !a.case_number : a.case_number === wantedCase))
        && (!since || a.last_seen >= since) && (!until || a.last_seen < until));
      const by_severity = zero();
      for (const a of base) by_severity[a.severity] += 1;
      const all = base.filter((a) => severity.length === 0 || severity.includes(a.severity));
      const sort = query.get('sort') ?? 'last_seen';
      all.sort((a, b) => (sort === 'severity' ? severities.indexOf(a.severity) - severities.indexOf(b.severity) || b.last_seen.localeCompare(a.last_seen) : sort === 'count' ? b.count - a.count : sort === 'first_seen' ? b.first_seen.localeCompare(a.first_seen) : b.last_seen.localeCompare(a.last_seen)));
      const page = paged(all, query);
      return { ...page, items: page.items.map(listed), total: all.length, by_severity };
    }],
    ['GET', /^\/api\/v1\/alerts\/(\d+)$/, [], ({ id, visible }) => alertOf(visible, id)],
    ['PATCH', /^\/api\/v1\/alerts\/(\d+)$/, ['admin', 'analyst'], ({ id, visible, body, account }) => { const alert = alertOf(visible, id); if (body.verdict) { alert.verdict = body.verdict; alert.verdict_by = person(account); } if (body.state) alert.state = body.state; record(account.name, 'update_alert', `alert ${id}`); publish('alert', listed(alert), alert.tenant); return alert; }],
    ['GET', /^\/api\/v1\/alerts\/(\d+)\/events$/, [], ({ id, visible, query }) => { const alert = alertOf(visible, id); const all = [...(world.ofEpisode.get(world.alerts.indexOf(alert)) ?? [])].reverse(); const page = paged(all, query); return { ...page, items: page.items.map((event) => ({ event, matches: alert.reason?.matches ?? [], knowledge: knowledgeOf(event) })), total: all.length }; }],
    ['GET', /^\/api\/v1\/alerts\/(\d+)\/similar$/, [], ({ id, visible }) => { const alert = alertOf(visible, id); const items = world.alerts.filter((a) => a !== alert && visible.has(a.tenant) && (a.rule_id === alert.rule_id || a.entities.source?.value === alert.entities.source?.value || a.entities.target?.value === alert.entities.target?.value)).slice(0, 50).map(listed); return { items, total: items.length }; }],
    ['POST', /^\/api\/v1\/alerts\/(\d+)\/case$/, ['admin', 'analyst'], ({ id, visible, body, account }) => {
      const alert = alertOf(visible, id);
      if (body.case_number) { const subject = caseOf(visible, body.case_number); alert.case_number = subject.number; subject.alert_count += 1; addEntry(subject, account, { kind: 'alert_attached', link: { kind: 'alert', id, title: alert.rule_title } }); return current(subject); }
      return openCase(account, alert.tenant, body.title ?? alert.rule_title, body.level ?? (alert.severity === 'critical' ? 'urgent' : alert.severity === 'high' ? 'serious' : 'general'), [alert]);
    }],
    ['GET', /^\/api\/v1\/cases$/, [], ({ query, visible }) => {
      const state = many(query, 'state');
      const severity = many(query, 'severity');
      const owner = query.get('owner');
      const q = (query.get('q') ?? '').toLowerCase();
      const sla = query.get('sla');
      const all = world.cases.map(current).filter((c) => visible.has(c.tenant) && (state.length === 0 || state.includes(c.state)) && (severity.length === 0 || severity.includes(c.severity)) && (!owner || (owner === 'none' ? !c.owner : c.owner?.name === owner)) && (q === '' || `${c.number} ${c.title}`.toLowerCase().includes(q))
        && (!sla || c.clocks.some((k) => !k.stopped && (sla === 'missed' ? k.state === 'missed' : k.state === 'running' && k.remaining_s < k.total_s / 4))));
      const due = (/** @type {Case} */ c) => Math.min(...c.clocks.filter((k) => !k.stopped && k.state !== 'paused').map((k) => Date.parse(k.due)), Infinity);
      const sort = query.get('sort') ?? 'due';
      all.sort((a, b) => (sort === 'severity' ? severities.indexOf(a.severity) - severities.indexOf(b.severity) : sort === 'opened' ? b.opened.localeCompare(a.opened) : sort === 'updated' ? b.updated.localeCompare(a.updated) : due(a) - due(b) || 0));
      return { ...paged(all, query), total: all.length };
    }],
    ['POST', /^\/api\/v1\/cases$/, [], ({ body, account, visible }) => [201, openCase(account, [...visible][0] ?? 'default', body.title, body.level, [])]],
    ['GET', /^\/api\/v1\/cases\/([^/]+)$/, [], ({ id, visible }) => current(caseOf(visible, id))],
    ['PATCH', /^\/api\/v1\/cases\/([^/]+)$/, ['admin', 'analyst'], ({ id, visible, body, account }) => {
      const subject = caseOf(visible, id);
      const comment = body.comment ? { text: body.comment } : {};
      if (body.owner !== undefined) { const next = accounts.find((a) => a.name === body.owner); addEntry(subject, account, { kind: 'owner', from: subject.owner?.name ?? '', to: body.owner, ...comment }); if (next) subject.owner = person(next); else delete subject.owner; }
      for (const kind of /** @type {const} */ (['title', 'level', 'severity', 'verdict'])) if (body[kind] !== undefined) { addEntry(subject, account, { kind, from: subject[kind], to: body[kind], ...comment }); /** @type {any} */ (subject)[kind] = body[kind]; }
      if (body.state !== undefined && body.state !== subject.state) {
        addEntry(subject, account, { kind: 'state', from: subject.state, to: body.state, ...comment });
        subject.state = body.state;
        for (const k of subject.clocks) {
          if (k.stopped) continue;
          if (body.state === 'in_progress' && k.name === 'respond') { k.stopped = stamp(clock()); k.state = clock() <= Date.parse(k.due) ? 'met' : 'missed'; addEntry(subject, account, { kind: k.state === 'met' ? 'clock_met' : 'clock_missed', from: k.name, actor: { kind: 'system', name: 'work' } }); }
          else if (body.state === 'on_hold') { k.state = 'paused'; k.remaining_s = Math.round((Date.parse(k.due) - clock()) / 1000); if (body.comment) k.pause_reason = body.comment; }
          else if (body.state === 'resolved' || body.state === 'closed') { k.stopped = stamp(clock()); k.state = clock() <= Date.parse(k.due) ? 'met' : 'missed'; }
          else if (k.state === 'paused') k.state = 'running';
        }
        if (body.state === 'closed') subject.closed = stamp(clock());
      }
      record(account.name, 'update_case', `case ${id}`);
      return current(subject);
    }],
    ['GET', /^\/api\/v1\/cases\/([^/]+)\/timeline$/, [], ({ id, visible }) => ({ items: world.timelines.get(caseOf(visible, id).number) ?? [] })],
    ['POST', /^\/api\/v1\/cases\/([^/]+)\/notes$/, [], ({ id, visible, body, account }) => { record(account.name, 'add_case_note', `case ${id}`); return [201, addEntry(caseOf(visible, id), account, { kind: 'note', text: body.text })]; }],
    ['GET', /^\/api\/v1\/cases\/([^/]+)\/alerts$/, [], ({ id, visible }) => { const items = world.alerts.filter((a) => a.case_number === caseOf(visible, id).number).map(listed); return { items, total: items.length }; }],
    ['GET', /^\/api\/v1\/sources$/, [], ({ visible }) => ({ items: world.sources.filter((s) => visible.has(s.tenant)), listeners: [{ name: 'syslog', kind: 'syslog', address: '0.0.0.0:5514', tenant: 'default' }, { name: 'http', kind: 'http', address: '0.0.0.0:8080', tenant: 'default' }] })],
    ['POST', /^\/api\/v1\/sources\/confirm$/, ['admin', 'analyst'], ({ body, visible }) => {
      const chosen = body.items.map((/** @type {import('../src/lib/api/types').SourceConfirmation} */ item) => ({ item, source: world.sources.find((s) => s.id === item.id && visible.has(s.tenant)) }));
      if (chosen.some((/** @type {{source?: object}} */ c) => !c.source)) throw new Refusal(404, 'not_found', '没有这个数据源');
      if (chosen.some((/** @type {{source: import('../src/lib/api/types').Source}} */ c) => c.source.confirmed)) throw new Refusal(409, 'conflict', '该数据源已确认');
      for (const { item, source } of chosen) {
        Object.assign(source, { confirmed: true, conditions: source.conditions.filter((/** @type {string} */ c) => c !== 'proposed'), name: item.name || source.name, ...(item.pack ? { pack: item.pack, pack_bound: true } : {}) });
        delete source.proposal;
        let asset = world.assets.find((a) => a.id === item.asset_id || (a.tenant === source.tenant && a.addresses.includes(source.peer)));
        if (!asset) world.assets.push(asset = { id: 100 + world.assets.length, tenant: source.tenant, name: source.name, kind: item.kind ?? '', vendor: item.vendor ?? '', product: item.product ?? '', addresses: [source.peer], sources: [], created: stamp(clock()) });
        asset.sources.push({ id: source.id, name: source.name });
        source.asset = { id: asset.id, name: asset.name };
      }
      return { items: chosen.map((/** @type {{source: import('../src/lib/api/types').Source}} */ c) => c.source) };
    }],
    ['PATCH', /^\/api\/v1\/sources\/(\d+)$/, ['admin', 'analyst'], ({ id, body }) => {
      const source = world.sources.find((s) => String(s.id) === id);
      if (!source) throw new Refusal(404, 'not_found', '没有这个数据源');
      if (body.name) source.name = body.name;
      if (body.pack !== undefined) { source.pack_bound = body.pack !== ''; if (body.pack) source.pack = body.pack; }
      if (body.charset) source.charset = body.charset;
      if (body.zone !== undefined) {
        if (body.zone !== '' && !/^(UTC|[A-Z]\w+\/\w+|[+-]\d\d:\d\d)$/.test(body.zone)) throw new Refusal(400, 'invalid_argument', 'body.zone: is not a time zone');
        if (body.zone) source.zone = body.zone; else delete source.zone;
        source.clock = { verdict: 'unknown' };
        source.conditions = source.conditions.filter((c) => c !== 'zone' && c !== 'clock');
      }
      if (body.silence_rule || body.silent_after_s) {
        source.silence = { ...source.silence, rule: body.silence_rule ?? 'own', ...(body.silent_after_s ? { own_s: body.silent_after_s, after_s: body.silent_after_s } : {}) };
        if (source.silence.rule === 'allowed') { delete source.silence.since; delete source.silence.after_s; delete source.silence.alert_id; source.state = 'active'; source.conditions = source.conditions.filter((c) => c !== 'silent'); }
      }
      const asset = world.assets.find((a) => a.id === body.asset_id);
      if (asset) {
        const former = world.assets.find((a) => a.id === source.asset?.id);
        if (former) former.sources = former.sources.filter((s) => s.id !== source.id);
        if (former && former.sources.length === 0) { asset.addresses.push(...former.addresses); world.assets = world.assets.filter((a) => a !== former); }
        asset.sources.push({ id: source.id, name: source.name });
        source.asset = { id: asset.id, name: asset.name };
      }
      return source;
    }],
    ['GET', /^\/api\/v1\/assets$/, [], ({ visible }) => ({ items: world.assets.filter((a) => visible.has(a.tenant)) })],
    ['GET', /^\/api\/v1\/assets\/(\d+)$/, [], ({ id, visible }) => { const asset = world.assets.find((a) => String(a.id) === id && visible.has(a.tenant)); if (!asset) throw new Refusal(404, 'not_found', '没有这个资产'); return asset; }],
    ['GET', /^\/api\/v1\/input-kinds$/, ['admin', 'analyst'], () => ({ items: world.inputKinds })],
    ['GET', /^\/api\/v1\/packs\/([\w-]+)$/, ['admin', 'analyst'], ({ id }) => ({ name: String(id), text: suggestPack(String(id), unknownLines).text })],
    ['POST', /^\/api\/v1\/packs\/trial$/, ['admin', 'analyst'], ({ body }) => tryPack(body.text, body.lines ?? unknownLines)],
    ['POST', /^\/api\/v1\/packs\/suggestion$/, ['admin', 'analyst'], ({ body }) => suggestPack(body.name ?? 'my-pack', body.lines ?? unknownLines)],
    ['GET', /^\/api\/v1\/user-packs$/, ['admin', 'analyst'], ({ visible }) => ({ items: userPacks.filter((one) => visible.has(one.tenant)).map(brief) })],
    ['POST', /^\/api\/v1\/user-packs$/, ['admin', 'analyst'], ({ body, account, query, visible }) => {
      if (userPacks.some((one) => one.name === body.name)) throw new Refusal(409, 'already_exists', `there is a pack '${body.name}' already`, ['name']);
      const now = stamp(clock());
      const made = /** @type {KeptPack} */ ({ id: 100 + userPacks.length, tenant: query.get('tenant') ?? [...visible][0] ?? 'default', name: body.name, version: 1, state: 'draft', everyone: false, events: 0, slow_lines: 0, created: now, created_by: account.name, changed: now, changed_by: account.name, text: body.text, versions: [{ version: 1, made: now, made_by: account.name }] });
      userPacks.push(made);
      return [201, brief(made)];
    }],
    ['GET', /^\/api\/v1\/user-packs\/(\d+)$/, ['admin', 'analyst'], ({ id }) => ({ ...keptPack(id), text_version: keptPack(id).version })],
    ['PATCH', /^\/api\/v1\/user-packs\/(\d+)$/, ['admin', 'analyst'], ({ id, body, account }) => {
      const pack = keptPack(id);
      if (body.version !== pack.version) throw new Refusal(409, 'conflict', 'saved meanwhile');
      pack.version += 1;
      pack.text = body.text;
      pack.versions.unshift({ version: pack.version, made: stamp(clock()), made_by: account.name });
      return brief(pack);
    }],
    ['DELETE', /^\/api\/v1\/user-packs\/(\d+)$/, ['admin', 'analyst'], ({ id }) => { keptPack(id); userPacks = userPacks.filter((one) => String(one.id) !== id); return undefined; }],
    ['POST', /^\/api\/v1\/user-packs\/(\d+)\/activation$/, ['admin', 'analyst'], ({ id, body }) => {
      const pack = keptPack(id);
      const { problem } = tryPack(pack.text, []);
      if (problem) throw new Refusal(400, 'invalid_argument', `line ${problem.line}: ${problem.reason}`);
      Object.assign(pack, { state: 'live', live_version: body.version ?? pack.version, everyone: body.everyone ?? false, slow_lines: 0 });
      delete pack.reason;
      return brief(pack);
    }],
    ['DELETE', /^\/api\/v1\/user-packs\/(\d+)\/activation$/, ['admin', 'analyst'], ({ id }) => { const pack = keptPack(id); Object.assign(pack, { state: 'draft', everyone: false }); delete pack.live_version; return brief(pack); }],
    ['GET', /^\/api\/v1\/inputs$/, ['admin', 'analyst'], ({ visible }) => ({ items: world.inputs.filter((i) => visible.has(i.tenant)) })],
    ['POST', /^\/api\/v1\/inputs$/, ['admin'], ({ body, account, query, visible }) => {
      if (world.inputs.some((i) => i.name === body.name)) throw new Refusal(409, 'already_exists', `there is an input '${body.name}' already`, ['name']);
      const made = /** @type {import('../src/lib/api/types').Input} */ ({ id: 100 + world.inputs.length, tenant: query.get('tenant') ?? [...visible][0] ?? 'default', name: body.name, kind: body.kind, zone: body.zone ?? 'Asia/Shanghai', charset: body.charset ?? 'auto', pack: body.pack ?? '', settings: body.settings, secrets: [], origin: 'people', state: 'running', address: body.settings.address ?? '', errors: 0, events_per_second: 0, total: 0, sources: 0, changed: stamp(clock()), changed_by: account.name });
      world.inputs.push(made);
      record(account.name, 'create_input', `input ${body.name}`);
      return [201, made];
    }],
    ['POST', /^\/api\/v1\/inputs\/trial$/, ['admin'], ({ body }) => (body.settings.host === 'down.example' ? { ok: false, found: [], error: 'down.example: connection refused' } : { ok: true, found: ['/logs: 3', 'access.log 1,204,551'] })],
    ['PATCH', /^\/api\/v1\/inputs\/(\d+)$/, ['admin'], ({ id, body, account }) => {
      const input = world.inputs.find((i) => String(i.id) === id);
      if (!input) throw new Refusal(404, 'not_found', '没有这个接入');
      if (body.paused !== undefined) input.state = body.paused ? 'paused' : 'running';
      if (body.settings) input.settings = body.settings;
      record(account.name, 'update_input', `input ${id}`);
      return input;
    }],
    ['DELETE', /^\/api\/v1\/inputs\/(\d+)$/, ['admin'], ({ id, account }) => { world.inputs = world.inputs.filter((i) => String(i.id) !== id); record(account.name, 'delete_input', `input ${id}`); return undefined; }],
    ['GET', /^\/api\/v1\/resources$/, ['admin', 'analyst', 'client'], ({ visible }) => ({ items: resources.filter((r) => r.shipped || visible.has(r.tenant ?? '')).map(resourceView) })],
    ['POST', /^\/api\/v1\/resources$/, ['admin', 'analyst'], ({ body, account, query, visible }) => {
      const made = { id: 100 + resources.length, name: body.name, kind: body.kind, description: body.description ?? '', shipped: false, tenant: query.get('tenant') ?? [...visible][0] ?? 'default', updated_by: account.name, updated: stamp(clock()), items: resourceItems(body.text) };
      resources.push(made);
      record(account.name, 'create_resource', `resource ${body.name}`);
      return resourceDetail(made);
    }],
    ['GET', /^\/api\/v1\/resources\/(-?\d+)$/, ['admin', 'analyst', 'client'], ({ id }) => { const found = resources.find((r) => String(r.id) === id); return found && resourceDetail(found); }],
    ['POST', /^\/api\/v1\/resources\/(-?\d+)\/entries$/, ['admin', 'analyst'], ({ id, body }) => { const found = resources.find((r) => String(r.id) === id); if (found) found.items = resourceItems(body.text); return found && resourceDetail(found); }],
    ['GET', /^\/api\/v1\/forward_targets$/, ['admin', 'analyst'], ({ visible }) => ({ items: forwardTargets.filter((f) => visible.has(f.tenant)) })],
    ['POST', /^\/api\/v1\/forward_targets\/test$/, ['admin'], ({ body }) => (String(body.address).includes('down.example') ? { ok: false, message: 'down.example:514: Connection refused' } : { ok: true, message: '' })],
    ['POST', /^\/api\/v1\/forward_targets$/, ['admin'], ({ body, account, query, visible }) => {
      const { password, key, since: _, ...settings } = body;
      const made = { ...forwardTargets[0], ...settings, id: 100 + forwardTargets.length, tenant: query.get('tenant') ?? [...visible][0] ?? 'default', origin: 'page', has_password: !!password, has_key: !!key, paused: false, state: 'waiting', delivered_events: 0, lag_events: 0, lag_s: 0, created: stamp(clock()) };
      forwardTargets.push(made);
      record(account.name, 'create_forward_target', `forward target ${body.name}`);
      return [201, made];
    }],
    ['PATCH', /^\/api\/v1\/forward_targets\/(\d+)$/, ['admin'], ({ id, body, account }) => {
      const target = forwardTargets.find((f) => String(f.id) === id);
      if (!target) throw new Refusal(404, 'not_found', '没有这个转发目标');
      Object.assign(target, body, { state: (body.paused ?? target.paused) ? 'paused' : 'waiting' });
      record(account.name, 'update_forward_target', `forward target ${id}`);
      return target;
    }],
    ['DELETE', /^\/api\/v1\/forward_targets\/(\d+)$/, ['admin'], ({ id, account }) => { forwardTargets.splice(forwardTargets.findIndex((f) => String(f.id) === id), 1); record(account.name, 'delete_forward_target', `forward target ${id}`); return undefined; }],
    ['GET', /^\/api\/v1\/audit$/, ['admin'], ({ query }) => paged(audit.filter((e) => !query.get('actor') || e.actor === query.get('actor')), query)],
    ['GET', /^\/api\/v1\/proof$/, [], ({ visible }) => ({ chains: [...visible].map((tenant) => ({ tenant, class: 0, seals: 12, events: 786432, retired_events: 0, open_events: 1834, open_since: stamp(clock() - 600_000), last: { number: 12, events: 65536, first_seq: 720897, last_seq: 786432, received: stamp(clock() - 600_000), link: 'c0ffee00'.repeat(8), time_stamped: false } })), verification: proof.verification })],
    ['POST', /^\/api\/v1\/proof\/verifications$/, ['admin', 'analyst'], ({ visible, account }) => { proof.verification = { id: '1', state: 'done', started: stamp(clock()), finished: stamp(clock()), by: account.name, events_done: 788266, events_total: 788266, ok: true, chains: [...visible].map((tenant) => ({ tenant, class: 0, ok: true, segments: 13, events: 788266, retired_segments: 0, retired_events: 0, older_events: 0, time_stamps: 0, last_seal: 12, head: 'c0ffee00'.repeat(8), flaws: [] })) }; return [202, proof.verification]; }],
    ['GET', /^\/api\/v1\/retention$/, [], ({ visible }) => ({ items: [...visible].map((tenant) => proof.retention.get(tenant) ?? { tenant, days: 180, set_by_hand: false }) })],
    ['PUT', /^\/api\/v1\/tenants\/([^/]+)\/retention$/, ['admin'], ({ id, body, account }) => { const rule = { tenant: id, days: body.days, set_by_hand: true, ...(body.days < 180 ? { exception: { by: account.name, reason: body.reason, until: body.until } } : {}) }; proof.retention.set(id, rule); record(account.name, 'set_retention', 'retention class 0'); return rule; }],
    ['GET', /^\/api\/v1\/audit\/verify$/, ['admin'], () => ({ ok: true, entries: audit.length, head: 'c0ffee' })],
    ['PUT', /^\/api\/v1\/session\/password$/, [], ({ body }) => { if (body.old_password !== mockPassword) throw new Refusal(403, 'permission_denied', '当前密码不正确', ['old_password']); return undefined; }],
  ];

  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://mock');
    requestNumber += 1;
    const requestId = `mock-${requestNumber}`;
    response.setHeader('X-Request-Id', requestId);
    /** @param {number} status @param {unknown} [body] @param {Record<string, string>} [headers] */
    const send = (status, body, headers = {}) => { response.writeHead(status, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store', ...headers }); response.end(body === undefined ? undefined : JSON.stringify(body)); };
    try {
      const chunks = [];
      for await (const chunk of request) chunks.push(chunk);
      const text = Buffer.concat(chunks).toString();
      const body = text === '' ? {} : JSON.parse(text);
      if (url.pathname === '/__mock') { if (body.fail) fault.fail = new RegExp(body.fail); else delete fault.fail; fault.status = body.status ?? 500; fault.delayMs = body.delay_ms ?? 0; notices = body.notices ?? []; return send(204); }
      if (!url.pathname.startsWith('/api/')) {
        if (/^\/(healthz|readyz|metrics)$/.test(url.pathname)) return send(200, { ready: true, parts: [] });
        const wanted = normalize(join(dist, url.pathname));
        const file = wanted.startsWith(dist) && extname(wanted) !== '' ? wanted : join(dist, 'index.html');
        const content = await readFile(file).catch(() => undefined);
        if (!content) return send(404, { code: 'not_found', message: '先运行 npm run build', where: [], request_id: requestId });
        response.writeHead(200, { 'Content-Type': kinds[/** @type {keyof typeof kinds} */ (extname(file))] ?? 'application/octet-stream', 'Content-Security-Policy': "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:" });
        return response.end(content);
      }
      if (fault.delayMs > 0) await new Promise((done) => setTimeout(done, fault.delayMs));
      if (fault.fail?.test(url.pathname)) throw new Refusal(fault.status, fault.status === 504 ? 'timeout' : fault.status === 503 ? 'unavailable' : 'internal', '测试用的失败');
      if (url.pathname === '/api/v1/about') return send(200, { product: 'Shuwei', version: '0.1.0-mock', started: stamp(clock() - 7_200_000) });
      if (url.pathname === '/api/v1/session' && request.method === 'POST') {
        const account = accounts.find((a) => a.name === body.name && !a.disabled);
        if (!account || body.password !== mockPassword) { record(body.name, 'create_session', '', 'denied'); throw new Refusal(401, 'unauthenticated', '账号或密码不正确'); }
        const id = randomBytes(16).toString('hex');
        const csrf = randomBytes(16).toString('hex');
        sessions.set(id, { account, csrf });
        return send(200, { account, csrf_token: csrf, expires: stamp(clock() + 28_800_000) }, { 'Set-Cookie': `shuwei_session=${id}; HttpOnly; SameSite=Strict; Path=/` });
      }
      const cookie = /shuwei_session=([0-9a-f]+)/.exec(request.headers.cookie ?? '')?.[1] ?? '';
      const session = sessions.get(cookie);
      if (!session) throw new Refusal(401, 'unauthenticated', '请先登录');
      const { account, csrf } = session;
      if (request.method !== 'GET' && request.headers['x-csrf-token'] !== csrf) throw new Refusal(403, 'csrf', '缺少 X-CSRF-Token');
      if (url.pathname === '/api/v1/session') {
        if (request.method === 'DELETE') { sessions.delete(cookie); return send(204, undefined, { 'Set-Cookie': 'shuwei_session=; Max-Age=0; Path=/' }); }
        return send(200, { account, csrf_token: csrf, expires: stamp(clock() + 28_800_000) });
      }
      const visible = scope(account, url.searchParams.get('tenant'));
      if (url.pathname === '/api/v1/stream') {
        response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
        response.write(': connected\n\n');
        const one = { response, account };
        streams.add(one);
        request.on('close', () => streams.delete(one));
        return undefined;
      }
      for (const [method, pattern, roles, handler] of routes) {
        const match = method === request.method ? pattern.exec(url.pathname) : null;
        if (!match) continue;
        if (roles.length > 0 && !roles.includes(account.role)) throw new Refusal(403, 'permission_denied', '没有权限');
        const answer = handler({ account, query: url.searchParams, body, visible, id: decodeURIComponent(match[1] ?? ''), rest: decodeURIComponent(match[2] ?? ''), response });
        if (answer === answered) return undefined;
        if (answer === undefined) return send(204);
        return Array.isArray(answer) ? send(answer[0], answer[1]) : send(200, answer);
      }
      throw new Refusal(404, 'not_found', '没有这个接口');
    } catch (error) {
      if (error instanceof Refusal) return send(error.status, { code: error.code, message: error.message, where: error.where, request_id: requestId });
      return send(500, { code: 'internal', message: String(error), where: [], request_id: requestId });
    }
  });
  return {
    /** @param {number} [port] @returns {Promise<string>} */
    start: (port = 0) => new Promise((done, failed) => {
      server.once('error', failed);
      server.listen(port, '127.0.0.1', () => { const address = server.address(); done(`http://127.0.0.1:${address && typeof address === 'object' ? address.port : port}`); });
    }),
    stop: () => new Promise((done) => { for (const timer of timers) clearInterval(timer); for (const { response } of streams) response.end(); server.closeAllConnections(); server.close(() => done(undefined)); }),
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const scale = process.env.MOCK_SCALE;
  const mock = makeMock({ scale: scale === 'empty' || scale === 'many' ? scale : 'normal' });
  console.log(`${await mock.start(Number(process.env.PORT ?? 8719))}  admin / analyst / expert / client, password ${mockPassword}`);
}
