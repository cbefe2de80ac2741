import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Button, Form, Input, InputNumber, Modal } from 'antd';
import { ShieldCheck, ShieldX } from 'lucide-react';
import { useState } from 'react';
import { errorText } from '@/components/errors';
import { Loaded } from '@/components/States';
import { Time } from '@/components/Time';
import { call } from '@/lib/api/client';
import { useTenants } from '@/lib/api/queries';
import type { components } from '@/lib/api/schema.gen';
import { formatCount } from '@/lib/format';
import { useT } from '@/lib/i18n';
import { useTenant } from '@/lib/scope';
import { useMe } from '@/lib/session';

type Verification = components['schemas']['Verification'];
type Rule = components['schemas']['RetentionRule'];

function Outcome({ of }: { of: Verification }) {
  const t = useT();
  if (of.state === 'none') return <span className="secondary">{t('proof.never')}</span>;
  if (of.state === 'running') return <span className="secondary">{t('proof.running', { done: formatCount(of.events_done ?? 0), total: formatCount(of.events_total ?? 0) })}</span>;
  if (of.state === 'failed') return <span style={{ color: 'var(--critical)' }}>{of.error}</span>;
  const events = (of.chains ?? []).reduce((sum, chain) => sum + chain.events, 0);
  return (
    <span className="row tight" style={{ color: of.ok ? 'var(--good)' : 'var(--critical)' }}>
      {of.ok ? <ShieldCheck size={16} /> : <ShieldX size={16} />}{of.ok ? t('proof.whole', { n: formatCount(events) }) : t('proof.broken')}
      {of.finished && <span className="secondary"><Time at={of.finished} precision="minute" /></span>}
    </span>
  );
}

interface Change { days: number; reason?: string; until?: string }

function Retention() {
  const t = useT();
  const me = useMe();
  const [tenant] = useTenant();
  const client = useQueryClient();
  const { message } = App.useApp();
  const tenants = useTenants();
  const rules = useQuery({ queryKey: ['retention', tenant], queryFn: ({ signal }) => call('get', '/api/v1/retention', { query: { tenant }, signal }) });
  const [changing, setChanging] = useState<Rule>();
  const [form] = Form.useForm<Change>();
  const days = Form.useWatch('days', form);
  const save = useMutation({
    mutationFn: (v: Change) => call('put', '/api/v1/tenants/{name}/retention', { path: { name: changing!.tenant }, body: v.days < 180 ? { days: v.days, reason: v.reason ?? '', until: `${v.until}T00:00:00Z` } : { days: v.days } }),
    onSuccess: () => { setChanging(undefined); void client.invalidateQueries({ queryKey: ['retention'] }); },
    onError: (error) => void message.error(errorText(t, error)),
  });
  const title = (name: string) => tenants.data?.items.find((item) => item.name === name)?.display_name ?? name;
  return (
    <>
      <div className="settings-head"><h2>{t('retention.title')}</h2></div>
      <Loaded query={rules} what={t('retention.title')}>
        {(data) => (
          <table className="plain-table">
            <thead><tr><th>{t('settings.tenants')}</th><th>{t('retention.days')}</th><th>{t('retention.exception')}</th><th /></tr></thead>
            <tbody>{data.items.map((rule) => (
              <tr key={rule.tenant}>
                <td>{title(rule.tenant)}</td>
                <td>{rule.days}</td>
                <td>{rule.exception ? <span>{rule.exception.reason} · {rule.exception.by} · <Time at={rule.exception.until} precision="minute" /></span> : <span className="secondary">—</span>}</td>
                <td className="acts">{me.isAdmin && <Button size="small" onClick={() => { form.setFieldsValue({ days: rule.days, reason: '', until: '' }); setChanging(rule); }}>{t('retention.change')}</Button>}</td>
              </tr>
            ))}</tbody>
          </table>
        )}
      </Loaded>
      <Modal open={changing !== undefined} title={changing && `${t('retention.title')} · ${title(changing.tenant)}`} okText={t('retention.change')} cancelText={t('act.cancel')} onCancel={() => setChanging(undefined)} onOk={() => form.submit()} confirmLoading={save.isPending} forceRender>
        <Form form={form} layout="vertical" requiredMark={false} onFinish={(v) => save.mutate(v)}>
          <Form.Item name="days" label={t('retention.days')} extra={t('retention.law')} rules={[{ required: true, message: t('form.required') }]}><InputNumber min={1} max={36500} precision={0} /></Form.Item>
          {days < 180 && <Form.Item name="reason" label={t('retention.reason')} rules={[{ required: true, whitespace: true, message: t('form.required') }]}><Input maxLength={1024} /></Form.Item>}
          {days < 180 && <Form.Item name="until" label={t('retention.until')} rules={[{ required: true, message: t('form.required') }]}><Input type="date" /></Form.Item>}
        </Form>
      </Modal>
    </>
  );
}

