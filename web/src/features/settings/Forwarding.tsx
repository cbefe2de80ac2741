import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Button, Checkbox, Form, Input, Modal, Popconfirm, Select } from 'antd';
import { Plus } from 'lucide-react';
import { useState } from 'react';
import { errorText } from '@/components/errors';
import { Empty, Loaded } from '@/components/States';
import { Age } from '@/components/Time';
import { call } from '@/lib/api/client';
import { useTenantName } from '@/lib/api/queries';
import type { ForwardTarget } from '@/lib/api/types';
import { formatCount, formatRate } from '@/lib/format';
import { useT } from '@/lib/i18n';
import { useTenant } from '@/lib/scope';
import { useMe } from '@/lib/session';

const kinds = ['syslog_tcp', 'syslog_tls', 'syslog_udp', 'http', 'kafka', 'nats'] as const;
const lagWarning = 300;
const alarming = { color: 'var(--critical)' };

interface Values extends Pick<ForwardTarget, 'name' | 'kind' | 'format' | 'address' | 'topic' | 'filter' | 'user' | 'mechanism' | 'tls' | 'verify' | 'authorities' | 'certificate'> {
  password?: string; key?: string; since?: string;
}
const empty: Values = { name: '', kind: 'syslog_tcp', format: 'raw', address: '', topic: '', filter: '', user: '', mechanism: '', tls: false, verify: true, authorities: '', certificate: '' };

/** What the form says, as the interface takes it: secrets only when typed. */
function bodyOf(values: Values) {
  const { password, key, since: _, ...settings } = { ...empty, ...values };
  const bus = settings.kind === 'kafka' || settings.kind === 'nats';
  return { ...settings, topic: bus ? settings.topic : '', tls: bus && settings.tls, ...(password ? { password } : {}), ...(key ? { key } : {}) };
}

