import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert as Notice, App, Button, Input, Select, Switch, Tabs } from 'antd';
import { ArrowLeft, Sparkles } from 'lucide-react';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { errorText } from '@/components/errors';
import { Empty, Loaded } from '@/components/States';
import { call } from '@/lib/api/client';
import { useFields, useTenants } from '@/lib/api/queries';
import type { UserPack } from '@/lib/api/types';
import { formatCount } from '@/lib/format';
import { useI18n } from '@/lib/i18n';
import { useTenant } from '@/lib/scope';
import { useMe } from '@/lib/session';
import { matchPattern, patternOf, timeFormat, withMark, type Kind } from './dissect';
import { MarkPanel } from './MarkPanel';
import { PackState } from './PackState';
import { captureFor, emptyPack, headKeys, headOf, markingOf, placesOf, recognitionOf, withHead, withMapping, withoutPattern, withPattern, withRecognition } from './pack-text';
import { offsetIn, SampleLine, type Picked } from './SampleLine';
import { YamlText } from './YamlText';
import './pack-editor.css';

const maxLines = 200;
const deviceTypes = ['firewall', 'ids', 'waf', 'switch', 'host', 'database', 'web-server', 'application', 'vpn', 'bastion'];

/** `what`: "new", "copy:NAME" of a shipped pack, or the id of one's own. */
export default function PackEditor({ what, onClose, onOpen }: { what: string; onClose: () => void; onOpen: (id: string) => void }) {
  const { t } = useI18n();
  const copied = what.startsWith('copy:') ? what.slice(5) : undefined;
  const id = /^\d+$/.test(what) ? Number(what) : undefined;
  const own = useQuery({ queryKey: ['user-packs', 'one', id], enabled: id !== undefined, queryFn: ({ signal }) => call('get', '/api/v1/user-packs/{pack_id}', { path: { pack_id: id! }, signal }) });
  const shipped = useQuery({ queryKey: ['packs', 'text', copied], enabled: copied !== undefined, queryFn: ({ signal }) => call('get', '/api/v1/packs/{pack_name}', { path: { pack_name: copied! }, signal }) });
  if (id !== undefined) return <Loaded query={own} what={t('pack_edit.pack')}>{(pack) => <Editor key={pack.id} pack={pack} first={pack.text ?? ''} onClose={onClose} onOpen={onOpen} />}</Loaded>;
  if (copied !== undefined) return <Loaded query={shipped} what={t('pack_edit.pack')}>{(pack) => <Editor pack={undefined} first={pack.text} onClose={onClose} onOpen={onOpen} />}</Loaded>;
  return <Editor pack={undefined} first={emptyPack('my-pack')} onClose={onClose} onOpen={onOpen} />;
}

function useLater<T>(value: T, ms: number): T {
  const [later, setLater] = useState(value);
  useEffect(() => { const timer = setTimeout(() => setLater(value), ms); return () => clearTimeout(timer); }, [value, ms]);
  return later;
}

