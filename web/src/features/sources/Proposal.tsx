import { Button, Form, Input, Select } from 'antd';
import { Check } from 'lucide-react';
import { useState } from 'react';
import { usePacks } from '@/lib/api/queries';
import type { Source, SourceConfirmation } from '@/lib/api/types';
import { formatShare } from '@/lib/format';
import { useI18n } from '@/lib/i18n';
import { useMe } from '@/lib/session';
import { asProposed, useAssets, useConfirm } from './queries';

/** What the source seems to be: taken over with one click, or changed first. */
export function Proposal({ source, proposal }: { source: Source; proposal: NonNullable<Source['proposal']> }) {
  const { t, language } = useI18n();
  const me = useMe();
  const packs = usePacks();
  const confirm = useConfirm();
  const [changing, setChanging] = useState(false);
  const [draft, setDraft] = useState<SourceConfirmation>(() => asProposed(source));
  const assets = useAssets(source.tenant, changing);
  const set = (change: Partial<SourceConfirmation>): void => setDraft((now) => ({ ...now, ...change }));
  const device = [proposal.vendor, proposal.product].filter(Boolean).join(' ');
  return (
    <section className="source-proposal" aria-label={t('source.proposal')}>
      <div className="section-title">{t('source.proposal')}</div>
      {changing ? (
        <Form layout="vertical" onFinish={() => confirm.mutate([draft])}>
          <div className="two">
            <Form.Item label={t('source.name')} htmlFor="proposal-name"><Input id="proposal-name" value={draft.name} maxLength={128} onChange={(event) => set({ name: event.target.value })} /></Form.Item>
            <Form.Item label={t('source.kind')} htmlFor="proposal-kind"><Input id="proposal-kind" value={draft.kind} maxLength={128} onChange={(event) => set({ kind: event.target.value })} /></Form.Item>
            <Form.Item label={t('source.vendor')} htmlFor="proposal-vendor"><Input id="proposal-vendor" value={draft.vendor} maxLength={128} onChange={(event) => set({ vendor: event.target.value })} /></Form.Item>
            <Form.Item label={t('source.product')} htmlFor="proposal-product"><Input id="proposal-product" value={draft.product} maxLength={128} onChange={(event) => set({ product: event.target.value })} /></Form.Item>
          </div>
          <Form.Item label={t('source.bind')}>
            <Select showSearch optionFilterProp="label" aria-label={t('source.bind')} value={draft.pack ?? ''} onChange={(pack: string) => set({ pack })} options={[{ value: '', label: t('source.bind_auto') }, ...(packs.data?.items ?? []).map((p) => ({ value: p.name, label: `${language === 'zh' ? p.title_zh : p.title_en} (${p.name})` }))]} />
          </Form.Item>
          <Form.Item label={t('source.asset')}>
            <Select showSearch optionFilterProp="label" aria-label={t('source.asset')} value={draft.asset_id ?? 0} onChange={(id: number) => setDraft(({ asset_id: _, ...rest }) => (id === 0 ? rest : { ...rest, asset_id: id }))} options={[...(proposal.asset ? [] : [{ value: 0, label: t('source.asset_new') }]), ...(assets.data?.items ?? (proposal.asset ? [{ ...proposal.asset, addresses: [] }] : [])).map((a) => ({ value: a.id, label: [a.name, ...a.addresses].join(' · ') }))]} />
          </Form.Item>
          <div className="row"><Button type="primary" htmlType="submit" loading={confirm.isPending} disabled={!draft.name?.trim()}>{t('source.confirm')}</Button><Button onClick={() => { setDraft(asProposed(source)); setChanging(false); }}>{t('act.cancel')}</Button></div>
        </Form>
      ) : (
        <>
          <dl className="facts" style={{ margin: 0 }}>
            <dt>{t('source.name')}</dt><dd><b>{proposal.name}</b></dd>
            {device && <><dt>{t('source.device')}</dt><dd>{device}{proposal.kind ? ` · ${proposal.kind}` : ''}</dd></>}
            <dt>{t('source.pack')}</dt><dd>{proposal.pack ? <>{proposal.pack} <span className="secondary small">{t('source.share', { share: formatShare(proposal.share ?? 0) })}{proposal.bind_pack ? ` · ${t('source.will_bind')}` : ''}</span></> : <span className="secondary">{t('event.unrecognised')}</span>}</dd>
            <dt>{t('source.asset')}</dt><dd>{proposal.asset ? t('source.asset_join', { name: proposal.asset.name }) : t('source.asset_new')}</dd>
          </dl>
          {proposal.several_hosts && <p className="secondary small" style={{ margin: '8px 0 0' }}>{t('source.several_hosts')}</p>}
          {me.canJudge && <div className="row" style={{ marginTop: 10 }}><Button type="primary" icon={<Check size={14} />} loading={confirm.isPending} onClick={() => confirm.mutate([asProposed(source)])}>{t('source.confirm')}</Button><Button onClick={() => setChanging(true)}>{t('source.change_confirm')}</Button></div>}
        </>
      )}
    </section>
  );
}
