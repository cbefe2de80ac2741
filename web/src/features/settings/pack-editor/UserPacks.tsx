import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Button, Popconfirm } from 'antd';
import { Trash2 } from 'lucide-react';
import { errorText } from '@/components/errors';
import { Empty, Loaded } from '@/components/States';
import { Time } from '@/components/Time';
import { call } from '@/lib/api/client';
import { useTenantName } from '@/lib/api/queries';
import { formatCount } from '@/lib/format';
import { useT } from '@/lib/i18n';
import { useTenant } from '@/lib/scope';
import { PackState } from './PackState';

/** The packs that people made here, and how they do in the stream. */
export function UserPacks({ onOpen }: { onOpen: (id: string) => void }) {
  const t = useT();
  const client = useQueryClient();
  const tenantName = useTenantName();
  const { message } = App.useApp();
  const [tenant] = useTenant();
  const packs = useQuery({ queryKey: ['user-packs', 'list', tenant], refetchInterval: 5000, queryFn: ({ signal }) => call('get', '/api/v1/user-packs', { query: { tenant }, signal }) });
  const remove = useMutation({
    mutationFn: (id: number) => call('delete', '/api/v1/user-packs/{pack_id}', { path: { pack_id: id } }),
    onSuccess: () => void client.invalidateQueries({ queryKey: ['user-packs'] }), onError: (error) => void message.error(errorText(t, error)),
  });
  return (
    <Loaded query={packs} what={t('pack_edit.own')}>
      {(data) => data.items.length === 0 ? <Empty say={t('pack_edit.none_own')} /> : (
        <table className="plain-table">
          <thead><tr><th>{t('pack.title')}</th><th>{t('source.state')}</th><th>{t('tenant.title')}</th><th className="numeric">{t('pack.events')}</th><th className="numeric">{t('pack_edit.slow_lines')}</th><th>{t('input.changed')}</th><th aria-label={t('act.edit')} /></tr></thead>
          <tbody>
            {data.items.map((pack) => (
              <tr key={pack.id} tabIndex={0} style={{ cursor: 'pointer' }} onClick={() => onOpen(String(pack.id))} onKeyDown={(event) => { if (event.key === 'Enter' && event.target === event.currentTarget) onOpen(String(pack.id)); }}>
                <td><b>{pack.name}</b> <span className="faint">v{pack.version}</span></td>
                <td><PackState pack={pack} />{pack.reason !== undefined && <div className="small" style={{ color: 'var(--critical)', whiteSpace: 'normal' }}>{pack.state === 'set_aside' ? t('pack_edit.set_aside_say', { n: pack.slow_lines }) : pack.reason}</div>}</td>
                <td className="secondary">{pack.everyone ? t('pack_edit.everyone') : tenantName(pack.tenant)}</td>
                <td className="numeric">{formatCount(pack.events)}</td>
                <td className="numeric">{formatCount(pack.slow_lines)}</td>
                <td className="secondary"><Time at={pack.changed} /> · {pack.changed_by}</td>
                <td className="acts" onClick={(event) => event.stopPropagation()}><Popconfirm title={t('pack_edit.remove_say')} okText={t('pack_edit.remove')} cancelText={t('act.cancel')} onConfirm={() => remove.mutate(pack.id)}><Button type="text" danger icon={<Trash2 size={14} />} aria-label={t('pack_edit.remove')} /></Popconfirm></td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Loaded>
  );
}
