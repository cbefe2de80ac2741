import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert as Notice, App, Button, Modal, Popconfirm } from 'antd';
import { Pause, Pencil, Play, Plus, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { Link } from 'react-router-dom';
import { errorText } from '@/components/errors';
import { Empty, Loaded } from '@/components/States';
import { Age, Time } from '@/components/Time';
import { call } from '@/lib/api/client';
import { useTenantName } from '@/lib/api/queries';
import type { Input, InputKind } from '@/lib/api/types';
import { formatCompact, formatCount, formatRate } from '@/lib/format';
import { useI18n } from '@/lib/i18n';
import { useHref, useParam, useTenant } from '@/lib/scope';
import { useMe } from '@/lib/session';
import { fieldText, kindText } from '@/lib/i18n/inputs';
import { InputForm } from './InputForm';

const dots: Record<Input['state'], string> = { running: 'good', trouble: 'warn', failed: 'bad', paused: '' };

export function useInputKinds() {
  return useQuery({ queryKey: ['input-kinds'], staleTime: Infinity, queryFn: ({ signal }) => call('get', '/api/v1/input-kinds', { signal }) });
}

export function Inputs() {
  const { t, language } = useI18n();
  const me = useMe();
  const href = useHref();
  const [tenant] = useTenant();
  const tenantName = useTenantName();
  const kinds = useInputKinds();
  const inputs = useQuery({ queryKey: ['inputs', tenant], refetchInterval: 5000, queryFn: ({ signal }) => call('get', '/api/v1/inputs', { query: { tenant }, signal }) });
  const [opened, setOpened] = useParam('input');
  const [edited, setEdited] = useState<Input | 'new'>();
  const current = inputs.data?.items.find((input) => String(input.id) === opened);
  return (
    <>
      <div className="settings-head">
        <h2>{t('settings.inputs')}</h2><span className="secondary">{inputs.data && formatCount(inputs.data.items.length)}</span>
        {me.isAdmin && <Button className="end" type="primary" icon={<Plus size={14} />} onClick={() => setEdited('new')}>{t('input.add')}</Button>}
      </div>
      <div className="settings-list" style={{ overflow: 'auto' }}>
        <Loaded query={inputs} what={t('settings.inputs')}>
          {(data) => data.items.length === 0 ? <Empty say={t('input.none')} /> : (
            <table className="plain-table">
              <thead><tr><th>{t('input.name')}</th><th>{t('input.kind')}</th>{tenant === undefined && <th>{t('tenant.title')}</th>}<th>{t('input.address')}</th><th className="numeric">{t('source.rate')}</th><th className="numeric">{t('source.total')}</th><th>{t('input.sources')}</th><th>{t('source.last_seen')}</th></tr></thead>
              <tbody>
                {data.items.map((input) => (
                  <tr key={input.id} tabIndex={0} style={{ cursor: 'pointer' }} onClick={() => setOpened(String(input.id))} onKeyDown={(event) => { if (event.key === 'Enter' && event.target === event.currentTarget) setOpened(String(input.id)); }}>
                    <td><span className="row"><StateDot input={input} /><b>{input.name}</b></span>{(input.state === 'failed' || input.state === 'trouble') && <div className="small cut" style={{ color: 'var(--high)', maxWidth: 320 }} title={input.last_error}>{input.last_error}</div>}</td>
                    <td>{kindText(input.kind, language).name}</td>
                    {tenant === undefined && <td className="secondary">{tenantName(input.tenant)}</td>}
                    <td className="mono small cut" style={{ maxWidth: 260 }} title={input.address}>{input.address ?? '—'}</td>
                    <td className="numeric">{formatRate(input.events_per_second)}</td>
                    <td className="numeric">{formatCompact(input.total, language)}</td>
                    <td><Link to={href('/sources', { q: input.name })} onClick={(event) => event.stopPropagation()}>{formatCount(input.sources)}</Link></td>
                    <td className="secondary">{input.last_line ? <Age at={input.last_line} /> : '—'}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          )}
        </Loaded>
      </div>
      <Modal open={current !== undefined && edited === undefined} title={current && <span className="row"><StateDot input={current} />{current.name}</span>} width={620} footer={null} onCancel={() => setOpened(undefined)} destroyOnHidden>
        {current && <Detail input={current} kind={kinds.data?.items.find((kind) => kind.name === current.kind)} onEdit={() => setEdited(current)} onGone={() => setOpened(undefined)} />}
      </Modal>
      {edited !== undefined && kinds.data && <InputForm kinds={kinds.data.items} input={edited === 'new' ? undefined : edited} onClose={() => setEdited(undefined)} />}
    </>
  );
}

function StateDot({ input }: { input: Input }) {
  const { t } = useI18n();
  return <span className={`dot ${dots[input.state]}`} role="img" title={t(`input_state.${input.state}`)} aria-label={t(`input_state.${input.state}`)} />;
}

function Detail({ input, kind, onEdit, onGone }: { input: Input; kind: InputKind | undefined; onEdit: () => void; onGone: () => void }) {
  const { t, language } = useI18n();
  const me = useMe();
  const href = useHref();
  const client = useQueryClient();
  const tenantName = useTenantName();
  const { message } = App.useApp();
  const done = (): void => void client.invalidateQueries({ queryKey: ['inputs'] });
  const pause = useMutation({
    mutationFn: (paused: boolean) => call('patch', '/api/v1/inputs/{input_id}', { path: { input_id: input.id }, body: { paused } }),
    onSuccess: done,
    onError: (error) => void message.error(errorText(t, error)),
  });
  const remove = useMutation({
    mutationFn: () => call('delete', '/api/v1/inputs/{input_id}', { path: { input_id: input.id } }),
    onSuccess: () => { done(); onGone(); },
    onError: (error) => void message.error(errorText(t, error)),
  });
  const mine = input.origin === 'people';
  return (
    <div className="stack" style={{ gap: 14 }}>
      {input.last_error && <Notice type={input.state === 'running' ? 'info' : 'error'} showIcon message={input.last_error} description={input.last_error_at && <span className="small"><Time at={input.last_error_at} /> · {t('input.errors', { count: input.errors })}</span>} />}
      <dl className="facts" style={{ margin: 0 }}>
        <dt>{t('source.state')}</dt><dd>{t(`input_state.${input.state}`)}</dd>
        <dt>{t('input.kind')}</dt><dd>{kindText(input.kind, language).name}</dd>
        <dt>{t('tenant.title')}</dt><dd>{tenantName(input.tenant)}</dd>
        {input.address && <><dt>{t('input.address')}</dt><dd className="mono">{input.address}</dd></>}
        <dt>{t('source.rate')}</dt><dd>{formatRate(input.events_per_second)} {t('unit.eps')}</dd>
        <dt>{t('source.total')}</dt><dd>{formatCount(input.total)}</dd>
        <dt>{t('input.sources')}</dt><dd><Link to={href('/sources', { q: input.name })}>{formatCount(input.sources)}</Link></dd>
        {input.last_line && <><dt>{t('source.last_seen')}</dt><dd><Time at={input.last_line} /></dd></>}
        <dt>{t('input.zone')}</dt><dd>{input.zone}</dd>
        <dt>{t('input.charset')}</dt><dd>{input.charset}</dd>
        {input.pack && <><dt>{t('source.pack')}</dt><dd>{input.pack}</dd></>}
        {kind?.fields.filter((field) => field.name !== 'address' && (input.settings[field.name] ?? '') !== '').map((field) => [
          <dt key={field.name}>{fieldText(input.kind, field.name, language).name}</dt>,
          <dd key={`${field.name} value`} className="mono small" style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere', maxHeight: 120, overflow: 'auto' }}>{input.settings[field.name]}</dd>,
        ])}
        {input.secrets.map((field) => [<dt key={field}>{fieldText(input.kind, field, language).name}</dt>, <dd key={`${field} value`} className="secondary">{t('input.kept')}</dd>])}
        <dt>{t('input.changed')}</dt><dd><Time at={input.changed} /> · {mine ? input.changed_by : t('input.of_file')}</dd>
      </dl>
      {me.isAdmin && (
        <div className="row" style={{ flexWrap: 'wrap' }}>
          {input.state === 'paused'
            ? <Button icon={<Play size={14} />} loading={pause.isPending} onClick={() => pause.mutate(false)}>{t('input.resume')}</Button>
            : <Button icon={<Pause size={14} />} loading={pause.isPending} onClick={() => pause.mutate(true)}>{t('input.pause')}</Button>}
          <Button icon={<Pencil size={14} />} disabled={!mine} onClick={onEdit}>{t('act.edit')}</Button>
          <Popconfirm title={t('input.remove_say')} okText={t('input.remove')} cancelText={t('act.cancel')} onConfirm={() => remove.mutate()}><Button danger icon={<Trash2 size={14} />} disabled={!mine} loading={remove.isPending}>{t('input.remove')}</Button></Popconfirm>
          {!mine && <span className="faint small">{t('input.of_file_say')}</span>}
        </div>
      )}
    </div>
  );
}
