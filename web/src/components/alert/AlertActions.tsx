// Verdict and case of an alert. Nothing here reaches outside, so nothing asks "are you sure": a verdict can be undone.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Button, Dropdown } from 'antd';
import { ChevronDown, FolderPlus } from 'lucide-react';
import { useState } from 'react';
import { call } from '@/lib/api/client';
import { openCaseStates, verdicts, type Alert, type Case, type Verdict } from '@/lib/api/types';
import { useT } from '@/lib/i18n';
import { useGo } from '@/lib/scope';
import { errorText } from '../errors';

export function useAlertUpdate(alert: Alert) {
  const client = useQueryClient();
  const t = useT();
  const { message } = App.useApp();
  return useMutation<Alert, unknown, { verdict?: Verdict; state?: Alert['state'] }>({
    mutationFn: (body) => call('patch', '/api/v1/alerts/{alert_id}', { path: { alert_id: alert.id }, body }),
    onSuccess: (answer) => {
      client.setQueryData(['alerts', 'one', alert.id], answer);
      void client.invalidateQueries({ queryKey: ['alerts'] });
      void client.invalidateQueries({ queryKey: ['overview'] });
    },
    onError: (error) => void message.error(errorText(t, error)),
  });
}

export function AlertActions({ alert }: { alert: Alert }) {
  const t = useT();
  const go = useGo();
  const client = useQueryClient();
  const { message } = App.useApp();
  const update = useAlertUpdate(alert);
  const judge = (verdict: Verdict): void => {
    const before = { verdict: alert.verdict, state: alert.state };
    update.mutate({ verdict, ...(verdict === 'undetermined' ? {} : verdict === 'true_positive' ? { state: alert.state === 'open' ? 'acknowledged' : alert.state } : { state: 'closed' }) }, {
      onSuccess: () => {
        const key = `verdict-${alert.id}`;
        void message.success({ key, duration: 5, content: <span>{t('alert.judged', { verdict: t(`verdict.${verdict}`) })} <Button type="link" size="small" onClick={() => { message.destroy(key); update.mutate(before); }}>{t('act.undo')}</Button></span> });
      },
    });
  };
  const open = useMutation<Case, unknown, { case_number?: string }>({
    mutationFn: (body) => call('post', '/api/v1/alerts/{alert_id}/case', { path: { alert_id: alert.id }, body }),
    onSuccess: (answer) => {
      void client.invalidateQueries({ queryKey: ['alerts'] });
      void client.invalidateQueries({ queryKey: ['cases'] });
      go(`/cases/${answer.number}`);
    },
    onError: (error) => void message.error(errorText(t, error)),
  });
  const [attaching, setAttaching] = useState(false);
  const openCases = useQuery({
    queryKey: ['cases', 'attach', alert.tenant], enabled: attaching,
    queryFn: ({ signal }) => call('get', '/api/v1/cases', { query: { tenant: alert.tenant, state: openCaseStates, sort: 'updated', limit: 12 }, signal }),
  });
  const recent = openCases.data?.items ?? [];
  return (
    <>
      <Dropdown trigger={['click']} menu={{ selectedKeys: [alert.verdict], items: verdicts.map((key) => ({ key, label: t(`verdict.${key}`) })), onClick: ({ key }) => judge(key as Verdict) }}>
        <Button loading={update.isPending} icon={<ChevronDown size={14} />} iconPosition="end">{alert.verdict === 'undetermined' ? t('alert.judge') : t(`verdict.${alert.verdict}`)}</Button>
      </Dropdown>
      {alert.state === 'open' && <Button onClick={() => update.mutate({ state: 'acknowledged' })}>{t('alert.acknowledge')}</Button>}
      {alert.state !== 'closed' && <Button onClick={() => update.mutate({ state: 'closed' })}>{t('alert.close')}</Button>}
      {alert.state === 'closed' && <Button onClick={() => update.mutate({ state: 'open' })}>{t('alert.reopen')}</Button>}
      {alert.case_number
        ? <Button type="primary" onClick={() => go(`/cases/${alert.case_number!}`)}>{t('alert.go_case')}</Button>
        : (
          <span className="row tight" style={{ gap: 0 }}>
            <Button type="primary" icon={<FolderPlus size={14} />} loading={open.isPending} onClick={() => open.mutate({})}>{t('alert.open_case')}</Button>
            <Dropdown
              trigger={['click']} onOpenChange={setAttaching}
              menu={{ items: recent.length === 0 ? [{ key: 'none', disabled: true, label: t('alert.no_open_case') }] : recent.map((c) => ({ key: c.number, label: `${c.number} ${c.title}` })), onClick: ({ key }) => open.mutate({ case_number: key }), style: { maxHeight: 320, overflow: 'auto', maxWidth: 460 } }}
            >
              <Button type="text" title={t('alert.attach_case')} icon={<ChevronDown size={14} />} />
            </Dropdown>
          </span>
        )}
    </>
  );
}
