import { useQueryClient } from '@tanstack/react-query';
import { Dropdown, Popover, type MenuProps } from 'antd';
import { Bell, Building2, ChevronDown, Pause, Play, RefreshCw, Search } from 'lucide-react';
import { Link, useNavigate } from 'react-router-dom';
import { SeverityMark } from '@/components/Severity';
import { Age } from '@/components/Time';
import { call, setCsrfToken } from '@/lib/api/client';
import { useTenants } from '@/lib/api/queries';
import { formatCompact } from '@/lib/format';
import { useI18n } from '@/lib/i18n';
import { useHref, useLive, useTenant } from '@/lib/scope';
import { sessionKey, useMe } from '@/lib/session';
import { markNotesRead, useStream } from '@/lib/stream';
import { useTheme, type ThemeChoice } from '@/lib/theme';
import { ruleTitle } from '@/lib/rule-text';
import { RangePicker } from './RangePicker';

function TenantSwitcher() {
  const { t } = useI18n();
  const tenants = useTenants();
  const [tenant, setTenant] = useTenant();
  const items = tenants.data?.items ?? [];
  const current = items.find((item) => item.name === tenant)?.display_name ?? tenant;
  if (items.length === 1 && !tenant) return <span className="bar-button ghost tenant" style={{ cursor: 'default' }}><Building2 size={14} /><span className="cut">{items[0]!.display_name}</span></span>;
  return (
    <Dropdown
      trigger={['click']}
      menu={{ selectedKeys: [tenant ?? ''], items: [{ key: '', label: t('tenant.all') }, { type: 'divider' }, ...items.map((item) => ({ key: item.name, label: item.display_name }))], onClick: ({ key }) => setTenant(key || undefined), style: { maxHeight: '60vh', overflow: 'auto' } }}
    >
      <button type="button" className="bar-button ghost tenant" aria-label={t('tenant.switch')}><Building2 size={14} /><span className="cut" style={{ fontWeight: 600 }}>{current ?? t('tenant.all')}</span><ChevronDown size={13} /></button>
    </Dropdown>
  );
}

function LiveSwitch() {
  const { t, language } = useI18n();
  const { live, setLive, refresh } = useLive();
  const client = useQueryClient();
  const { state, stats } = useStream();
  return (
    <>
      {live && stats && <span className="rate not-phone" title={t('live.rate')}>{formatCompact(stats.events_per_second, language)} {t('unit.eps')}</span>}
      <button type="button" className="bar-button ghost" aria-pressed={live} title={live ? t('live.pause') : t('live.resume')} onClick={() => setLive(!live)}>
        <span className={`live-dot ${live ? state : ''}`} />{live ? <Pause size={13} /> : <Play size={13} />}<span className="not-phone small">{live ? (state === 'open' ? t('live.on') : t('live.connecting')) : t('live.paused')}</span>
      </button>
      <button type="button" className="icon-button not-phone" title={t('act.refresh')} onClick={() => { refresh(); void client.invalidateQueries(); }}><RefreshCw size={15} /></button>
    </>
  );
}

function Notes() {
  const { t, language } = useI18n();
  const href = useHref();
  const { notes, unread } = useStream();
  const list = notes.length === 0
    ? <div className="secondary" style={{ padding: 8 }}>{t('notes.empty')}</div>
    : <div className="notes">{notes.map(({ alert }) => <Link key={alert.id} to={href(`/alerts/${alert.id}`)}><SeverityMark severity={alert.severity} /><span className="grow">{ruleTitle(alert, language)}<span className="secondary small" style={{ display: 'block' }}>{[alert.entities.source?.value, alert.entities.target?.value].filter(Boolean).join(' → ')}</span></span><span className="faint small"><Age at={alert.last_seen} /></span></Link>)}</div>;
  return (
    <Popover trigger="click" placement="bottomRight" arrow={false} content={list} title={t('notes.title')} onOpenChange={(open) => { if (open) markNotesRead(); }}>
      <button type="button" className="icon-button bell" title={t('notes.title')} aria-label={t('notes.title')}><Bell size={16} />{unread > 0 && <span className="badge">{unread > 9 ? '9+' : unread}</span>}</button>
    </Popover>
  );
}

function AccountMenu() {
  const { t, language, setLanguage } = useI18n();
  const { choice, setChoice } = useTheme();
  const me = useMe();
  const client = useQueryClient();
  const navigate = useNavigate();
  const href = useHref();
  const themes: ThemeChoice[] = ['auto', 'light', 'dark'];
  const items: MenuProps['items'] = [
    { key: 'me', disabled: true, label: <span><b>{me.display_name}</b><br /><span className="small">{me.name} · {t(`role.${me.role}`)}</span></span> },
    { type: 'divider' },
    { key: 'theme', label: t('theme.title'), children: themes.map((name) => ({ key: `theme:${name}`, label: `${choice === name ? '✓ ' : ''}${t(`theme.${name}`)}` })) },
    { key: 'language', label: language === 'zh' ? 'English' : '中文' },
    { key: 'account', label: t('account.settings') },
    { type: 'divider' },
    { key: 'out', label: t('session.sign_out') },
  ];
  const act = (key: string): void => {
    if (key.startsWith('theme:')) setChoice(key.slice(6) as ThemeChoice);
    if (key === 'language') setLanguage(language === 'zh' ? 'en' : 'zh');
    if (key === 'account') navigate(href('/settings/me'));
    if (key === 'out') {
      void call('delete', '/api/v1/session').catch(() => undefined).then(() => {
        setCsrfToken('');
        client.clear();
        client.setQueryData(sessionKey, null);
        navigate('/signin');
      });
    }
  };
  return (
    <Dropdown trigger={['click']} placement="bottomRight" menu={{ items, onClick: ({ key }) => act(key) }}>
      <button type="button" className="bar-button ghost" aria-label={t('account.menu')} style={{ padding: '0 2px' }}><span className="avatar">{me.display_name.slice(0, 1).toUpperCase()}</span></button>
    </Dropdown>
  );
}

export function TopBar({ onPalette }: { onPalette: () => void }) {
  const { t, language, setLanguage } = useI18n();
  return (
    <header className="bar">
      <TenantSwitcher />
      <button type="button" className="bar-button search not-phone" onClick={onPalette}><Search size={14} /><span className="cut">{t('palette.open')}</span><span className="kbd">Ctrl K</span></button>
      <button type="button" className="icon-button only-phone" aria-label={t('palette.open')} onClick={onPalette}><Search size={17} /></button>
      <span className="end" />
      <LiveSwitch />
      <RangePicker />
      <Notes />
      <button type="button" className="icon-button not-phone" title={language === 'zh' ? 'English' : '中文'} onClick={() => setLanguage(language === 'zh' ? 'en' : 'zh')}><span style={{ fontSize: 12, fontWeight: 600 }}>{language === 'zh' ? '中' : 'EN'}</span></button>
      <AccountMenu />
    </header>
  );
}
