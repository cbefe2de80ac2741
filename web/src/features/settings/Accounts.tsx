import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert as Notice, App, Button, Dropdown, Form, Input, Modal, Segmented, Select, Switch } from 'antd';
import { MoreHorizontal, Plus } from 'lucide-react';
import { useState } from 'react';
import { copyText } from '@/components/copy';
import { errorText } from '@/components/errors';
import { Loaded } from '@/components/States';
import { Age } from '@/components/Time';
import { call } from '@/lib/api/client';
import { useTenantName, useTenants } from '@/lib/api/queries';
import type { Account, Role } from '@/lib/api/types';
import { useT } from '@/lib/i18n';
import { useMe } from '@/lib/session';
import { Tokens } from './Tokens';

/** A password nobody has to think of: 20 characters without look-alikes. */
function makePassword(): string {
  const letters = 'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789';
  const limit = 256 - (256 % letters.length);
  let result = '';
  while (result.length < 20) for (const byte of crypto.getRandomValues(new Uint8Array(32))) if (byte < limit && result.length < 20) result += letters[byte % letters.length];
  return result;
}

export function Accounts() {
  const t = useT();
  const me = useMe();
  const client = useQueryClient();
  const { message } = App.useApp();
  const tenantName = useTenantName();
  const accounts = useQuery({ queryKey: ['accounts'], queryFn: ({ signal }) => call('get', '/api/v1/accounts', { signal }) });
  const [creating, setCreating] = useState(false);
  const [tokensOf, setTokensOf] = useState<Account>();
  const [reset, setReset] = useState<Account>();
  const [shown, setShown] = useState<{ name: string; password: string }>();
  const update = useMutation({
    mutationFn: ({ name, disabled }: { name: string; disabled: boolean }) => call('patch', '/api/v1/accounts/{name}', { path: { name }, body: { disabled } }),
    onSuccess: () => void client.invalidateQueries({ queryKey: ['accounts'] }),
    onError: (error) => void message.error(errorText(t, error)),
  });
  const renew = useMutation({
    mutationFn: async (name: string) => { const password = makePassword(); await call('put', '/api/v1/accounts/{name}/password', { path: { name }, body: { password } }); return { name, password }; },
    onSuccess: (result) => { setReset(undefined); setShown(result); },
    onError: (error) => void message.error(errorText(t, error)),
  });
  return (
    <>
      <div className="settings-head"><h2>{t('settings.accounts')}</h2><Button className="end" type="primary" icon={<Plus size={14} />} onClick={() => setCreating(true)}>{t('account.new')}</Button></div>
      <div className="settings-list" style={{ overflow: 'auto' }}>
        <Loaded query={accounts} what={t('settings.accounts')}>
          {(data) => (
            <table className="plain-table">
              <thead><tr><th>{t('account.name')}</th><th>{t('account.role')}</th><th>{t('account.tenants')}</th><th>{t('account.last_login')}</th><th>{t('account.enabled')}</th><th /></tr></thead>
              <tbody>
                {data.items.map((a) => (
                  <tr key={a.name}>
                    <td>{a.display_name} <span className="faint mono">{a.name}</span></td>
                    <td>{t(`role.${a.role}`)}</td>
                    <td>{a.all_tenants || a.role === 'admin' ? t('tenant.all') : a.tenants.map(tenantName).join('、')}</td>
                    <td className="secondary">{a.last_login ? <Age at={a.last_login} /> : '—'}</td>
                    <td><Switch size="small" checked={!a.disabled} disabled={a.name === me.name} loading={update.isPending && update.variables?.name === a.name} aria-label={t('account.enabled')} onChange={(on) => update.mutate({ name: a.name, disabled: !on })} /></td>
                    <td className="acts">
                      <Button size="small" type="text" onClick={() => setTokensOf(a)}>{t('token.list')}</Button>
                      <Dropdown trigger={['click']} menu={{ items: [{ key: 'reset', label: t('account.reset') }], onClick: () => setReset(a) }}><Button size="small" type="text" aria-label={t('act.more')} icon={<MoreHorizontal size={14} />} /></Dropdown>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          )}
        </Loaded>
      </div>
      <NewAccount open={creating} onClose={() => setCreating(false)} onMade={(name, password) => { setCreating(false); setShown({ name, password }); }} />
      <Modal open={reset !== undefined} title={t('account.reset')} okText={t('account.reset')} cancelText={t('act.cancel')} confirmLoading={renew.isPending} onCancel={() => setReset(undefined)} onOk={() => reset && renew.mutate(reset.name)}>{reset && t('account.reset_say', { name: reset.display_name })}</Modal>
      <Modal open={shown !== undefined} title={t('account.password_of', { name: shown?.name ?? '' })} onCancel={() => setShown(undefined)} footer={<Button type="primary" onClick={() => setShown(undefined)}>{t('act.done')}</Button>}>
        {shown && <Secret text={shown.password} say={t('account.password_once')} />}
      </Modal>
      <Modal open={tokensOf !== undefined} title={tokensOf && `${t('token.list')} · ${tokensOf.display_name}`} width={760} footer={null} onCancel={() => setTokensOf(undefined)} destroyOnHidden>{tokensOf && <Tokens account={tokensOf} />}</Modal>
    </>
  );
}

export function Secret({ text, say }: { text: string; say: string }) {
  const t = useT();
  const { message } = App.useApp();
  return (
    <div className="stack">
      <Notice type="info" showIcon message={say} />
      <div className="row"><code className="raw wrapped grow" style={{ fontSize: 13 }}>{text}</code><Button onClick={() => void copyText(text).then(() => message.success(t('act.copied')))}>{t('act.copy')}</Button></div>
    </div>
  );
}

interface Values { name: string; display_name?: string; role: Role; all_tenants: boolean; tenants?: string[] }
function NewAccount({ open, onClose, onMade }: { open: boolean; onClose: () => void; onMade: (name: string, password: string) => void }) {
  const t = useT();
  const client = useQueryClient();
  const { message } = App.useApp();
  const tenants = useTenants();
  const [form] = Form.useForm<Values>();
  const role = Form.useWatch('role', form) ?? 'analyst';
  const all = Form.useWatch('all_tenants', form) ?? true;
  const create = useMutation({
    mutationFn: async (v: Values) => {
      const password = makePassword();
      const wide = v.role === 'admin' || (v.role === 'analyst' && v.all_tenants);
      await call('post', '/api/v1/accounts', { body: { name: v.name, role: v.role, password, all_tenants: wide, tenants: wide ? [] : v.tenants ?? [], ...(v.display_name?.trim() ? { display_name: v.display_name.trim() } : {}) } });
      return password;
    },
    onSuccess: (password, v) => { void client.invalidateQueries({ queryKey: ['accounts'] }); void client.invalidateQueries({ queryKey: ['assignees'] }); onMade(v.name, password); },
    onError: (error) => void message.error(errorText(t, error)),
  });
  return (
    <Modal open={open} title={t('account.new')} okText={t('account.create')} cancelText={t('act.cancel')} onCancel={onClose} onOk={() => form.submit()} confirmLoading={create.isPending} destroyOnHidden>
      <Form form={form} layout="vertical" requiredMark={false} preserve={false} initialValues={{ role: 'analyst', all_tenants: true }} onFinish={(v) => create.mutate(v)}>
        <Form.Item name="name" label={t('account.login_name')} rules={[{ required: true, pattern: /^[a-z][a-z0-9._-]{0,63}$/, message: t('form.account_name') }]}><Input autoFocus autoComplete="off" autoCapitalize="none" /></Form.Item>
        <Form.Item name="display_name" label={t('account.display_name')}><Input maxLength={128} /></Form.Item>
        <Form.Item name="role" label={t('account.role')}><Segmented<Role> options={(['analyst', 'client', 'admin'] as const).map((value) => ({ value, label: t(`role.${value}`) }))} /></Form.Item>
        <p className="secondary small" style={{ marginTop: -12, marginBottom: 12 }}>{t(`role_say.${role}`)}</p>
        {role === 'analyst' && <Form.Item name="all_tenants" label={t('account.all_tenants')} valuePropName="checked"><Switch /></Form.Item>}
        {role !== 'admin' && (role === 'client' || !all) && <Form.Item name="tenants" label={t('account.tenants')} rules={[{ required: true, message: t('form.required') }]}><Select mode="multiple" options={(tenants.data?.items ?? []).map((item) => ({ value: item.name, label: item.display_name }))} /></Form.Item>}
        <p className="secondary small">{t('account.password_made')}</p>
      </Form>
    </Modal>
  );
}