export function Proof() {
  const t = useT();
  const me = useMe();
  const [tenant] = useTenant();
  const client = useQueryClient();
  const { message } = App.useApp();
  const tenants = useTenants();
  const proof = useQuery({
    queryKey: ['proof', tenant],
    queryFn: ({ signal }) => call('get', '/api/v1/proof', { query: { tenant }, signal }),
    refetchInterval: (query) => (query.state.data?.verification.state === 'running' ? 1000 : 30_000),
  });
  const verify = useMutation({
    mutationFn: () => call('post', '/api/v1/proof/verifications', { query: { tenant }, body: {} }),
    onSuccess: () => void client.invalidateQueries({ queryKey: ['proof'] }),
    onError: (error) => void message.error(errorText(t, error)),
  });
  const title = (name: string) => tenants.data?.items.find((item) => item.name === name)?.display_name ?? name;
  const running = proof.data?.verification.state === 'running';
  const flaws = (proof.data?.verification.chains ?? []).flatMap((chain) => chain.flaws.map((flaw) => ({ ...flaw, tenant: chain.tenant })));
  return (
    <div style={{ overflow: 'auto', paddingBottom: 24 }}>
      <div className="settings-head">
        <h2>{t('settings.proof')}</h2>
        <span className="end row">
          {proof.data && <Outcome of={proof.data.verification} />}
          {me.canJudge && <Button loading={running || verify.isPending} onClick={() => verify.mutate()}>{t('proof.verify')}</Button>}
        </span>
      </div>
      {flaws.length > 0 && (
        <table className="plain-table" aria-label={t('proof.broken')}>
          <tbody>{flaws.map((flaw) => <tr key={`${flaw.tenant} ${flaw.kind} ${flaw.seq} ${flaw.segment}`}><td>{title(flaw.tenant)}</td><td><span className="chip bad">{t(`proof_flaw.${flaw.kind}`)}</span></td><td className="mono">{flaw.seq ?? ''}</td><td className="secondary">{flaw.message}</td></tr>)}</tbody>
        </table>
      )}
      <Loaded query={proof} what={t('settings.proof')}>
        {(data) => (
          <table className="plain-table">
            <thead><tr><th>{t('settings.tenants')}</th><th>{t('proof.last')}</th><th>{t('proof.sealed')}</th><th>{t('proof.open')}</th><th>{t('proof.retired')}</th><th>{t('proof.head')}</th></tr></thead>
            <tbody>{data.chains.map((chain) => (
              <tr key={`${chain.tenant} ${chain.class}`}>
                <td>{title(chain.tenant)}</td>
                <td>{chain.last ? <>#{chain.last.number} · <Time at={chain.last.received} precision="minute" /></> : '—'}</td>
                <td>{formatCount(chain.events)}</td>
                <td>{formatCount(chain.open_events)}</td>
                <td>{formatCount(chain.retired_events)}</td>
                <td className="mono secondary" title={chain.last?.link}>{chain.last?.link.slice(0, 16) ?? '—'}</td>
              </tr>
            ))}</tbody>
          </table>
        )}
      </Loaded>
      <Retention />
    </div>
  );
}
