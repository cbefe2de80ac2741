// @vitest-environment node
// The mock server answers as the contract says; what the pages are tried on is what the real server must give.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeContract } from '../e2e/contract.mjs';
import { makeMock, mockPassword } from '../mock/server.mjs';

const contract = makeContract(readFileSync(new URL('../../api/openapi.yaml', import.meta.url), 'utf8'));

describe('the contract itself', () => {
  it('gives every operation an id, roles or public, a tenant scope, a tag and a summary', () => {
    const ids = new Set<string>();
    for (const { id, operation } of contract.operations) {
      expect(id).toMatch(/^[a-z][a-z0-9_]*$/);
      expect(ids.has(id)).toBe(false);
      ids.add(id);
      expect([id, operation['x-public'] === true, Array.isArray(operation['x-roles'])].slice(1)).toContain(true);
      expect(['query', 'none']).toContain(operation['x-tenant']);
      expect(operation.tags?.length).toBe(1);
      expect(operation.summary).toBeTruthy();
      expect(operation.responses.default ?? operation.responses['503']).toBeTruthy();
    }
  });
});

describe('the check of answers', () => {
  it('sees what is missing, of the wrong kind, or not agreed', () => {
    const tenant = { name: 'a', display_name: 'A' };
    expect(contract.problems('GET', '/api/v1/tenants?x=1', 200, { items: [tenant] })).toEqual([]);
    expect(contract.problems('GET', '/api/v1/tenants', 200, { items: [{ name: 'a' }] })).toHaveLength(1);
    expect(contract.problems('GET', '/api/v1/tenants', 200, { items: [{ ...tenant, zone: 8 }] })).toHaveLength(1);
    expect(contract.problems('GET', '/api/v1/tenants', 200, { items: [{ ...tenant, secret: 'x' }] })).toHaveLength(1);
    expect(contract.problems('GET', '/api/v1/tenants', 418, {})).toHaveLength(4);
    expect(contract.problems('GET', '/api/v1/nothing', 200, {})).toHaveLength(1);
    expect(contract.problems('DELETE', '/api/v1/session', 204, undefined)).toEqual([]);
  });
});

describe.each(['normal', 'empty'] as const)('the mock, %s', (scale) => {
  const mock = makeMock({ scale, live: false, now: Date.parse('2026-11-21T10:00:00Z') });
  let url = '';
  let headers: Record<string, string> = {};
  beforeAll(async () => {
    url = await mock.start();
    const response = await fetch(`${url}/api/v1/session`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ name: 'admin', password: mockPassword }) });
    const session = await response.json() as { csrf_token: string };
    headers = { Cookie: response.headers.get('set-cookie')!.split(';')[0]!, 'X-CSRF-Token': session.csrf_token, 'Content-Type': 'application/json' };
  });
  afterAll(async () => { await mock.stop(); });

  const ask = async (method: string, path: string, body?: unknown) => {
    const response = await fetch(url + path, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    const text = await response.text();
    const answer: unknown = text === '' ? undefined : JSON.parse(text);
    expect(contract.problems(method, path, response.status, answer)).toEqual([]);
    return { status: response.status, answer: answer as any };
  };

  it('answers every read as agreed', async () => {
    for (const path of ['/api/v1/session', '/api/v1/about', '/api/v1/tenants', '/api/v1/accounts', '/api/v1/accounts/analyst/tokens', '/api/v1/assignees', '/api/v1/fields', '/api/v1/packs', '/api/v1/packs/linux-sshd', '/api/v1/user-packs', '/api/v1/rules', '/api/v1/overview', '/api/v1/alerts', '/api/v1/cases', '/api/v1/sources', '/api/v1/audit', '/api/v1/audit/verify', '/api/v1/proof', '/api/v1/retention', '/api/v1/events/suggest?field=source.ip']) {
      expect((await ask('GET', path)).status).toBe(200);
    }
    await ask('POST', '/api/v1/events/search', { query: 'event.outcome:failure', limit: 20 });
    await ask('POST', '/api/v1/events/histogram', { query: '', since: '2026-11-20T10:00:00Z', until: '2026-11-21T10:00:00Z', split: 'event.outcome' });
    await ask('POST', '/api/v1/events/field_stats', { query: '' });
    await ask('POST', '/api/v1/events/field_stats', { query: '', field: 'source.ip' });
    for (const query of ['a:b', 'a:', '(a:b', 'x and', '"open']) await ask('POST', '/api/v1/events/query_check', { query });
    const alerts = (await ask('GET', '/api/v1/alerts')).answer.items;
    for (const alert of alerts.slice(0, 3)) for (const tail of ['', '/events', '/similar']) await ask('GET', `/api/v1/alerts/${alert.id}${tail}`);
    const cases = (await ask('GET', '/api/v1/cases')).answer.items;
    for (const one of cases.slice(0, 3)) for (const tail of ['', '/timeline', '/alerts']) await ask('GET', `/api/v1/cases/${one.number}${tail}`);
    expect(alerts.length > 0).toBe(scale === 'normal');
  });
  it('answers refusals as agreed', async () => {
    expect((await ask('GET', '/api/v1/alerts/999999')).status).toBe(404);
    expect((await ask('GET', '/api/v1/alerts?tenant=nobody')).status).toBe(404);
    expect((await ask('POST', '/api/v1/events/search', { query: 'a:' })).status).toBe(400);
    expect((await ask('POST', '/api/v1/tenants', { name: scale === 'normal' ? 'hospital' : 'default', display_name: 'x' })).status).toBe(409);
  });
  it('works a case through', async () => {
    const made = (await ask('POST', '/api/v1/cases', { title: '核对一次异常登录', level: 'general' })).answer;
    await ask('PATCH', `/api/v1/cases/${made.number}`, { owner: 'analyst', state: 'in_progress' });
    await ask('POST', `/api/v1/cases/${made.number}/notes`, { text: '已联系' });
    const done = (await ask('PATCH', `/api/v1/cases/${made.number}`, { state: 'resolved', verdict: 'benign' })).answer;
    expect(done.clocks.map((c: { state: string }) => c.state)).toEqual(['met', 'met']);
    expect((await ask('GET', `/api/v1/cases/${made.number}/timeline`)).answer.items.map((e: { kind: string }) => e.kind)).toContain('note');
  });
});
