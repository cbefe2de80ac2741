import { Button, Checkbox, Modal, Radio } from 'antd';
import { Download } from 'lucide-react';
import { useState } from 'react';
import { useI18n } from '@/lib/i18n';

interface Props { query: string; tenant: string | undefined; range: { since?: string; until?: string }; columns: readonly string[]; total: number | undefined }

/** Everything that the query finds as a file; the browser writes it while it comes. */
export function ExportButton({ query, tenant, range, columns, total }: Props) {
  const { t } = useI18n();
  const [open, setOpen] = useState(false);
  const [format, setFormat] = useState<'csv' | 'ndjson'>('csv');
  const [which, setWhich] = useState<'shown' | 'all'>('shown');
  const [bom, setBom] = useState(true);
  const search = new URLSearchParams({ format, ...(query ? { query } : {}), ...(tenant ? { tenant } : {}), ...(range.since ? { since: range.since } : {}), ...(range.until ? { until: range.until } : {}) });
  if (which === 'shown') search.set('fields', columns.join(','));
  if (format === 'csv' && bom) search.set('bom', 'true');
  return (
    <>
      <button type="button" className="icon-button" title={t('export.title')} onClick={() => setOpen(true)}><Download size={15} /></button>
      <Modal
        open={open} title={t('export.title')} width={420} onCancel={() => setOpen(false)} destroyOnHidden
        footer={<Button type="primary" href={`/api/v1/events/export?${search.toString()}`} download onClick={() => setOpen(false)}>{t('export.start')}</Button>}
      >
        <div className="stack" style={{ gap: 12 }}>
          <div className="secondary small">{total === undefined ? t('export.every') : t('export.count', { n: total.toLocaleString() })}</div>
          <Radio.Group value={format} onChange={(event) => setFormat(event.target.value as 'csv' | 'ndjson')} options={[{ value: 'csv', label: t('export.csv') }, { value: 'ndjson', label: 'NDJSON' }]} />
          <Radio.Group value={which} onChange={(event) => setWhich(event.target.value as 'shown' | 'all')} options={[{ value: 'shown', label: t('export.shown', { n: columns.length }) }, { value: 'all', label: t(format === 'csv' ? 'export.usual' : 'export.all_fields') }]} />
          {format === 'csv' && <Checkbox checked={bom} onChange={(event) => setBom(event.target.checked)}>{t('export.bom')}</Checkbox>}
        </div>
      </Modal>
    </>
  );
}