function Editor({ pack, first, onClose, onOpen }: { pack: UserPack | undefined; first: string; onClose: () => void; onOpen: (id: string) => void }) {
  const { t, language } = useI18n();
  const me = useMe();
  const client = useQueryClient();
  const { message } = App.useApp();
  const [scopeTenant] = useTenant();
  const tenants = useTenants();
  const { byName } = useFields();
  const [tenantChosen, setTenant] = useState(pack?.tenant ?? scopeTenant);
  const tenant = tenantChosen ?? tenants.data?.items[0]?.name;
  const [text, setText] = useState(first);
  const [saved, setSaved] = useState(pack ? first : '');
  const [pasted, setPasted] = useState('');
  const [lines, setLines] = useState<string[]>([]);
  const [source, setSource] = useState<number>();
  const [picked, setPicked] = useState<Picked>();
  const [active, setActive] = useState(0);
  const [everyone, setEveryone] = useState(pack?.everyone ?? false);
  const [only, setOnly] = useState(false);

  const sources = useQuery({ queryKey: ['sources', 'of', tenant], enabled: tenant !== undefined, queryFn: ({ signal }) => call('get', '/api/v1/sources', { query: { tenant }, signal }) });
  const tried = useLater(text, 350);
  const trial = useQuery({
    queryKey: ['pack-trial', tenant, tried, lines], placeholderData: keepPreviousData, retry: false, gcTime: 30_000, enabled: tenant !== undefined && tried !== '',
    queryFn: ({ signal }) => call('post', '/api/v1/packs/trial', { query: { tenant }, body: { text: tried, lines }, signal }),
  });
  const problem = trial.data?.problem;
  const rows = useMemo(() => lines.map((line, i) => (trial.data?.lines[i]?.line === line ? trial.data.lines[i]! : { line, recognised: false, parsed: false, slow: false, fields: [], names: [] })), [lines, trial.data]);
  const marking = useMemo(() => markingOf(text), [text]);
  const head = useMemo(() => headOf(text), [text]);
  const recognition = useMemo(() => recognitionOf(text), [text]);
  const parsed = rows.filter((row) => row.parsed).length;
  const tones = useMemo(() => [...new Set(rows.flatMap((row) => [...row.fields, ...row.names].filter((v) => v.begin !== undefined).map((v) => v.name)))], [rows]);
  const toneOf = useCallback((name: string) => Math.max(0, tones.indexOf(name)) % 8, [tones]);

  // What the browser has chosen inside a line, once it rests.
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout>;
    const look = (): void => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        const chosen = document.getSelection();
        if (!chosen || chosen.isCollapsed || !chosen.anchorNode || !chosen.focusNode) return;
        const holder = (chosen.anchorNode instanceof Element ? chosen.anchorNode : chosen.anchorNode.parentElement)?.closest('[data-sample]');
        if (!holder || !holder.contains(chosen.focusNode)) return;
        const [a, b] = [offsetIn(holder, chosen.anchorNode, chosen.anchorOffset), offsetIn(holder, chosen.focusNode, chosen.focusOffset)];
        const whole = holder.textContent ?? '';
        let [begin, end] = [Math.min(a, b), Math.max(a, b)];
        while (begin < end && whole[begin] === ' ') begin += 1;
        while (end > begin && whole[end - 1] === ' ') end -= 1;
        if (begin < end) { setPicked({ index: Number(holder.getAttribute('data-sample')), begin, end }); setActive(Number(holder.getAttribute('data-sample'))); }
      }, 250);
    };
    document.addEventListener('selectionchange', look);
    return () => { clearTimeout(timer); document.removeEventListener('selectionchange', look); };
  }, []);

  const take = (fresh: string[]): void => {
    setLines([...new Set([...lines, ...fresh.map((line) => line.replace(/\r$/, '')).filter((line) => line.trim() !== '')])].slice(0, maxLines));
    setPicked(undefined);
  };
  const complain = (error: unknown): void => void message.error(errorText(t, error));
  const fetchLines = useMutation({
    mutationFn: (from: number) => call('post', '/api/v1/packs/suggestion', { query: { tenant }, body: { source_id: from, name: head?.pack ?? 'my-pack' } }),
    onSuccess: (answer) => { if (answer.lines.length === 0) void message.info(t('pack_edit.no_lines')); take(answer.lines); },
    onError: complain,
  });
  const suggest = useMutation({
    mutationFn: () => call('post', '/api/v1/packs/suggestion', { query: { tenant }, body: { lines, name: /^[a-z0-9][a-z0-9_-]{0,63}$/.test(head?.pack ?? '') ? head!.pack : 'my-pack' } }),
    onSuccess: (answer) => {
      let next = answer.text;
      if (head) for (const key of [...headKeys, 'title'] as const) if (key !== 'pack' && head[key] !== '' && head[key] !== 'Custom') next = withHead(next, key, head[key]);
      setText(next);
      setPicked(undefined);
    },
    onError: complain,
  });

  const done = (after: UserPack): void => { void client.invalidateQueries({ queryKey: ['user-packs'] }); if (pack === undefined) onOpen(String(after.id)); };
  const save = useMutation({
    mutationFn: async () => (pack
      ? call('patch', '/api/v1/user-packs/{pack_id}', { path: { pack_id: pack.id }, body: { version: pack.version, text } })
      : call('post', '/api/v1/user-packs', { query: { tenant }, body: { name: head?.pack ?? '', text } })),
    onSuccess: (after) => { setSaved(text); void message.success(t('pack_edit.saved')); done(after); },
    onError: complain,
  });
  const activate = useMutation({
    mutationFn: async () => {
      const kept = text === saved && pack ? pack : pack
        ? await call('patch', '/api/v1/user-packs/{pack_id}', { path: { pack_id: pack.id }, body: { version: pack.version, text } })
        : await call('post', '/api/v1/user-packs', { query: { tenant }, body: { name: head?.pack ?? '', text } });
      return call('post', '/api/v1/user-packs/{pack_id}/activation', { path: { pack_id: kept.id }, body: { version: kept.version, everyone } });
    },
    onSuccess: (after) => { setSaved(text); void message.success(t('pack_edit.activated')); done(after); },
    onError: (error) => { void client.invalidateQueries({ queryKey: ['user-packs'] }); complain(error); },
  });
  const stop = useMutation({
    mutationFn: () => call('delete', '/api/v1/user-packs/{pack_id}/activation', { path: { pack_id: pack!.id } }),
    onSuccess: done, onError: complain,
  });
  const bind = useMutation({
    mutationFn: (to: number) => call('patch', '/api/v1/sources/{source_id}', { path: { source_id: to }, body: { pack: pack!.name } }),
    onSuccess: () => { void client.invalidateQueries({ queryKey: ['sources'] }); void message.success(t('pack_edit.bound')); }, onError: complain,
  });
  const version = useMutation({
    mutationFn: (wanted: number) => call('get', '/api/v1/user-packs/{pack_id}', { path: { pack_id: pack!.id }, query: { version: wanted } }),
    onSuccess: (answer) => setText(answer.text ?? ''), onError: complain,
  });

  // --- marks
  const chosen = picked && rows[picked.index];
  const chosenText = picked && chosen ? chosen.line.slice(picked.begin, picked.end) : '';
  const named = useMemo(() => {
    if (!picked || !chosen) return undefined;
    const place = placesOf(chosen.line);
    return chosen.names.find((n) => n.begin !== undefined && n.end !== undefined && place(n.begin) === picked.begin && place(n.end) === picked.end);
  }, [picked, chosen]);
  const messageOf = (row: (typeof rows)[number]): { begin: number; text: string } => {
    const place = placesOf(row.line);
    const begin = row.message_begin === undefined ? 0 : place(row.message_begin);
    return { begin, text: row.line.slice(begin, row.message_end === undefined ? undefined : place(row.message_end)) };
  };
  const patternFor = (row: (typeof rows)[number]): { index: number; captures: NonNullable<ReturnType<typeof matchPattern>> } | undefined => {
    if (marking.way !== 'patterns') return undefined;
    const said = messageOf(row).text;
    for (const [index, pattern] of marking.patterns.entries()) {
      if (pattern === '%{_text}') continue;
      const captures = matchPattern(pattern, said);
      if (captures) return { index, captures };
    }
    return undefined;
  };
  const mark = (field: string, kind: Kind): void => {
    if (!picked || !chosen) return;
    if (marking.way === 'names' || (named && !byName.has(named.name) && !named.name.startsWith('_') && marking.way !== 'patterns')) {
      if (!named) { void message.warning(t('pack_edit.not_a_value')); return; }
      setText(withMapping(text, named.name, field, timeFormat(chosenText)));
      setPicked(undefined);
      return;
    }
    const said = messageOf(chosen);
    if (picked.begin < said.begin || picked.end > said.begin + said.text.length) { void message.warning(t('pack_edit.in_header')); return; }
    const capture = captureFor(text, field, kind, timeFormat(chosenText));
    const known = patternFor(chosen);
    if (chosen.parsed && known === undefined && marking.way === 'patterns' && marking.patterns.some((p) => p !== '%{_text}') && chosen.pattern !== undefined && marking.patterns[chosen.pattern] !== '%{_text}') { void message.warning(t('pack_edit.by_hand')); return; }
    const pattern = patternOf(said.text, withMark(said.text, known?.captures, { name: capture.name, kind, begin: picked.begin - said.begin, end: picked.end - said.begin }));
    if (pattern === 'adjacent' || pattern === 'control') { void message.warning(t(`pack_edit.${pattern}`)); return; }
    setText(withPattern(capture.text, known?.index, pattern));
    setPicked(undefined);
  };
  const unmark = (): void => {
    if (!picked || !chosen) return;
    const known = patternFor(chosen);
    if (!known) return;
    const said = messageOf(chosen);
    const rest = known.captures.map((c) => (c.begin === picked.begin - said.begin && c.end === picked.end - said.begin ? { ...c, name: '', kind: 'text' as const } : c));
    const pattern = patternOf(said.text, rest);
    if (rest.every((c) => c.name === '')) setText(withoutPattern(text, known.index)); else setText(withPattern(text, known.index, pattern));
    setPicked(undefined);
  };
  const recognise = (): void => {
    if (!recognition || chosenText.length < 2) { void message.warning(t('pack_edit.by_hand')); return; }
    setText(withRecognition(text, [...new Set([...recognition, chosenText])]));
    setPicked(undefined);
  };

  const row = rows[active] ?? rows[0];
  const busy = save.isPending || activate.isPending;
  const showing = rows.map((r, i) => ({ r, i })).filter(({ r }) => !only || !r.parsed);
  const costs = rows.filter((r) => r.parsed && r.microseconds !== undefined).map((r) => r.microseconds!).sort((a, b) => a - b);

  return (
    <div className="pack-editor">
      <div className="settings-head">
        <Button type="text" icon={<ArrowLeft size={16} />} onClick={onClose} aria-label={t('act.back')} />
        <h2>{pack ? pack.name : t('pack_edit.new')}</h2>
        {pack && <PackState pack={pack} />}
        {text !== saved && <span className="chip warn">{t('pack_edit.unsaved')}</span>}
        <div className="row wrap end">
          {pack?.versions && pack.versions.length > 1 && <Select size="small" value={undefined} placeholder={t('pack_edit.versions')} style={{ width: 150 }} onChange={(v: number) => version.mutate(v)} options={pack.versions.map((v) => ({ value: v.version, label: `v${v.version} · ${v.made_by}` }))} aria-label={t('pack_edit.versions')} />}
          {me.isAdmin && <label className="row tight small"><Switch size="small" checked={everyone} onChange={setEveryone} />{t('pack_edit.everyone')}</label>}
          <Button onClick={() => save.mutate()} loading={save.isPending} disabled={busy || text === saved}>{t('pack_edit.save')}</Button>
          {pack?.live_version !== undefined && <Button danger onClick={() => stop.mutate()} loading={stop.isPending}>{t('pack_edit.stop')}</Button>}
          <Button type="primary" onClick={() => activate.mutate()} loading={activate.isPending} disabled={busy || problem !== undefined}>{t('pack_edit.activate')}</Button>
        </div>
      </div>
      <div className="pack-editor-body">
        <section className="pack-samples" aria-label={t('pack_edit.samples')}>
          <div className="row wrap">
            {pack === undefined && (tenants.data?.items.length ?? 0) > 1 && <Select style={{ minWidth: 140 }} value={tenant} onChange={setTenant} options={(tenants.data?.items ?? []).map((item) => ({ value: item.name, label: item.display_name }))} aria-label={t('tenant.title')} />}
            <Select showSearch optionFilterProp="label" style={{ flex: '1 1 200px', minWidth: 160 }} loading={sources.isPending} value={source} onChange={setSource} placeholder={t('pack_edit.source')} aria-label={t('pack_edit.source')} options={(sources.data?.items ?? []).map((s) => ({ value: s.id, label: `${s.name} · ${Math.round(s.unparsed_share * 100)}% ${t('pack_edit.unknown_share')}` }))} />
            <Button disabled={source === undefined} loading={fetchLines.isPending} onClick={() => { if (source !== undefined) fetchLines.mutate(source); }}>{t('pack_edit.fetch')}</Button>
            {pack?.live_version !== undefined && source !== undefined && <Button loading={bind.isPending} onClick={() => bind.mutate(source)}>{t('pack_edit.bind')}</Button>}
          </div>
          <Input.TextArea className="mono" autoSize={{ minRows: 2, maxRows: 5 }} value={pasted} onChange={(event) => setPasted(event.target.value)} placeholder={t('pack_edit.paste')} aria-label={t('pack_edit.paste')} />
          <div className="row wrap">
            <Button disabled={pasted.trim() === ''} onClick={() => { take(pasted.split('\n')); setPasted(''); }}>{t('pack_edit.add_lines')}</Button>
            <Button icon={<Sparkles size={14} />} disabled={lines.length === 0} loading={suggest.isPending} onClick={() => suggest.mutate()}>{t('pack_edit.suggest')}</Button>
            {lines.length > 0 && <Button type="text" onClick={() => { setLines([]); setPicked(undefined); }}>{t('act.clear')}</Button>}
            {lines.length > 0 && <span className="secondary small end" aria-live="polite">{t('pack_edit.count', { parsed: formatCount(parsed), lines: formatCount(lines.length) })}{costs.length > 0 && ` · ${t('pack_edit.cost', { n: Math.round(costs[Math.floor(costs.length / 2)]!) })}`}</span>}
            {lines.length > 0 && parsed < lines.length && <Button size="small" type={only ? 'primary' : 'default'} aria-pressed={only} onClick={() => setOnly(!only)}>{t('pack_edit.only_unmatched')}</Button>}
          </div>
          {trial.error !== null && <Notice type="error" showIcon message={errorText(t, trial.error)} action={<Button size="small" onClick={() => void trial.refetch()}>{t('act.retry')}</Button>} />}
          {lines.length === 0 ? <Empty say={t('pack_edit.none')} /> : (
            <ol className="samples" aria-busy={trial.isFetching}>
              {showing.map(({ r, i }) => <SampleLine key={r.line} index={i} line={r} picked={picked?.index === i ? picked : undefined} active={active === i} toneOf={toneOf} onPick={setPicked} onActivate={() => setActive(i)} onMark={() => document.querySelector<HTMLElement>('.mark-panel input')?.focus()} onRemove={() => setLines(lines.filter((_, at) => at !== i))} />)}
            </ol>
          )}
        </section>
        <section className="pack-pattern">
          {problem && <Notice type="error" showIcon message={problem.line ? t('pack_edit.problem_at', { line: problem.line, column: problem.column ?? 1, reason: problem.reason }) : problem.reason} />}
          {picked && chosen && marking.way !== 'none' && (
            <>
              <MarkPanel key={`${picked.index} ${picked.begin} ${picked.end}`} text={chosenText} name={named && byName.has(named.name) ? named.name : undefined} own={marking.way === 'names'} onMark={mark} onUnmark={marking.way === 'patterns' && named ? unmark : undefined} />
              {recognition && <div><Button size="small" onClick={recognise}>{t('pack_edit.recognise_by')}</Button></div>}
            </>
          )}
          {!picked && <p className="secondary small">{marking.way === 'none' ? t(marking.why === 'yaml' ? 'pack_edit.why_yaml' : 'pack_edit.why_forms') : t(marking.way === 'names' ? 'pack_edit.hint_names' : 'pack_edit.hint')}</p>}
          <Tabs
            className="pack-tabs"
            items={[
              {
                key: 'fields', label: t('pack_edit.fields'), children: row === undefined ? <Empty inline say={t('pack_edit.none_fields')} /> : (
                  <table className="plain-table"><caption className="hidden">{t('pack_edit.fields')}</caption><thead><tr><th>{t('pack_edit.field')}</th><th>{t('pack_edit.value')}</th></tr></thead><tbody>
                    {row.fields.map((f, i) => { const known = byName.get(f.name); return <tr key={i}><td><span className={`tone tone-${toneOf(f.name)}`}>{known ? (language === 'zh' ? known.label_zh : known.label_en) : f.name}</span>{known && <div className="faint small mono">{f.name}</div>}</td><td className="mono small" style={{ whiteSpace: 'normal', overflowWrap: 'anywhere' }}>{f.text}</td></tr>; })}
                    {row.fields.length === 0 && <tr><td colSpan={2} className="secondary">{t('pack_edit.none_fields')}</td></tr>}
                  </tbody></table>
                ),
              },
              {
                key: 'about', label: t('pack_edit.about'), children: head === undefined ? <p className="secondary">{t('pack_edit.why_yaml')}</p> : (
                  <div className="stack">
                    <label className="stack" style={{ gap: 2 }}><span className="small secondary">{t('pack_edit.name')}</span><Input value={head.pack} disabled={pack !== undefined} autoCapitalize="none" onChange={(e) => setText(withHead(text, 'pack', e.target.value))} status={/^[a-z0-9][a-z0-9_-]{0,63}$/.test(head.pack) ? '' : 'error'} /><span className="faint small">{t('pack_edit.name_rule')}</span></label>
                    <label className="stack" style={{ gap: 2 }}><span className="small secondary">{t('pack_edit.title')}</span><Input value={head.title} onChange={(e) => setText(withHead(text, 'title', e.target.value))} /></label>
                    <div className="field-pair">
                      <label className="stack" style={{ gap: 2 }}><span className="small secondary">{t('pack.vendor')}</span><Input value={head.vendor} onChange={(e) => setText(withHead(text, 'vendor', e.target.value))} /></label>
                      <label className="stack" style={{ gap: 2 }}><span className="small secondary">{t('pack.product')}</span><Input value={head.product} onChange={(e) => setText(withHead(text, 'product', e.target.value))} /></label>
                    </div>
                    <div className="stack" style={{ gap: 2 }}><span className="small secondary">{t('pack.kind')}</span><Select value={head.device_type} onChange={(v) => setText(withHead(text, 'device_type', v))} options={[...new Set([head.device_type, ...deviceTypes])].map((value) => ({ value, label: value }))} aria-label={t('pack.kind')} /></div>
                    <div className="stack" style={{ gap: 2 }}><span className="small secondary">{t('pack_edit.recognition')}</span>{recognition ? <Select mode="tags" value={recognition} onChange={(v: string[]) => setText(withRecognition(text, v))} open={false} placeholder={t('pack_edit.recognition_none')} aria-label={t('pack_edit.recognition')} /> : <span className="faint small">{t('pack_edit.by_hand')}</span>}</div>
                  </div>
                ),
              },
              { key: 'yaml', label: 'YAML', children: <YamlText text={text} problem={problem} readOnly={false} onChange={(next) => { setText(next); setPicked(undefined); }} /> },
            ]}
          />
        </section>
      </div>
    </div>
  );
}
