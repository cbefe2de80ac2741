import { Button, Select } from 'antd';
import { useMemo, useState } from 'react';
import { useFields } from '@/lib/api/queries';
import { useI18n } from '@/lib/i18n';
import { kindOfText, type Kind } from './dissect';

const kinds: Kind[] = ['text', 'word', 'int', 'ip', 'time'];

/** What the chosen text is: a field of the catalogue, or a name of the device's own. */
export function MarkPanel({ text, name, own, onMark, onUnmark }: { text: string; name: string | undefined; own: boolean; onMark: (field: string, kind: Kind) => void; onUnmark: (() => void) | undefined }) {
  const { t, language } = useI18n();
  const { list } = useFields();
  const [field, setField] = useState<string | undefined>(name);
  const [kind, setKind] = useState<Kind>(kindOfText(text));
  const [searched, setSearched] = useState('');
  const options = useMemo(() => {
    const known = list.filter((f) => !f.name.startsWith('shuwei.') && !f.name.startsWith('event.original')).map((f) => ({ value: f.name, label: `${language === 'zh' ? f.label_zh : f.label_en} · ${f.name}` }));
    const typed = searched.trim();
    return /^[A-Za-z_][\w.]*$/.test(typed) && !known.some((o) => o.value === typed) ? [...known, { value: typed, label: t('pack_edit.own_name', { name: typed }) }] : known;
  }, [list, language, searched, t]);
  return (
    <div className="mark-panel">
      <div className="row wrap"><span className="secondary small">{t('pack_edit.chosen')}</span><code className="cut chosen-text" title={text}>{text}</code></div>
      <div className="row wrap">
        <Select showSearch style={{ flex: '1 1 220px', minWidth: 180 }} value={field} onChange={setField} onSearch={setSearched} optionFilterProp="label" options={options} placeholder={t('pack_edit.choose_field')} aria-label={t('pack_edit.choose_field')} />
        {!own && <Select style={{ width: 120 }} value={kind} onChange={setKind} options={kinds.map((value) => ({ value, label: t(`pack_kind.${value}`) }))} aria-label={t('pack_edit.kind')} />}
        <Button type="primary" disabled={!field} onClick={() => { if (field) onMark(field, kind); }}>{t('pack_edit.mark')}</Button>
        {onUnmark && <Button onClick={onUnmark}>{t('pack_edit.unmark')}</Button>}
      </div>
    </div>
  );
}
