import { Button, Checkbox, Modal } from 'antd';
import { useState } from 'react';
import type { Source } from '@/lib/api/types';
import { formatShare } from '@/lib/format';
import { useT } from '@/lib/i18n';
import { asProposed, useConfirm } from './queries';

const atOnce = 500;

/** Takes over the proposals of several sources; those that are not recognised are left for a look of their own. */
export function ConfirmMany({ sources, onClose }: { sources: Source[]; onClose: () => void }) {
  const t = useT();
  const shown = sources.slice(0, atOnce);
  const [chosen, setChosen] = useState(() => new Set(shown.filter((s) => s.proposal?.pack && !s.proposal.several_hosts).map((s) => s.id)));
  const confirm = useConfirm(onClose);
  const toggle = (id: number): void => setChosen((now) => { const next = new Set(now); if (!next.delete(id)) next.add(id); return next; });
  const all = chosen.size === shown.length;
  return (
    <Modal
      open width={640} title={t('source.confirm_many')} onCancel={onClose}
      footer={<><Button onClick={onClose}>{t('act.cancel')}</Button><Button type="primary" disabled={chosen.size === 0} loading={confirm.isPending} onClick={() => confirm.mutate(shown.filter((s) => chosen.has(s.id)).map(asProposed))}>{t('source.confirm_n', { n: chosen.size })}</Button></>}
    >
      <p className="secondary">{t('source.confirm_many_say')}</p>
      <Checkbox checked={all} indeterminate={!all && chosen.size > 0} onChange={() => setChosen(all ? new Set() : new Set(shown.map((s) => s.id)))}>{t('source.choose_all', { n: shown.length })}</Checkbox>
      <div className="confirm-many">
        {shown.map((s) => (
          <Checkbox key={s.id} checked={chosen.has(s.id)} onChange={() => toggle(s.id)}>
            <span className="row"><b className="cut">{s.proposal?.name ?? s.name}</b><span className="mono small secondary nowrap">{s.peer}</span></span>
            <span className="small secondary cut">{s.proposal?.pack ? `${[s.proposal.vendor, s.proposal.product].filter(Boolean).join(' ')} · ${t('source.share', { share: formatShare(s.proposal.share ?? 0) })}` : t('event.unrecognised')}{s.proposal?.asset ? ` · ${t('source.asset_join', { name: s.proposal.asset.name })}` : ''}</span>
          </Checkbox>
        ))}
      </div>
    </Modal>
  );
}
