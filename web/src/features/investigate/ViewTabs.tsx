import { App, Checkbox, Dropdown, Input, Modal } from 'antd';
import { ChevronDown, Save, Users } from 'lucide-react';
import { useState } from 'react';
import { ApiError } from '@/lib/api/client';
import type { SavedView, SavedViewInput } from '@/lib/api/types';
import { useI18n } from '@/lib/i18n';
import { useMe } from '@/lib/session';
import { defaultColumns, useViews } from './views';

export interface OpenedView { query: string; columns: string[]; mode: 'table' | 'raw' | 'statistics'; since?: string; until?: string; chart?: SavedViewInput['chart'] }

interface Props { tenant: string | undefined; now: OpenedView; range: { since?: string; until?: string }; onOpen: (view: OpenedView) => void }

/** Ready-made and saved views; the present one can be saved, for oneself or for everybody of the client. */
export function ViewTabs({ tenant, now, range, onOpen }: Props) {
  const { t } = useI18n();
  const { message } = App.useApp();
  const me = useMe();
  const { views, save, remove } = useViews(tenant);
  const [naming, setNaming] = useState(false);
  const [name, setName] = useState('');
  const [withRange, setWithRange] = useState(false);
  const [shared, setShared] = useState(false);
  const failed = (error: unknown): void => { void message.error(error instanceof ApiError ? error.message : String(error)); };
  const inputOf = (title: string, isShared: boolean): SavedViewInput => ({
    name: title, query: now.query, columns: now.columns, mode: now.mode, shared: isShared,
    ...(now.chart ? { chart: now.chart } : {}), ...(withRange ? { ...(range.since ? { since: range.since } : {}), ...(range.until ? { until: range.until } : {}) } : {}),
  });
  const keep = (): void => {
    const title = name.trim();
    if (!title) return;
    const same = views.find((view) => view.name === title && view.editable && view.shared === shared);
    save.mutate({ ...(same ? { id: same.id } : {}), view: inputOf(title, shared) }, { onSuccess: () => { setNaming(false); void message.success(t('view.saved', { name: title })); }, onError: failed });
  };
  const ready: [string, OpenedView][] = [
    ['view.all', { query: '', columns: defaultColumns, mode: 'table' }],
    ['view.failures', { query: 'event.outcome:failure', columns: defaultColumns, mode: 'table' }],
    ['view.unrecognised', { query: 'not shuwei.pack:*', columns: defaultColumns, mode: 'raw' }],
  ];
  const opened = (view: SavedView): OpenedView => ({ query: view.query, columns: view.columns, mode: view.mode, ...(view.since ? { since: view.since } : {}), ...(view.until ? { until: view.until } : {}), ...(view.chart ? { chart: view.chart } : {}) });
  return (
    <div className="view-tabs">
      {ready.map(([key, view]) => <button key={key} type="button" className={`view-tab${now.query === view.query && now.mode === view.mode ? ' on' : ''}`} onClick={() => onOpen(view)}>{t(key as 'view.all')}</button>)}
      {views.map((view) => (
        <span key={view.id} className={`view-tab saved${now.query === view.query && now.query !== '' && now.mode === view.mode ? ' on' : ''}`}>
          <button type="button" className="plain" title={view.query} onClick={() => onOpen(opened(view))}>{view.shared && <Users size={12} aria-label={t('view.shared_by', { name: view.owner.display_name })} />} {view.name}</button>
          {view.editable && (
            <Dropdown
              trigger={['click']}
              menu={{
                items: [{ key: 'replace', label: t('view.replace') }, ...(me.canJudge ? [{ key: 'share', label: t(view.shared ? 'view.unshare' : 'view.share') }] : []), { key: 'remove', danger: true, label: t('view.remove') }],
                onClick: ({ key }) => {
                  if (key === 'remove') remove.mutate(view, { onError: failed });
                  else if (key === 'replace') save.mutate({ id: view.id, view: inputOf(view.name, view.shared) }, { onSuccess: () => void message.success(t('view.saved', { name: view.name })), onError: failed });
                  else save.mutate({ id: view.id, view: { name: view.name, ...opened(view), shared: !view.shared } }, { onError: failed });
                },
              }}
            >
              <button type="button" className="icon-button tiny" aria-label={t('view.change', { name: view.name })}><ChevronDown size={12} /></button>
            </Dropdown>
          )}
        </span>
      ))}
      <button type="button" className="icon-button tiny" title={t('view.save')} onClick={() => { setName(''); setNaming(true); }}><Save size={13} /></button>
      <Modal open={naming} title={t('view.save')} okText={t('act.save')} cancelText={t('act.cancel')} okButtonProps={{ disabled: !name.trim(), loading: save.isPending }} onOk={keep} onCancel={() => setNaming(false)} destroyOnHidden width={380}>
        <div className="stack" style={{ gap: 8 }}>
          <Input autoFocus maxLength={40} value={name} onChange={(event) => setName(event.target.value)} onPressEnter={keep} placeholder={t('view.name')} />
          <code className="secondary small">{now.query || '*'}</code>
          <Checkbox checked={withRange} onChange={(event) => setWithRange(event.target.checked)}>{t('view.with_range')}</Checkbox>
          {me.canJudge && <Checkbox checked={shared} onChange={(event) => setShared(event.target.checked)}>{t('view.share')}</Checkbox>}
        </div>
      </Modal>
    </div>
  );
}
