import { describe, expect, it } from 'vitest';
import { fitting, type Column } from '@/components/DataList';
import { leadingClock, slaLook } from '@/components/SlaChip';
import { entrySentence, nextStates } from '@/components/case/words';
import { safeNext } from '@/features/signin/SignInPage';
import { reachable } from '@/features/sources/AddSource';
import { buildQueue } from '@/features/watch/queue';
import { caseStates, type Alert, type Case, type Clock } from '@/lib/api/types';
import { change, formatBytes, formatCompact, formatShare } from '@/lib/format';
import { translate } from '@/lib/i18n';
import { en } from '@/lib/i18n/en';
import { zh } from '@/lib/i18n/zh';

const now = Date.parse('2026-11-21T10:00:00Z');
const at = (minutes: number) => new Date(now + minutes * 60_000).toISOString();
const clock = (part: Partial<Clock>): Clock => ({ name: 'fix', state: 'running', started: at(-60), due: at(60), total_s: 7200, remaining_s: 3600, ...part });

describe('SLA clocks', () => {
  it.each<[string, Partial<Clock>, string]>([
    ['running', {}, 'running'], ['under a quarter', { due: at(29) }, 'risk'], ['past its time though the server has not said so', { due: at(-1) }, 'missed'], ['missed', { state: 'missed', due: at(-5) }, 'missed'],
    ['paused', { state: 'paused', due: at(-5) }, 'paused'], ['met', { state: 'met', stopped: at(-5) }, 'met'],
  ])('%s', (_, part, look) => { expect(slaLook(clock(part), now).look).toBe(look); });
  it('counts up from its due time when missed, and stands still when done late', () => {
    expect(slaLook(clock({ state: 'missed', due: at(-5) }), now).remaining).toBe(-300);
    expect(slaLook(clock({ state: 'missed', due: at(-50), stopped: at(-40), remaining_s: -600 }), now).remaining).toBe(-600);
  });
  it('leads with the missed one, then the nearest', () => {
    const clocks = [clock({ due: at(10) }), clock({ name: 'respond', due: at(-3), state: 'missed' }), clock({ name: 'diagnose', state: 'met', stopped: at(-9) })];
    expect(leadingClock(clocks, now)?.name).toBe('respond');
    expect(leadingClock([clock({ state: 'met', stopped: at(0) })], now)).toBeUndefined();
  });
});

const someCase = (part: Partial<Case>): Case => ({ number: 'SW-1', tenant: 't', title: 'x', severity: 'low', level: 'general', state: 'new', verdict: 'undetermined', opened: at(-9), updated: at(-9), clocks: [], alert_count: 0, entities: {}, ...part });
const someAlert = (part: Partial<Alert>): Alert => ({ id: 1, tenant: 't', rule_id: 'r', rule_title: 'x', severity: 'low', state: 'open', verdict: 'undetermined', count: 1, first_seen: at(-9), last_seen: at(-9), entities: {}, tags: [], ...part });

describe('the queue', () => {
  const cases = [someCase({ number: 'other', owner: { name: 'b', display_name: 'B' }, severity: 'critical' }), someCase({ number: 'mine', owner: { name: 'a', display_name: 'A' } }), someCase({ number: 'late', clocks: [clock({ due: at(-2) })] })];
  const alerts = [someAlert({ id: 1, severity: 'critical' }), someAlert({ id: 2, case_number: 'mine' })];
  it('puts mine first, then the unowned with missed clocks before severity, then the others', () => {
    expect(buildQueue(cases, alerts, { name: 'a', canJudge: true }, now).map((r) => r.key)).toEqual(['mine', 'late', 'a1', 'other']);
  });
  it('asks nothing of a client', () => {
    expect(new Set(buildQueue(cases, alerts, { name: 'c', canJudge: false }, now).map((r) => r.group))).toEqual(new Set(['cases', 'alerts']));
  });
});

describe('words', () => {
  const t = (key: Parameters<typeof translate>[1], values?: Record<string, string | number>) => translate('zh', key, values);
  it('makes a sentence of a change', () => {
    const entry = { id: 1, at: at(0), actor: { kind: 'person' as const, name: 'a' }, kind: 'state' as const, from: 'new', to: 'in_progress' };
    expect(entrySentence(t, entry, (n) => n)).toBe('将状态由“新建”改为“处置中”');
    expect(entrySentence(t, { ...entry, kind: 'clock_missed', from: 'fix', to: undefined }, (n) => n)).toBe('“处置”超时');
  });
  it('shows what a newer server says by its name', () => { expect(translate('zh', 'case_state.frozen' as never)).toBe('frozen'); });
  it('leads on from every state', () => { for (const state of caseStates) expect(nextStates[state].length).toBeGreaterThan(0); });
  it('uses the same placeholders in both languages', () => {
    const holes = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((m) => m[1]).sort().join();
    for (const key of Object.keys(zh) as (keyof typeof zh)[]) expect([key, holes(en[key])]).toEqual([key, holes(zh[key])]);
  });
});

describe('small things that would hurt', () => {
  it('goes only to this site after signing in', () => {
    expect(safeNext('/cases/SW-1?tab=alerts')).toBe('/cases/SW-1?tab=alerts');
    for (const bad of ['//evil.example', '/\\evil.example', 'https://evil.example', null, '/signin?next=/']) expect(safeNext(bad)).toBe('/watch');
  });
  it('names an address that a device can reach', () => {
    expect(reachable('0.0.0.0:5514', 'siem.example')).toEqual({ host: 'siem.example', port: '5514' });
    expect(reachable('[::]:514', 'siem.example')).toEqual({ host: 'siem.example', port: '514' });
    expect(reachable('10.0.0.9:514', 'x')).toEqual({ host: '10.0.0.9', port: '514' });
  });
  it('drops roomy columns only when it must', () => {
    const column = (key: string, width: string, roomy?: number): Column<number> => ({ key, width, title: key, render: () => null, ...(roomy ? { roomy } : {}) });
    const columns = [column('a', '100px'), column('b', 'minmax(100px, 1fr)', 1), column('c', '100px', 2)];
    expect(fitting(columns, 300).map((c) => c.key)).toEqual(['a', 'b', 'c']);
    expect(fitting(columns, 250).map((c) => c.key)).toEqual(['a', 'b']);
    expect(fitting(columns, 10).map((c) => c.key)).toEqual(['a']);
  });
  it('writes figures', () => {
    expect([0, 9.94, 1234, 12_345, 7_410_000].map((n) => formatCompact(n, 'zh'))).toEqual(['0', '9.9', '1,234', '1.2万', '741万']);
    expect([0, 1023, 1_500_000].map(formatBytes)).toEqual(['0 B', '1 KB', '1.4 MB']);
    expect([0, 0.0004, 0.056, 1].map(formatShare)).toEqual(['0%', '<0.1%', '5.6%', '100%']);
    expect([change(11, 10), change(5, 0), change(5, undefined)]).toEqual([10, undefined, undefined]);
  });
});
