import { useQuery } from '@tanstack/react-query';
import { BookOpen, Building2, Clock, FileText, Folder, Languages, Moon, Pause, Search, ShieldAlert, type LucideIcon } from 'lucide-react';
import { useEffect, useMemo, useRef, useState } from 'react';
import { call } from '@/lib/api/client';
import { useTenants } from '@/lib/api/queries';
import { useI18n } from '@/lib/i18n';
import { useGo, useLive, useRange, useTenant } from '@/lib/scope';
import { useMe } from '@/lib/session';
import { useTheme } from '@/lib/theme';
import { presets } from '@/lib/time';
import { ruleTitle } from '@/lib/rule-text';
import { jobs, settingsJob } from './jobs';
import { useRangeLabel } from './RangePicker';

interface Command { key: string; group: string; title: string; hint?: string; icon: LucideIcon; run: () => void }

/** Go to, search, act: everything by keyboard. Ctrl-K opens and closes it. */
export function CommandPalette({ open, onToggle, onClose }: { open: boolean; onToggle: () => void; onClose: () => void }) {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') { event.preventDefault(); onToggle(); }
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [onToggle]);
  return open ? <Palette onClose={onClose} /> : null;
}

function Palette({ onClose }: { onClose: () => void }) {
  const { t, language, setLanguage } = useI18n();
  const go = useGo();
  const me = useMe();
  const tenants = useTenants();
  const [, setTenant] = useTenant();
  const { setRange } = useRange();
  const { live, setLive } = useLive();
  const { name: theme, setChoice } = useTheme();
  const rangeLabel = useRangeLabel();
  const [text, setText] = useState('');
  const [asked, setAsked] = useState('');
  const [at, setAt] = useState(0);
  const list = useRef<HTMLUListElement>(null);
  const before = useRef(document.activeElement);
  useEffect(() => () => { if (before.current instanceof HTMLElement) before.current.focus(); }, []);
  useEffect(() => { const timer = setTimeout(() => setAsked(text.trim()), 180); return () => clearTimeout(timer); }, [text]);
  const cases = useQuery({ queryKey: ['cases', 'palette', asked], enabled: asked.length >= 2, queryFn: ({ signal }) => call('get', '/api/v1/cases', { query: { q: asked, limit: 5 }, signal }) });
  const alerts = useQuery({ queryKey: ['alerts', 'palette', asked], enabled: asked.length >= 2, queryFn: ({ signal }) => call('get', '/api/v1/alerts', { query: { q: asked, limit: 5 }, signal }) });
  const codes = useQuery({ queryKey: ['knowledge', 'palette', asked], enabled: asked.length >= 2, queryFn: ({ signal }) => call('get', '/api/v1/knowledge', { query: { q: asked, limit: 5 }, signal }) });

  const commands = useMemo<Command[]>(() => {
    const wanted = text.trim().toLowerCase();
    const goTo = [...jobs, ...(me.canJudge ? [settingsJob] : [])].map<Command>((job) => ({ key: job.path, group: t('palette.go'), title: t(job.key), icon: job.icon, run: () => go(job.path) }));
    goTo.splice(3, 0, { key: '/cases', group: t('palette.go'), title: t('case.list'), icon: Folder, run: () => go('/cases') });
    if (me.canJudge) goTo.push({ key: '/rules', group: t('palette.go'), title: t('settings.rules'), icon: FileText, run: () => go('/settings/rules') }, { key: '/packs', group: t('palette.go'), title: t('settings.packs'), icon: FileText, run: () => go('/settings/packs') });
    goTo.push({ key: '/knowledge', group: t('palette.go'), title: t('settings.knowledge'), icon: BookOpen, run: () => go('/settings/knowledge') });
    const act: Command[] = [
      { key: 'live', group: t('palette.act'), title: live ? t('live.pause') : t('live.resume'), icon: Pause, run: () => setLive(!live) },
      { key: 'theme', group: t('palette.act'), title: t(theme === 'dark' ? 'theme.to_light' : 'theme.to_dark'), icon: Moon, run: () => setChoice(theme === 'dark' ? 'light' : 'dark') },
      { key: 'language', group: t('palette.act'), title: language === 'zh' ? 'Switch to English' : '切换为中文', icon: Languages, run: () => setLanguage(language === 'zh' ? 'en' : 'zh') },
      ...presets.map<Command>((preset) => ({ key: `range${preset}`, group: t('palette.act'), title: `${t('range.title')}: ${rangeLabel({ since: preset })}`, icon: Clock, run: () => setRange({ since: preset }) })),
      ...((tenants.data?.items.length ?? 0) > 1 ? [{ name: '', display_name: t('tenant.all') }, ...tenants.data!.items] : []).map<Command>((tenant) => ({ key: `tenant${tenant.name}`, group: t('palette.act'), title: `${t('tenant.switch')}: ${tenant.display_name}`, hint: tenant.name, icon: Building2, run: () => setTenant(tenant.name || undefined) })),
    ];
    const fits = (command: Command): boolean => wanted === '' || `${command.title} ${command.hint ?? ''} ${command.key}`.toLowerCase().includes(wanted);
    const found: Command[] = wanted === '' ? [] : [
      ...(cases.data?.items ?? []).map<Command>((c) => ({ key: c.number, group: t('case.list'), title: c.title, hint: c.number, icon: Folder, run: () => go(`/cases/${c.number}`) })),
      ...(alerts.data?.items ?? []).map<Command>((a) => ({ key: `alert${a.id}`, group: t('alert.list'), title: ruleTitle(a, language), hint: [a.entities.source?.value, a.entities.target?.value].filter(Boolean).join(' → '), icon: ShieldAlert, run: () => go(`/alerts/${a.id}`) })),
      ...(codes.data?.items ?? []).map<Command>((c) => ({ key: `code ${c.family} ${c.code}`, group: t('settings.knowledge'), title: `${c.code} ${language === 'zh' ? c.name_zh : c.name_en}`, hint: language === 'zh' ? c.family_zh : c.family_en, icon: BookOpen, run: () => go('/settings/knowledge', { q: asked, code: `${c.family} ${c.code}` }) })),
      { key: 'search', group: t('palette.search'), title: t('palette.search_events', { text: text.trim() }), icon: Search, run: () => go('/investigate', { q: text.trim() }) },
    ];
    const shown = wanted === '' ? [...goTo, ...act.slice(0, 3)] : [...goTo, ...act].filter(fits);
    return wanted === '' ? shown : [...shown.slice(0, 8), ...found];
  }, [text, t, go, me.canJudge, live, setLive, theme, setChoice, language, setLanguage, rangeLabel, setRange, tenants.data, setTenant, cases.data, alerts.data, codes.data, asked]);
  const index = Math.min(at, commands.length - 1);
  useEffect(() => { list.current?.querySelector('.on')?.scrollIntoView({ block: 'nearest' }); }, [index]);
  const run = (command: Command | undefined): void => { if (command) { onClose(); command.run(); } };
  return (
    <div className="palette-back" onMouseDown={(event) => { if (event.target === event.currentTarget) onClose(); }}>
      <div className="palette" role="dialog" aria-modal="true" aria-label={t('palette.open')}>
        <input
          autoFocus value={text} placeholder={t('palette.placeholder')} role="combobox" aria-expanded="true" aria-controls="palette-list" aria-activedescendant={`palette-${index}`}
          onChange={(event) => { setText(event.target.value); setAt(0); }}
          onKeyDown={(event) => {
            if (event.nativeEvent.isComposing) return;
            if (event.key === 'ArrowDown') { event.preventDefault(); setAt(Math.min(index + 1, commands.length - 1)); }
            if (event.key === 'ArrowUp') { event.preventDefault(); setAt(Math.max(index - 1, 0)); }
            if (event.key === 'Enter') { event.preventDefault(); run(commands[index]); }
            if (event.key === 'Escape') { event.preventDefault(); onClose(); }
          }}
        />
        <ul id="palette-list" role="listbox" ref={list}>
          {commands.map((command, i) => {
            const Icon = command.icon;
            const heads = command.group !== commands[i - 1]?.group;
            return (
              <div key={command.key} role="presentation">
                {heads && <div className="group">{command.group}</div>}
                <li id={`palette-${i}`} role="option" aria-selected={i === index} className={i === index ? 'on' : ''} onMouseMove={() => setAt(i)} onClick={() => run(command)}>
                  <Icon size={15} /><span className="cut">{command.title}</span>{command.hint && <span className="hint cut">{command.hint}</span>}
                </li>
              </div>
            );
          })}
        </ul>
      </div>
    </div>
  );
}
