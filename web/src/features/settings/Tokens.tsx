import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Button, Input, Segmented, Select } from 'antd';
import { useState } from 'react';
import { errorText } from '@/components/errors';
import { Empty, Loaded } from '@/components/States';
import { Age, Time } from '@/components/Time';
import { call } from '@/lib/api/client';
import { useTenants } from '@/lib/api/queries';
import type { Account, Token } from '@/lib/api/types';
import { useT } from '@/lib/i18n';
import { Secret } from './Accounts';

export function Tokens({ account }: { account: Account }) {
  const t = useT();
  const client = useQueryClient();
  const { message } = App.useApp();
  const tenants = useTenants();
  const key = ['tokens', account.name];
  const tokens = useQuery({ queryKey: key, queryFn: ({ signal }) => call('get', '/api/v1/accounts/{name}/tokens', { path: { name: account.name }, signal }) });
  const [name, setName] = useState('');
  const [purpose, setPurpose] = useState<Token['purpose']>('ingest');
  const [tenant, setTenant] = useState<string>();
  const [secret, setSecret] = useState<string>();
  const create = useMutation({
    mutationFn: () => call('post', '/api/v1/accounts/{name}/tokens', { path: { name: account.name }, body: { name: name.trim(), purpose, ...(tenant ? { tenant } : {}) } }),
    onSuccess: (made) => { setSecret(made.secret); setName(''); void client.invalidateQueries({ queryKey: key }); },
    onError: (error) => void message.error(errorText(t, error)),
  });
  const revoke = useMutation({
    mutationFn: (id: string) => call('delete', '/api/v1/accounts/{name}/tokens/{token_id}', { path: { name: account.name, token_id: id } }),
    onSuccess: () => void client.invalidateQueries({ queryKey: key }),
    onError: (error) => void message.error(errorText(t, error)),
  });
  const names = tenants.data?.items.filter((item) => account.all_tenants || account.role === 'admin' || account.tenants.includes(item.name)) ?? [];
  return (
    <div className="stack" style={{ gap: 14 }}>
      <form className="row wrap" onSubmit={(event) => { event.preventDefault(); if (name.trim()) create.mutate(); }}>
        <Input style={{ width: 200 }} value={name} maxLength={128} onChange={(event) => setName(event.target.value)} placeholder={t('token.name_hint')} aria-label={t('token.name')} />
        <Segmented<Token['purpose']> value={purpose} onChange={setPurpose} options={[{ value: 'ingest', label: t('token.ingest') }, { value: 'api', label: t('token.api') }]} />
        <Select style={{ minWidth: 140 }} allowClear value={tenant} onChange={setTenant} placeholder={t('token.tenant')} aria-label={t('token.tenant')} options={names.map((item) => ({ value: item.name, label: item.display_name }))} />
        <Button type="primary" htmlType="submit" disabled={!name.trim()} loading={create.isPending}>{t('token.create')}</Button>
      </form>
      {secret && <Secret text={secret} say={t('token.once')} />}
      <Loaded query={tokens} what={t('token.list')}>
        {(data) => (data.items.length === 0 ? <Empty inline say={t('token.none')} /> : (
          <table className="plain-table">
            <thead><tr><th>{t('token.name')}</th><th>{t('token.purpose')}</th><th>{t('token.created')}</th><th>{t('token.last_used')}</th><th /></tr></thead>
            <tbody>{data.items.map((token) => <tr key={token.id} style={token.revoked ? { opacity: 0.5 } : {}}><td>{token.name}</td><td>{t(`token.${token.purpose}`)}{token.tenant && <span className="faint"> · {token.tenant}</span>}</td><td><Time at={token.created} precision="minute" /></td><td>{token.last_used ? <Age at={token.last_used} /> : '—'}</td><td className="acts">{token.revoked ? t('token.revoked') : <Button size="small" type="text" danger onClick={() => revoke.mutate(token.id)}>{t('token.revoke')}</Button>}</td></tr>)}</tbody>
          </table>
        ))}
      </Loaded>
    </div>
  );
}