function State({ target }: { target: ForwardTarget }) {
  const t = useT();
  const lag = target.lag_s >= lagWarning;
  return (
    <div className="stack" style={{ gap: 2 }}>
      <span style={target.state === 'retrying' || lag ? alarming : {}}>{t(`forward.state.${target.state}`)}</span>
      {target.lag_events > 0 && <span className={lag ? '' : 'secondary'} style={lag ? alarming : {}}>{t('forward.lag', { n: formatCount(target.lag_events) })}{target.lag_s >= 1 && ` · ${t('forward.lag_s', { s: formatCount(Math.round(target.lag_s)) })}`}</span>}
      {target.last_error && <span className="secondary" title={target.last_error} style={{ maxWidth: 320, overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' }}>{target.last_error_at && <><Age at={target.last_error_at} /> · </>}{target.last_error}</span>}
    </div>
  );
}

function TargetForm({ target, close }: { target?: ForwardTarget; close: () => void }) {
  const t = useT();
  const client = useQueryClient();
  const { message } = App.useApp();
  const [tenant] = useTenant();
  const [form] = Form.useForm<Values>();
  const kind = Form.useWatch('kind', form) ?? target?.kind ?? empty.kind;
  const bus = kind === 'kafka' || kind === 'nats';
  const tls = Form.useWatch('tls', form) ?? target?.tls;
  const secure = kind === 'syslog_tls' || kind === 'http' || (bus && tls);
  const query = tenant ? { tenant } : {};
  const save = useMutation({
    mutationFn: (v: Values) => (target
      ? call('patch', '/api/v1/forward_targets/{target_id}', { path: { target_id: target.id }, body: bodyOf(v) })
      : call('post', '/api/v1/forward_targets', { query, body: { ...bodyOf(v), ...(v.since ? { since: new Date(v.since).toISOString() } : {}) } })),
    onSuccess: () => { close(); void client.invalidateQueries({ queryKey: ['forward'] }); },
    onError: (error) => void message.error(errorText(t, error)),
  });
  const test = useMutation({
    mutationFn: (v: Values) => call('post', '/api/v1/forward_targets/test', { query, body: { ...bodyOf(v), ...(target ? { id: target.id } : {}) } }),
    onSuccess: (result) => void (result.ok ? message.success(t('forward.test_ok')) : message.error(t('forward.test_failed', { why: result.message }), 8)),
    onError: (error) => void message.error(errorText(t, error)),
  });
  const required = [{ required: true, whitespace: true, message: t('form.required') }];
  return (
    <Modal open width={640} title={t(target ? 'forward.edit' : 'forward.new')} onCancel={close} destroyOnHidden
      footer={[
        <Button key="test" loading={test.isPending} onClick={() => void form.validateFields().then((v) => test.mutate(v), () => undefined)}>{t('forward.test')}</Button>,
        <Button key="cancel" onClick={close}>{t('act.cancel')}</Button>,
        <Button key="save" type="primary" loading={save.isPending} onClick={() => form.submit()}>{t('act.save')}</Button>,
      ]}>
      <Form form={form} layout="vertical" requiredMark={false} initialValues={target ?? empty} onFinish={(v) => save.mutate(v)}>
        <Form.Item name="name" label={t('forward.name')} rules={required}><Input autoFocus maxLength={64} /></Form.Item>
        <Form.Item name="kind" label={t('forward.kind')}><Select options={kinds.map((value) => ({ value, label: t(`forward.kind.${value}`) }))} /></Form.Item>
        <Form.Item name="address" label={t('forward.address')} rules={required} extra={t(kind === 'http' ? 'forward.address_http' : bus ? 'forward.address_bus' : 'forward.address_syslog')}><Input autoCapitalize="none" maxLength={1024} /></Form.Item>
        {bus && <Form.Item name="topic" label={t(kind === 'kafka' ? 'forward.topic' : 'forward.subject')} rules={required}><Input maxLength={249} /></Form.Item>}
        <Form.Item name="format" label={t('forward.format')} extra={kind === 'syslog_udp' ? t('forward.udp_note') : kind === 'syslog_tcp' || kind === 'syslog_tls' ? t('forward.tcp_note') : undefined}
          rules={[{ validator: (_, value) => (kind === 'http' && value === 'raw' ? Promise.reject(new Error(t('forward.http_raw'))) : Promise.resolve()) }]} dependencies={['kind']}>
          <Select options={(['raw', 'json', 'cef'] as const).map((value) => ({ value, label: t(`forward.format.${value}`) }))} />
        </Form.Item>
        <Form.Item name="filter" label={t('forward.filter')} extra={t('forward.filter_note')}><Input className="mono" placeholder="event.outcome:failure" maxLength={32768} /></Form.Item>
        {!target && <Form.Item name="since" label={t('forward.since')} extra={t('forward.since_note')}><Input type="datetime-local" /></Form.Item>}
        {(kind === 'http' || bus) && <>
          <Form.Item name="user" label={t('forward.user')}><Input autoComplete="off" maxLength={256} /></Form.Item>
          <Form.Item name="password" label={t('forward.password')} extra={target?.has_password ? t('forward.kept') : undefined}><Input.Password autoComplete="new-password" maxLength={4096} /></Form.Item>
        </>}
        {kind === 'kafka' && <Form.Item name="mechanism" label="SASL"><Select options={[{ value: '', label: 'SCRAM-SHA-256' }, { value: 'SCRAM-SHA-512', label: 'SCRAM-SHA-512' }, { value: 'PLAIN', label: 'PLAIN' }]} /></Form.Item>}
        {bus && <Form.Item name="tls" valuePropName="checked"><Checkbox>TLS</Checkbox></Form.Item>}
        {secure && <>
          <Form.Item name="verify" valuePropName="checked"><Checkbox>{t('forward.verify')}</Checkbox></Form.Item>
          <Form.Item name="authorities" label={t('forward.authorities')}><Input.TextArea className="mono" rows={2} /></Form.Item>
          <Form.Item name="certificate" label={t('forward.certificate')}><Input.TextArea className="mono" rows={2} /></Form.Item>
          <Form.Item name="key" label={t('forward.key')} extra={target?.has_key ? t('forward.kept') : undefined}><Input.TextArea className="mono" rows={2} /></Form.Item>
        </>}
      </Form>
    </Modal>
  );
}

export function Forwarding() {
  const t = useT();
  const me = useMe();
  const client = useQueryClient();
  const { message } = App.useApp();
  const [tenant] = useTenant();
  const nameOf = useTenantName();
  const [open, setOpen] = useState<ForwardTarget | 'new'>();
  const targets = useQuery({ queryKey: ['forward', tenant], refetchInterval: 3000, queryFn: ({ signal }) => call('get', '/api/v1/forward_targets', { query: tenant ? { tenant } : {}, signal }) });
  const settle = { onSuccess: () => void client.invalidateQueries({ queryKey: ['forward'] }), onError: (error: unknown) => void message.error(errorText(t, error)) };
  const pause = useMutation({ mutationFn: (target: ForwardTarget) => call('patch', '/api/v1/forward_targets/{target_id}', { path: { target_id: target.id }, body: { paused: !target.paused } }), ...settle });
  const remove = useMutation({ mutationFn: (id: number) => call('delete', '/api/v1/forward_targets/{target_id}', { path: { target_id: id } }), ...settle });
  return (
    <>
      <div className="settings-head"><h2>{t('settings.forward')}</h2>{me.isAdmin && <Button className="end" type="primary" icon={<Plus size={14} />} onClick={() => setOpen('new')}>{t('forward.new')}</Button>}</div>
      <div className="settings-list" style={{ overflow: 'auto' }}>
        <Loaded query={targets} what={t('settings.forward')}>
          {(data) => (data.items.length === 0 ? <Empty inline say={t('forward.none')} /> : (
            <table className="plain-table">
              <thead><tr><th>{t('forward.name')}</th><th>{t('forward.to')}</th><th>{t('forward.filter')}</th><th>{t('forward.delivered')}</th><th>{t('forward.state')}</th><th /></tr></thead>
              <tbody>{data.items.map((target) => (
                <tr key={target.id}>
                  <td>{target.name}<div className="faint">{nameOf(target.tenant)}{target.origin === 'file' && ` · ${t('forward.from_file')}`}</div></td>
                  <td>{t(`forward.kind.${target.kind}`)} · {target.format.toUpperCase()}<div className="mono faint">{target.address}{target.topic && ` ${target.topic}`}</div></td>
                  <td className="mono">{target.filter || <span className="secondary">{t('forward.everything')}</span>}</td>
                  <td>{formatCount(target.delivered_events)}<div className="faint">{formatRate(target.events_per_second)}/s{target.refused > 0 && ` · ${t('forward.refused', { n: formatCount(target.refused) })}`}</div></td>
                  <td><State target={target} /></td>
                  <td className="acts">{me.isAdmin && <>
                    <Button size="small" type="text" onClick={() => pause.mutate(target)}>{t(target.paused ? 'forward.resume' : 'forward.pause')}</Button>
                    {target.origin === 'page' && <Button size="small" type="text" onClick={() => setOpen(target)}>{t('forward.edit')}</Button>}
                    {target.origin === 'page' && <Popconfirm title={t('forward.remove_sure', { name: target.name })} okText={t('forward.remove')} cancelText={t('act.cancel')} onConfirm={() => remove.mutate(target.id)}><Button size="small" type="text" danger>{t('forward.remove')}</Button></Popconfirm>}
                  </>}</td>
                </tr>
              ))}</tbody>
            </table>
          ))}
        </Loaded>
      </div>
      {open && <TargetForm {...(open === 'new' ? {} : { target: open })} close={() => setOpen(undefined)} />}
    </>
  );
}
