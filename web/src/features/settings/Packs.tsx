import { Button, Input, Segmented } from 'antd';
import { Plus } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import { Link } from 'react-router-dom';
import { DataList, type Column } from '@/components/DataList';
import { Bones, Empty, Loaded } from '@/components/States';
import { usePacks } from '@/lib/api/queries';
import type { Pack } from '@/lib/api/types';
import { formatCount } from '@/lib/format';
import { useI18n } from '@/lib/i18n';
import { condition } from '@/lib/kql';
import { useGo, useHref, useParam } from '@/lib/scope';
import { UserPacks } from './pack-editor/UserPacks';

const PackEditor = lazy(() => import('./pack-editor/PackEditor'));

export function Packs() {
  const [edited, setEdited] = useParam('edit');
  if (edited === undefined) return <PackLists onEdit={setEdited} />;
  return <Suspense fallback={<Bones />}><PackEditor key={edited} what={edited} onClose={() => setEdited(undefined)} onOpen={setEdited} /></Suspense>;
}

function PackLists({ onEdit }: { onEdit: (what: string) => void }) {
  const { t, language } = useI18n();
  const href = useHref();
  const go = useGo();
  const packs = usePacks();
  const [text, setText] = useState('');
  const [whose, setWhose] = useParam('whose');
  const title = (p: Pack): string => (language === 'zh' ? p.title_zh : p.title_en);
  const columns: Column<Pack>[] = [
    { key: 'title', title: t('pack.title'), width: 'minmax(200px, 2fr)', render: (p) => <span>{title(p)} <span className="faint mono">{p.name}</span></span> },
    { key: 'vendor', roomy: 2, title: t('pack.vendor'), width: 'minmax(100px, 1fr)', render: (p) => p.vendor },
    { key: 'product', roomy: 4, title: t('pack.product'), width: 'minmax(110px, 1fr)', render: (p) => p.product },
    { key: 'kind', roomy: 3, title: t('pack.kind'), width: '110px', render: (p) => <span className="secondary">{p.kind}</span> },
    { key: 'version', roomy: 7, title: t('pack.version'), width: '76px', render: (p) => <span className="secondary">{p.version}</span> },
    { key: 'provenance', roomy: 6, title: t('pack.provenance'), width: '100px', render: (p) => <span className="secondary">{p.provenance ? t(`provenance.${p.provenance}`) : '—'}</span> },
    { key: 'cases', roomy: 5, title: t('pack.cases'), width: '76px', numeric: true, render: (p) => p.cases ?? '—' },
    { key: 'events', roomy: 1, title: t('pack.events'), width: '104px', numeric: true, render: (p) => (p.events ? <Link to={href('/investigate', { q: condition('shuwei.pack', p.name) })} onClick={(event) => event.stopPropagation()}>{formatCount(p.events)}</Link> : <span className="faint">0</span>) },
    { key: 'copy', title: '', width: '104px', render: (p) => <Button size="small" type="text" onClick={(event) => { event.stopPropagation(); onEdit(`copy:${p.name}`); }}>{t('pack_edit.copy')}</Button> },
  ];
  return (
    <>
      <div className="settings-head"><h2>{t('settings.packs')}</h2><span className="secondary">{packs.data && formatCount(packs.data.items.length)}</span><Segmented value={whose ?? 'shipped'} onChange={(value) => setWhose(value === 'own' ? 'own' : undefined)} options={[{ value: 'shipped', label: t('pack_edit.shipped') }, { value: 'own', label: t('pack_edit.own') }]} /><Button className="end" type="primary" icon={<Plus size={14} />} onClick={() => onEdit('new')}>{t('pack_edit.new')}</Button>{whose !== 'own' && <Input style={{ width: 200 }} allowClear value={text} onChange={(event) => setText(event.target.value)} placeholder={t('pack.search')} aria-label={t('pack.search')} />}</div>
      {whose === 'own' ? <div className="settings-list" style={{ overflow: 'auto' }}><UserPacks onOpen={onEdit} /></div> : <div className="settings-list">
        <Loaded query={packs} what={t('settings.packs')}>
          {(data) => {
            const rows = data.items.filter((p) => text === '' || `${p.name} ${p.title_zh} ${p.title_en} ${p.vendor} ${p.product} ${p.kind}`.toLowerCase().includes(text.toLowerCase()));
            return <DataList<Pack> label={t('settings.packs')} rows={rows} columns={columns} rowKey={(p) => p.name} rowHeight={32} cardHeight={62} onSelect={() => undefined} onOpen={(name) => go('/investigate', { q: condition('shuwei.pack', name) })} card={(p) => <div className="stack" style={{ gap: 2 }}><b>{title(p)}</b><span className="small secondary">{p.vendor} · {p.product} · {p.kind}</span></div>} empty={<Empty say={t('pack.none')} />} />;
          }}
        </Loaded>
      </div>}
    </>
  );
}
